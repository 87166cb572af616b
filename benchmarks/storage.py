"""What storing costs a message: sync Core in a thread, as the bot does it, beside SQLAlchemy's asyncio layer.

A message is three transactions: its reading is added, the reply's id noted, a correction put. Both sides run the same
statements of `bot.storage` over engines set up alike, one message at a time and 16 side by side, on a SQLite file (the
peer over aiosqlite, left out where that is not installed) and, with `--postgres URL`, on PostgreSQL (the peer over
psycopg's own asyncio side). CPU is of this process with its threads; p99 is of whole messages.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from statistics import quantiles
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.storage import corrections, database, migration, models, readings
from ml.classifier import Reading
from ml.emotions import Emotion

MESSAGES, WARM_UP = 2_000, 200
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SAID = Reading(Emotion.JOY, None, 0.1, (0.1, 0.5, 0.1, 0.1, 0.1, 0.1), "0123456789ab")

Write = Callable[..., Awaitable[Any]]


@dataclass
class Cost:
    """Milliseconds a message: of the clock, of the processor, and of the slowest in a hundred messages."""

    wall: float
    cpu: float
    p99: float


async def store(write: Write, version: int, number: int) -> float:
    """One message's three transactions; returns how long they took, in milliseconds."""
    began = time.perf_counter()
    where = {"chat_id": 1, "message_id": number, "author_id": 1}
    reading = await write(readings.add, **where, reading=SAID, model_version=version, now=NOW)
    await write(readings.set_reply, reading, number)
    await write(corrections.put, reading, 1, Emotion.LOVE, NOW)
    return (time.perf_counter() - began) * 1_000


async def measure(write: Write, version: int, side_by_side: int) -> Cost:
    """The cost of `MESSAGES` messages, after a warm-up that is not counted."""
    times: list[float] = []

    async def worker(numbers: "count[int]", last: int) -> None:
        while (number := next(numbers)) < last:
            times.append(await store(write, version, number))

    async def play(messages: int) -> None:
        numbers = count()
        await asyncio.gather(*(worker(numbers, messages) for _ in range(side_by_side)))

    await play(WARM_UP)
    times.clear()
    wall, cpu = time.perf_counter(), time.process_time()
    await play(MESSAGES)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Cost(wall * 1_000 / MESSAGES, cpu * 1_000 / MESSAGES, quantiles(times, n=100)[98])


def async_engine(url: str) -> AsyncEngine:
    """An engine of the asyncio layer, set up as `bot.storage.database` sets up its own."""
    target = make_url(url)
    if target.drivername.startswith("postgresql"):
        return create_async_engine(
            target.set(drivername="postgresql+psycopg"), pool_size=database.THREADS, pool_pre_ping=True
        )
    engine = create_async_engine(target.set(drivername="sqlite+aiosqlite"), pool_size=1, max_overflow=0)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for setting in database.SQLITE_SETTINGS:
            connection.cursor().execute(f"PRAGMA {setting}")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


async def of_the_peer(url: str, version: int, side_by_side: int) -> Cost:
    """The cost through the asyncio layer."""
    engine = async_engine(url)

    async def write(function: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        async with engine.begin() as connection:
            return await connection.run_sync(function, *args, **kwargs)

    try:
        return await measure(write, version, side_by_side)
    finally:
        await engine.dispose()


def start(connection: Connection) -> int:
    """A model for the readings to be of."""
    return models.add(connection, b"benchmark", metrics={}, base="benchmark", now=NOW)


def rows(name: str, url: str, peer: str | None) -> None:
    """Measure on the database at `url`, and print a row a way."""
    if migration.current(url) is not None:
        raise SystemExit(f"the {name} database is in use: give an empty one")
    migration.upgrade(url)
    for side_by_side in (1, 16):
        with database.Database(url) as ours:
            version = ours.write_now(start)
            show(name, side_by_side, "sync Core in a thread", asyncio.run(measure(ours.write, version, side_by_side)))
        if peer is not None:
            show(name, side_by_side, f"async Core, {peer}", asyncio.run(of_the_peer(url, version, side_by_side)))


def show(name: str, side_by_side: int, way: str, cost: Cost) -> None:
    """Print one row of the table."""
    print(f"{name:<12}{side_by_side:>4}  {way:<24}{cost.wall:>8.2f}{cost.cpu:>8.2f}{cost.p99:>8.2f}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", metavar="URL", help="an empty PostgreSQL database to measure on too")
    options = parser.parse_args()
    print(f"{'database':<12}{'side':>4}  {'milliseconds a message':<24}{'wall':>8}{'CPU':>8}{'p99':>8}")
    with tempfile.TemporaryDirectory() as folder:
        peer = "aiosqlite" if find_spec("aiosqlite") else None
        rows("SQLite", f"sqlite:///{Path(folder)}/benchmark.db", peer)
        if peer is None:
            print("(async Core over aiosqlite is left out: aiosqlite is not installed)")
    if options.postgres:
        rows("PostgreSQL", options.postgres, "psycopg")


if __name__ == "__main__":
    main()
