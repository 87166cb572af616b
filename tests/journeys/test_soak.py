"""A soak: two replicas over one PostgreSQL, people who write on and on, and every few seconds another fault.

As a test it is short. `make soak` lets it run for ten minutes at 100 messages a second, and shows the figures.
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, select

from bot.playground.chats import Chat, User
from bot.playground.faults import SWITCHES
from bot.playground.form import Form
from bot.playground.server import Playground
from bot.playground.telegram import Telegram
from bot.storage.claims import State
from bot.storage.database import Database
from bot.storage.migration import upgrade
from bot.storage.tables import claims
from tests.fault_table import Seen

from .replica import Replica, balanced, free_port

SECONDS = float(os.environ.get("SOAK_SECONDS", "10"))
RATE = float(os.environ.get("SOAK_RATE", "15"))
EVERY = float(os.environ.get("SOAK_FAULT_EVERY", "2"))
"""Seconds between the beginnings of two faults."""
LASTS = 0.3 * EVERY
"""Seconds that a fault lasts which does not end by itself."""
DOWN = float(os.environ.get("SOAK_DOWN", LASTS))
"""Seconds that the database is away, the first time that it is."""
PEOPLE = 100
SECRET = "a-secret-of-the-soak"
TEXT = "i am so happy and thankful today"
SILENT = ("silent", "silent-after")
"""Faults that a replica sees as no answer in time; a machine that is too busy may look the same."""
DOUBTFUL = ("failing", "reset", "reset-after", "half", "no-json")
"""Other faults after which nobody knows whether a message went out."""


class People:
    """Everybody writes in turn, at a steady rate; what is answered when is noted."""

    def __init__(self, playground: Playground) -> None:
        users = [User(6_100_000_000 + number, f"Person {number}") for number in range(PEOPLE)]
        playground.telegram.chats |= {user.id: Chat(user.id, "private", (user,)) for user in users}
        self._users = cycle(users)
        self._telegram = playground.telegram
        self._inner = playground.faults.inner
        playground.faults.inner = self._call
        self.written: dict[tuple[int, int], float] = {}
        """When each message was written, by chat and message."""
        self.updates: dict[tuple[int, int], int] = {}
        """The update that brought each message."""
        self.answers: Counter[tuple[int, int]] = Counter()
        self.waits: list[float] = []

    async def write(self, seconds: float) -> None:
        """Write for so long."""
        began = time.monotonic()
        for number in range(int(seconds * RATE)):
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            user = next(self._users)
            message = self._telegram.write(user.id, TEXT)
            self.written[user.id, message.id] = time.monotonic()
            self.updates[user.id, message.id] = self._telegram.updates._last_id

    async def _call(self, telegram: Telegram, method: str, form: Form) -> Any:
        result = await self._inner(telegram, method, form)
        if method == "sendMessage" and "reply_to_message" in result:
            message = result["chat"]["id"], result["reply_to_message"]["message_id"]
            self.answers[message] += 1
            self.waits.append(time.monotonic() - self.written[message])
        return result


class Trouble:
    """What goes wrong: one thing at a time, at random."""

    def __init__(self, chance: random.Random, playground: Playground, replicas: list[Replica], postgres_url: str):
        self._chance = chance
        self._playground = playground
        self._replicas = replicas
        self._url = postgres_url
        self.seen: Counter[str] = Counter()
        self.killed_in_hand = 0
        """Updates that were in hand when a replica was killed."""

    async def make(self, seconds: float) -> None:
        """Another fault every `EVERY` seconds."""
        began = time.monotonic()
        database = (self._cut, self._down, self._locked)
        faults: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            *((fault.__name__.strip("_"), fault) for fault in (self._kill, self._stop, *database)),
            *((name, self._switch(name)) for name in ("too-many", *SILENT, *DOUBTFUL)),
        ]
        self._chance.shuffle(faults)
        for name, fault in cycle(faults):
            await asyncio.sleep(EVERY - (time.monotonic() - began) % EVERY)
            if time.monotonic() - began > seconds - EVERY:
                return
            self.seen[name] += 1
            await fault()

    def _switch(self, name: str) -> Callable[[], Awaitable[None]]:
        assert name in SWITCHES

        async def fault() -> None:
            self._playground.faults.switch(name, on=True)
            await asyncio.sleep(LASTS)
            self._playground.faults.switch(name, on=False)

        return fault

    async def _kill(self) -> None:
        replica = self._chance.choice(self._replicas)
        await replica.end(signal.SIGKILL)
        with Database(self._url) as database:
            self.killed_in_hand += await database.read(in_hand)
        await replica.start()

    async def _stop(self) -> None:
        replica = self._chance.choice(self._replicas)
        assert await replica.end(signal.SIGTERM) == 0
        await replica.start()

    async def _cut(self) -> None:
        async with self._administrator() as connection:
            await connection.execute(_TERMINATE)

    async def _down(self) -> None:
        async with self._administrator() as connection:
            await connection.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS false")
            try:
                await connection.execute(_TERMINATE)
                await asyncio.sleep(DOWN if self.seen["down"] == 1 else LASTS)
            finally:
                await connection.execute("ALTER DATABASE postgres ALLOW_CONNECTIONS true")

    async def _locked(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url) as connection:
            await connection.execute("LOCK TABLE claims")
            await asyncio.sleep(LASTS)

    @asynccontextmanager
    async def _administrator(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A connection beside the bot's database."""
        beside = psycopg.conninfo.make_conninfo(self._url, dbname="template1")
        async with await psycopg.AsyncConnection.connect(beside, autocommit=True) as connection:
            yield connection


_TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'"


def in_hand(connection: Connection) -> int:
    """How many updates are in hand."""
    return len(connection.execute(select(claims.c.update_id).where(claims.c.state.in_(["leased", "sending"]))).all())


def states(connection: Connection) -> dict[int, str]:
    """The state of every claim."""
    return {row.update_id: row.state for row in connection.execute(select(claims.c.update_id, claims.c.state))}


@pytest.mark.fault(
    "faults at random, one after the other, two replicas, PostgreSQL",
    promise="lost 0, doubled 0, unknown no more than were being sent",
)
@pytest.mark.timeout(SECONDS + 180)
async def test_nothing_is_lost_and_nothing_is_answered_twice(postgres_url: str, tmp_path: Path, seen: Seen) -> None:
    await asyncio.to_thread(upgrade, postgres_url)
    playground = Playground()
    await playground.start()
    ports = [free_port(), free_port()]
    wire = await balanced(ports)
    settings = {
        "TELEGRAM_BOT_TOKEN": playground.token,
        "TELEGRAM_API_URL": playground.url,
        "DATABASE_URL": postgres_url,
        "TRAINER": "off",
        "MESSAGES_A_MINUTE": "1000000",
        "WEBHOOK_URL": f"http://127.0.0.1:{wire.port}/hook",
        "WEBHOOK_SECRET": SECRET,
    }
    replicas = [Replica(settings, port, tmp_path / f"{port}.log") for port in ports]
    people = People(playground)
    trouble = Trouble(random.Random(5), playground, replicas, postgres_url)  # noqa: S311
    try:
        await asyncio.gather(*(replica.start() for replica in replicas))
        await asyncio.gather(people.write(SECONDS), trouble.make(SECONDS))
        async with asyncio.timeout(120):
            while len(playground.telegram.updates):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert [await replica.end(signal.SIGTERM) for replica in replicas] == [0, 0]
    finally:
        for replica in replicas:
            if replica.process is not None:
                await replica.end(signal.SIGKILL)
        await wire.down()
        await playground.stop()
    with Database(postgres_url) as database:
        ended = await database.read(states)
    answered = Counter(people.answers[message] for message in people.written)
    unknown = {update for update, state in ended.items() if state == State.UNKNOWN}
    lost = [
        message for message, update in people.updates.items() if not people.answers[message] and update not in unknown
    ]
    logs = "".join(replica.log.read_text() for replica in replicas)
    gave_up = logs.count("TimedOut at ")
    bound = sum(playground.faults.struck[name] for name in DOUBTFUL) + gave_up + trouble.killed_in_hand
    rank = quantiles(people.waits, n=100)
    print(  # noqa: T201
        f"\nsent {len(people.written)}, answered once {answered[1]}, "
        f"doubled {sum(number for times, number in answered.items() if times > 1)}, lost {len(lost)}, "
        f"unknown {len(unknown)} (at most {bound}); p50 {rank[49]:.3f} s, p99 {rank[98]:.3f} s\n"
        f"faults: {', '.join(f'{name} {number}' for name, number in sorted(trouble.seen.items()))}"
    )
    assert set(answered) <= {0, 1}, "doubled"
    assert not lost
    assert len(unknown) <= bound
    assert trouble.seen
    assert not any(secret in logs for secret in (SECRET, playground.token, playground.token.partition(":")[2], "happy"))
    seen(f"doubled {sum(answered[times] for times in answered if times > 1)}, lost {len(lost)}, unknown within bounds")
