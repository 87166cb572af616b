"""Updates by long polling, acknowledged only after they were handled.

An update is acknowledged by asking for those after it, so the offset is the lowest id that is not finished: what is in
hand when the process dies comes again. As Telegram gives 100 updates from the offset on at most, no more than that are
ever in hand. Ids rise, but after a week without updates begin anew anywhere: so once a poll brought nothing, which
acknowledged all, the next has no offset.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.delivery.handling import Handling, Outcome, parse
from bot.delivery.sending import TokenRefusedError

LONG_POLL: Final = 10
"""Seconds that Telegram holds a request while there is nothing new."""

_READ_TIMEOUT: Final = LONG_POLL + 5
_ACKNOWLEDGE: Final = 1.0
_PACE: Final = 0.02
_SLOWEST_PACE: Final = 0.2
_LONGEST_PAUSE: Final = 30.0
_log = logging.getLogger(__name__)


class Polling:
    """Asks `bot` for updates of the `allowed` kinds, and has each handled."""

    def __init__(self, bot: Bot, handling: Handling, allowed: Sequence[str]) -> None:
        self._bot = bot
        self._handling = handling
        self._allowed = allowed
        self._offset = 0
        self._seen: set[int] = set()
        self._unfinished: dict[int, asyncio.Task[Outcome]] = {}
        self._all_finished = asyncio.Event()
        self._pace = _PACE

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop` is set; then finish what is in hand and acknowledge it.

        Raises:
            TokenRefusedError: the token is wrong or was revoked.
        """
        stopping = asyncio.create_task(stop.wait())
        try:
            failures = 0
            while not stop.is_set():
                pause = await self._poll(stopping)
                failures = failures + 1 if pause is not None else 0
                if pause is not None:
                    await asyncio.wait([stopping], timeout=max(pause, min(2.0 ** (failures - 1), _LONGEST_PAUSE)))
                elif self._unfinished:
                    await self._finished(stopping)
        finally:
            stopping.cancel()
            await self._handling.finish()
            await self._acknowledge()

    async def _finished(self, stopping: asyncio.Task[bool]) -> None:
        """Wait until nothing is unfinished; not long where much comes, a little longer while nothing new does."""
        self._all_finished.clear()
        finished = asyncio.create_task(self._all_finished.wait())
        await asyncio.wait([finished, stopping], timeout=self._pace, return_when=asyncio.FIRST_COMPLETED)
        finished.cancel()
        self._pace = min(2 * self._pace, _SLOWEST_PACE)

    async def _poll(self, stopping: asyncio.Task[bool]) -> float | None:
        """Ask once. Gives None when that went well, else the seconds to wait at least."""
        asking = asyncio.create_task(self._ask(0 if self._unfinished else LONG_POLL))
        await asyncio.wait([asking, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            asking.cancel()
            return None
        try:
            return self._take(asking.result())
        except InvalidToken:
            raise TokenRefusedError from None
        except RetryAfter as error:
            _log.warning("Telegram asks to poll more slowly: %s", error)
            wait = error.retry_after
            return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
        except Conflict as error:
            await self._resolve(error)
            return 1.0
        except TelegramError as error:
            _log.warning("could not ask for updates: %s: %s", type(error).__name__, error)
            return 0.0

    async def _ask(self, seconds: int, limit: int = 100) -> Any:
        """What `getUpdates` gives. `Bot.get_updates` would log people's messages where it can't read one of them."""
        asked = {"offset": self._offset, "timeout": seconds, "limit": limit, "allowed_updates": self._allowed}
        return await self._bot._post("getUpdates", asked, read_timeout=_READ_TIMEOUT)

    async def _resolve(self, conflict: Conflict) -> None:
        """Two may not take updates at once: a webhook is removed, another process is reported."""
        if "webhook" not in str(conflict):
            _log.error("another process polls with the same token; only one may: %s", conflict)
            return
        _log.warning("a webhook is set for this bot; removing it to poll")
        try:
            await self._bot.delete_webhook()
        except TelegramError as error:
            _log.warning("could not remove the webhook: %s: %s", type(error).__name__, error)

    def _take(self, given: Any) -> float | None:
        """Have what is new handled. Gives None, or the seconds to wait where nothing came that could be."""
        if not isinstance(given, list):
            _log.warning("could not ask for updates: the answer is no list")
            return 0.0
        if not given and not self._unfinished:
            self._offset, self._seen = 0, set()
            return None
        readable = False
        for raw in given:
            if self._came_before(raw):  # as all that is in hand does at each poll, so it is not worth parsing
                readable = True
            elif (update := parse(raw, self._bot)) is not None:
                readable, self._pace = True, _PACE
                self._seen.add(update.update_id if isinstance(update, Update) else update)
                if isinstance(update, Update):
                    self._start(update)
        self._advance()
        return None if readable or self._unfinished else 0.0

    def _came_before(self, raw: Any) -> bool:
        update_id = raw.get("update_id") if isinstance(raw, dict) else None
        return isinstance(update_id, int) and (update_id < self._offset or update_id in self._seen)

    def _start(self, update: Update) -> None:
        self._unfinished[update.update_id] = task = self._handling.start(update)
        task.add_done_callback(lambda done: self._done(update.update_id, done))

    def _done(self, update_id: int, task: asyncio.Task[Outcome]) -> None:
        if task.cancelled():
            return  # at the end; it stays unfinished, and comes again
        del self._unfinished[update_id]
        if not self._unfinished:
            self._all_finished.set()
        self._advance()

    def _advance(self) -> None:
        """Move the offset up to the lowest update that is not finished."""
        if self._seen:
            self._offset = min(self._unfinished, default=max(self._seen) + 1)
            self._seen = {update_id for update_id in self._seen if update_id >= self._offset}

    async def _acknowledge(self) -> None:
        if self._offset:
            try:
                async with asyncio.timeout(_ACKNOWLEDGE):
                    await self._ask(0, limit=1)
            except (TelegramError, TimeoutError):
                _log.warning("could not acknowledge the last updates; they will come again")
