"""The updates that this process has in hand, claimed in the database that all processes share.

While the database is away claims are held in memory, and what ended under them is stored when it is back: people are
answered all the same, and nothing that this process answered is answered twice. What another process was given
meanwhile, it can't know.
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection
from telegram.error import TelegramError

from bot.delivery.together import Together
from bot.storage import claims, floods
from bot.storage.claims import State
from bot.storage.database import AWAY, Database
from bot.storage.floods import Kind

LEASE: Final = timedelta(seconds=15)
"""How long an update is this process's alone; longer than it may take to answer."""

PATIENCE: Final = 2.0
"""Seconds that the database gets for a claim. One that let them pass is not asked again for `REST` seconds."""

REST: Final = 1.0
_MOST_UNSTORED: Final = 100_000
_STORED_AT_ONCE: Final = 500
_PRUNE_SECONDS: Final = 600.0
_log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class ClaimLostError(TelegramError):
    """The update is another process's by now, so nothing may be sent for it here.

    python-telegram-bot lets its own kind of errors through, and makes a NetworkError of any other.
    """

    def __init__(self) -> None:
        super().__init__("another process has the update")


class _AwayError(Exception):
    """The database did not take a claim, for now."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Whose update it is, for the flood limit, and how many of its kind are answered in a minute."""

    person_id: int
    kind: Kind
    limit: int


@dataclass(slots=True)
class Claim:
    """One update in hand."""

    update_id: int
    of: "Claims"
    stored: bool
    language: str | None = None
    """The one that whoever sent the update chose to be answered in, if they did."""
    over: int = 0
    """By how many this is over what the person may send in a minute."""
    state: State = State.LEASED
    sent: int = 0
    """Messages that went out for certain."""
    doubtful: bool = False
    """Whether a message was given to Telegram and nobody knows what became of it."""
    deadline: asyncio.Timeout | None = None
    afterwards: list[Callable[[Connection], object]] = field(default_factory=list)
    """What is to be written when it ends."""

    @property
    def untouched(self) -> bool:
        """Whether nothing went out, so that all may be done again."""
        return not self.doubtful and not self.sent

    async def send(self) -> None:
        """Say that a message is about to go out.

        Raises:
            ClaimLostError: it must not.
        """
        if self.state is not State.SENDING:
            await self._hold(State.SENDING, LEASE)

    async def store_and_send(self, store: Callable[[Connection], T]) -> T:
        """What `store` gives, in the one transaction that says that a message is about to go out.

        Raises:
            ClaimLostError: it must not, and nothing was stored.
            sqlalchemy.exc.SQLAlchemyError: the database failed.
        """
        stored: T = await self.of.store_and_send(_Storing(self, store))
        self.state = State.SENDING
        return stored

    async def wait(self, seconds: float) -> None:
        """Sleep as long as Telegram asks for; that time is not counted as the update's."""
        if self.deadline is not None and (when := self.deadline.when()) is not None:
            self.deadline.reschedule(when + seconds)
        await self._hold(State.LEASED if self.untouched else self.state, LEASE + timedelta(seconds=seconds))
        await asyncio.sleep(seconds)

    async def end(self) -> None:
        """Say that nothing more is to be done."""
        self.state = State.UNKNOWN if self.doubtful else State.DONE
        await self.of.end(self)

    async def release(self) -> None:
        """Leave the update to whoever gets it next."""
        await self.of.release(self)

    async def _hold(self, state: State, lease: timedelta) -> None:
        if not await self.of.hold(self, state, lease):
            raise ClaimLostError
        self.state = state


CURRENT: Final[ContextVar[Claim | None]] = ContextVar("claim", default=None)
"""The claim under which the present task handles an update."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An update to be claimed."""

    update_id: int
    counted: Counted | None
    person_id: int | None

    @property
    def order(self) -> tuple[int, int]:
        """Alike in all processes."""
        return (0 if self.counted is None else self.counted.person_id, self.update_id)


@dataclass(frozen=True, slots=True)
class _Storing:
    """Something to be stored for a claim that is about to be sending."""

    claim: Claim
    store: Callable[[Connection], Any]


class InHand:
    """The update that the present task handles, for handlers: what they write goes along with what its claim does.

    Where there is no claim in the database, it is written all the same.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store_and_send(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What the function returns, once its writes are committed; a message must then be sent."""
        claim = CURRENT.get()
        if claim is None or not claim.stored or claim.state is not State.LEASED:
            return await self._database.write(function, *args, **kwargs)
        return await claim.store_and_send(lambda connection: function(connection, *args, **kwargs))

    async def at_end(
        self, function: Callable[Concatenate[Connection, P], object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Have the function write when the update has been answered, unless the database is away then."""
        claim = CURRENT.get()
        if claim is None:
            await self._database.write(function, *args, **kwargs)
        else:
            claim.afterwards.append(lambda connection: function(connection, *args, **kwargs))


class Claims:
    """One process's claims."""

    def __init__(self, database: Database, bot_id: int, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._bot_id = bot_id
        self._clock = clock
        self._owner: Final = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._unstored: dict[int, State] = {}
        self._away_until = 0.0
        self.away = False
        """Whether the database was away when last asked."""
        self._taken = Together(self._take_all)
        self.store_and_send = Together(self._store_and_send_all)
        """Stores something, and says that its claim is sending; both or none. Raises as `Claim.store_and_send`."""
        self._ended = Together(self._end_all)

    async def take(self, update_id: int, counted: Counted | None, person_id: int | None = None) -> Claim | State:
        """A claim on the update, which that person sent; or its state, where it is another's, or ended."""
        if update_id in self._unstored:
            return self._unstored[update_id]
        try:
            return await self._taken(_Wanted(update_id, counted, person_id))
        except _AwayError:
            return Claim(update_id, self, stored=False)

    async def hold(self, claim: Claim, state: State, lease: timedelta) -> bool:
        """Prolong a claim, in a state. False: it was lost."""
        if not claim.stored:
            return True
        key = (self._bot_id, claim.update_id, self._owner)
        try:
            return await self._write(claims.hold, *key, state, self._clock(), lease)
        except _AwayError:
            return True

    async def end(self, claim: Claim) -> None:
        """Store how a claim ended, and what is to be written then; the first in memory while the database is away."""
        try:
            await self._ended(claim)
        except _AwayError:
            self._unstored[claim.update_id] = claim.state
            if len(self._unstored) > _MOST_UNSTORED:
                del self._unstored[next(iter(self._unstored))]

    async def release(self, claim: Claim) -> None:
        """Give a claim back. Where the database is away, its lease runs out."""
        if claim.stored:
            try:
                await self._write(claims.release, self._bot_id, claim.update_id, self._owner)
            except _AwayError:
                return

    async def store(self) -> None:
        """Store what ended while the database was away, as far as it takes it now."""
        while self._unstored:
            ended = self._some_unstored()
            try:
                await self._write(self._store, ended)
            except _AwayError:
                return
            self._forget(ended)

    async def tend(self) -> None:
        """Until cancelled, forget what is old, and store what was left over."""
        while True:
            try:
                while await self._write(self._prune):
                    pass
            except _AwayError:
                pass
            await self.store()
            await asyncio.sleep(_PRUNE_SECONDS)

    async def _take_all(self, wanted: list["_Wanted"]) -> list[Claim | State]:
        """Claim many updates, and store what was left over, in one transaction.

        They are taken in the order of their people: two processes that count the same people in the order in which
        they wrote would wait for each other.
        """
        ended = self._some_unstored()
        order = sorted(range(len(wanted)), key=lambda place: wanted[place].order)

        def take(connection: Connection) -> dict[int, Claim | State]:
            self._store(connection, ended)
            return {place: self._take(connection, wanted[place]) for place in order}

        taken = await self._write(take)
        self._forget(ended)
        return [taken[place] for place in range(len(wanted))]

    async def _store_and_send_all(self, some: list[_Storing]) -> list[Any]:
        def store(connection: Connection) -> list[Any]:
            return [self._store_and_send(connection, storing) for storing in some]

        return await self._database.write(store)

    async def _end_all(self, some: list[Claim]) -> list[None]:
        def end(connection: Connection) -> None:
            for claim in some:
                self._end(connection, claim)

        await self._write(end)
        return [None] * len(some)

    def _take(self, connection: Connection, wanted: "_Wanted") -> Claim | State:
        now, counted = self._clock(), wanted.counted
        taken = claims.take(connection, self._bot_id, wanted.update_id, self._owner, now, LEASE, wanted.person_id)
        if isinstance(taken, State):
            return taken
        claim = Claim(wanted.update_id, self, stored=True, language=taken.language)
        if counted is not None:
            number = floods.add(connection, counted.person_id, counted.kind, now)
            claim.over = max(0, number - counted.limit)
        return claim

    def _store_and_send(self, connection: Connection, storing: _Storing) -> Any:
        stored = storing.store(connection)
        key = (self._bot_id, storing.claim.update_id, self._owner)
        if not claims.hold(connection, *key, State.SENDING, self._clock(), LEASE):
            raise ClaimLostError
        return stored

    def _end(self, connection: Connection, claim: Claim) -> None:
        claims.end(connection, self._bot_id, claim.update_id, self._owner, claim.state, self._clock())
        for write in claim.afterwards:
            write(connection)

    def _store(self, connection: Connection, ended: dict[int, State]) -> None:
        for update_id, state in ended.items():
            claims.end(connection, self._bot_id, update_id, self._owner, state, self._clock())

    def _some_unstored(self) -> dict[int, State]:
        return dict(islice(self._unstored.items(), _STORED_AT_ONCE))

    def _forget(self, ended: dict[int, State]) -> None:
        for update_id in ended:
            self._unstored.pop(update_id, None)

    def _prune(self, connection: Connection) -> int:
        floods.prune(connection, self._clock())
        return claims.prune(connection, self._clock())

    async def _write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function gives in a transaction.

        Raises:
            _AwayError: the database failed, or is not to be asked yet.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._away_until:
            raise _AwayError
        try:
            async with asyncio.timeout(PATIENCE):
                result = await self._database.write(function, *args, **kwargs)
        except TimeoutError:
            self._away_until = loop.time() + REST
            self._note("it takes too long")
            raise _AwayError from None
        except AWAY as error:
            self._note(type(error).__name__)
            raise _AwayError from None
        if self.away:
            _log.warning("the database is back")
            self.away = False
        return result

    def _note(self, reason: str) -> None:
        if not self.away:
            _log.error("the database is away (%s); people are answered without buttons until it is back", reason)
        self.away = True
