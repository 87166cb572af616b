"""The updates that a bot collects by getUpdates, with Telegram's rules of offsets and of one poller at a time."""

import asyncio
from collections import deque
from collections.abc import Collection
from itertools import islice
from typing import Any, Final

from bot.playground.refusal import Refusal

NOT_BY_DEFAULT: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds of updates that a bot gets only if it names them (https://core.telegram.org/bots/api#getupdates)."""
LONGEST_POLL: Final = 50
"""Seconds that Telegram holds a poll at most."""
_STEP: Final = 10_000_000
_FAR_UP: Final = 1_000_000_000_000


class Updates:
    """Updates wait here until a poll with a higher offset acknowledges them.

    All of it runs on one event loop. Ids rise from the one after `last_id`.
    """

    def __init__(self, last_id: int = 0) -> None:
        self.webhook = ""
        """Address given to setWebhook; while it is set there is no polling, and a `Courier` brings what waits."""
        self.secret = ""
        self.max_connections = 40
        self.last_failure: tuple[float, str] | None = None
        """When an update could not be brought last, since 1970, and why."""
        self.changed = asyncio.Event()
        """Set whenever something new waits, or the webhook is another."""
        self._waiting: deque[dict[str, Any]] = deque()
        self._first_id = self._last_id = last_id
        self._allowed: Collection[str] = ()
        self._poll: asyncio.Future[None] | None = None
        self._closed = False

    def __len__(self) -> int:
        """How many updates are not acknowledged."""
        return len(self._waiting)

    def push(self, kind: str, content: dict[str, Any]) -> None:
        """Queue an update, unless the bot doesn't want its kind."""
        if kind not in self._allowed if self._allowed else kind in NOT_BY_DEFAULT:
            return
        self._last_id += 1
        self._waiting.append({"update_id": self._last_id, kind: content})
        self.changed.set()
        self._wake(None)

    def waiting(self) -> list[dict[str, Any]]:
        """What is not acknowledged, in order."""
        return list(self._waiting)

    def acknowledge(self, update_id: int) -> None:
        """Forget one update, which was taken."""
        self._waiting = deque(update for update in self._waiting if update["update_id"] != update_id)

    def set_webhook(self, url: str, secret: str = "", max_connections: int = 40) -> None:
        """Have updates brought to an address from now on; to none, where it is empty."""
        self.webhook, self.secret, self.max_connections, self.last_failure = url, secret, max_connections, None
        self.changed.set()

    def allow(self, kinds: Collection[str]) -> None:
        """Take only these kinds from now on; none named: all but those of `NOT_BY_DEFAULT`."""
        self._allowed = frozenset(kinds)

    def begin_anew(self) -> None:
        """Let ids rise from lower down, or from far up where there is no lower; unless none has risen so far."""
        if self._last_id > self._first_id:
            self._first_id = self._last_id = self._first_id - _STEP if self._first_id > _STEP else _FAR_UP

    def drop(self) -> None:
        """Forget all that waits."""
        self._waiting.clear()

    async def collect(self, offset: int = 0, limit: int = 100, timeout: float = 0) -> list[dict[str, Any]]:  # noqa: ASYNC109
        """Acknowledge all before `offset` and give what waits, or, for up to `timeout` seconds, the next that comes.

        A negative offset counts from the end of the queue, and forgets what lies before.

        Raises:
            Refusal: 409, to the poll that was here first, when another one comes; or to any, while a webhook is set.
        """
        if self.webhook:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._wake(
            Refusal(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        )
        first = self._last_id + 1 + offset if offset < 0 else offset
        while self._waiting and self._waiting[0]["update_id"] < first:
            self._waiting.popleft()
        if not self._waiting and timeout > 0 and not self._closed:
            await self._next(min(timeout, LONGEST_POLL))
        return list(islice(self._waiting, limit))

    def hurry(self) -> None:
        """End the poll that waits, with nothing."""
        self._wake(None)

    def close(self) -> None:
        """End the poll that waits, with nothing, and hold none from now on."""
        self._closed = True
        self.hurry()

    async def _next(self, seconds: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            pass
        finally:
            if self._poll is poll:
                self._poll = None

    def _wake(self, refusal: Refusal | None) -> None:
        poll, self._poll = self._poll, None
        if poll is None or poll.done():
            return
        if refusal is None:
            poll.set_result(None)
        else:
            poll.set_exception(refusal)
