"""Admins are told, once, of what needs them: a run that failed, a model that was taken back, a flood, an outage."""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot
from telegram.error import RetryAfter, TelegramError

from bot.replies.notices import notice as words
from bot.replies.texts import texts_for
from bot.storage import notices, people, runs
from bot.storage.database import Database
from bot.storage.notices import Kind, Notice
from bot.storage.runs import RunRow

LOOK_SECONDS: Final = 2.0
LONG: Final = timedelta(minutes=1)
"""From so long on it is told that the database was away."""

_log = logging.getLogger(__name__)


class Notices:
    """Tells what is noted. Every process may: each admin is told by one of them."""

    def __init__(
        self,
        bot: Bot,
        database: Database,
        admins: Collection[int],
        *,
        clock: Callable[[], datetime],
        never_left: Callable[[TelegramError], bool],
        interval: float = LOOK_SECONDS,
    ) -> None:
        """Prepare; nothing happens before `run`.

        Args:
            bot: tells.
            database: where it is noted what happened.
            admins: whom to tell.
            clock: gives the time, with its zone.
            never_left: whether a message that failed did not go out, for certain, and may be sent again.
            interval: seconds between two looks.
        """
        self._bot = bot
        self._database = database
        self._admins = admins
        self._clock = clock
        self._never_left = never_left
        self._interval = interval
        self._away_since: datetime | None = None

    async def run(self) -> None:
        """Look every `interval` seconds, until cancelled; how long the database was away is seen here too."""
        while True:
            try:
                await self.look()
            except SQLAlchemyError:
                self._away_since = self._away_since or self._clock()
            except Exception:  # noqa: BLE001 - whatever fails once, admins are told what comes after
                _log.exception("admins could not be told; trying on")
            await asyncio.sleep(self._interval)

    async def look(self) -> None:
        """Tell what is not told yet.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database failed.
        """
        waiting = await self._database.read(notices.untold)
        if self._away_since is not None:
            since, now = self._away_since, self._clock()
            if now - since >= LONG:
                await self._database.write(notices.add_outage, since, now)
                waiting = await self._database.read(notices.untold)
            self._away_since = None
        for notice in waiting:
            if all([await self._tell(notice, admin) for admin in self._admins]):
                await self._database.write(notices.finish, notice.id, self._clock())

    async def _tell(self, notice: Notice, admin: int) -> bool:
        """Tell one admin, unless they were; False where it is to be tried again."""
        run, language = await self._database.read(_needed, notice, admin)
        if not await self._database.write(notices.claim, notice.id, admin):
            return True
        if run is not None and run.chat_id == admin:
            return True  # the message that answered them tells it
        try:
            await self._bot.send_message(admin, words(notice, run, texts_for(language)))
        except TelegramError as error:
            if isinstance(error, RetryAfter) or self._never_left(error):
                await self._database.write(notices.unclaim, notice.id, admin)
                return False
            _log.warning("an admin could not be told (%s): %s", notice.kind, error)
        return True


def _needed(connection: Connection, notice: Notice, admin: int) -> tuple[RunRow | None, str | None]:
    """The run that it is about, and the language to tell the admin in."""
    is_of_run = notice.kind in (Kind.RUN_FAILED, Kind.RUN_REJECTED)
    run = runs.get(connection, notice.details["run"]) if is_of_run else None
    return run, people.language_to_tell_in(connection, admin)
