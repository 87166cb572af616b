"""Updates by long polling, acknowledged only after they were handled.

An update is acknowledged by asking for those after it, so the offset is the lowest id that is not finished: what is in
flight when the process dies comes again. A chat's updates are handled in their order, chats side by side. As Telegram
gives 100 updates from the offset on at most, no more than that are ever in flight.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

LONG_POLL: Final = 10
"""Seconds that Telegram holds a request while there is nothing new."""

DEADLINE: Final = 10.0
"""Seconds that one update may take; then it counts as failed, and is acknowledged."""

GRACE: Final = 1.0
"""Seconds that updates in flight get to finish when polling stops."""

_PACE: Final = 0.2
_LONGEST_PAUSE: Final = 30.0
_log = logging.getLogger(__name__)

Handle = Callable[[Update], Awaitable[None]]


class TokenRefusedError(Exception):
    """The server does not take the bot's token (any more)."""


class Polling:
    """Asks `bot` for updates and hands each to `handle`."""

    def __init__(self, bot: Bot, handle: Handle, allowed: Sequence[str]) -> None:
        self._bot = bot
        self._handle = handle
        self._allowed = allowed
        self._offset = 0
        self._seen: set[int] = set()
        self._unfinished: dict[int, asyncio.Task[None]] = {}
        self._last_of_chat: dict[int | None, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop` is set; then finish what is in flight and acknowledge it.

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
                    await asyncio.wait(self._unfinished.values(), timeout=_PACE)
        finally:
            stopping.cancel()
            await self._finish()

    async def _poll(self, stopping: asyncio.Task[bool]) -> float | None:
        """Ask once. Gives None when that went well, else the seconds to wait at least."""
        seconds = 0 if self._unfinished else LONG_POLL
        call = self._bot.get_updates(offset=self._offset, timeout=seconds, allowed_updates=self._allowed)
        asking = asyncio.create_task(call)
        await asyncio.wait([asking, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            asking.cancel()
            return None
        try:
            self._take(asking.result())
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
        return None

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

    def _take(self, updates: Sequence[Update]) -> None:
        for update in updates:
            if update.update_id >= self._offset and update.update_id not in self._seen:
                self._seen.add(update.update_id)
                self._start(update)
        self._advance()

    def _start(self, update: Update) -> None:
        place = update.effective_chat or update.effective_user
        chat = place.id if place else None
        task = asyncio.create_task(self._finish_one(update, self._last_of_chat.get(chat)))
        self._unfinished[update.update_id] = self._last_of_chat[chat] = task
        task.add_done_callback(lambda done: self._done(update.update_id, chat, done))

    async def _finish_one(self, update: Update, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            async with asyncio.timeout(DEADLINE):
                await self._handle(update)
        except TimeoutError:
            _log.error("update %d took longer than %g s and was given up", update.update_id, DEADLINE)
        except Exception as error:  # noqa: BLE001 - one update that fails must not stop the others
            _log.error("update %d failed: %s", update.update_id, type(error).__name__)

    def _done(self, update_id: int, chat: int | None, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return  # at the end; it stays unfinished, and comes again
        del self._unfinished[update_id]
        if self._last_of_chat.get(chat) is task:
            del self._last_of_chat[chat]
        self._advance()

    def _advance(self) -> None:
        """Move the offset up to the lowest update that is not finished."""
        if self._seen:
            self._offset = min(self._unfinished, default=max(self._seen) + 1)
            self._seen = {update_id for update_id in self._seen if update_id >= self._offset}

    async def _finish(self) -> None:
        if self._unfinished:
            _, late = await asyncio.wait(self._unfinished.values(), timeout=GRACE)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        if self._offset:
            try:
                async with asyncio.timeout(GRACE):
                    await self._bot.get_updates(offset=self._offset, limit=1, timeout=0)
            except (TelegramError, TimeoutError):
                _log.warning("could not acknowledge the last updates; they will come again")
