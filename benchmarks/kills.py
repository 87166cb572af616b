"""The bot, or the child that it trains with, is killed at random moments of a run. See `benchmarks.learning`.

The bot is `feelback run` as a process of its own, over a SQLite file and a playground's Bot API; the child is the real
`ml.retrain`, teaching the shipped bundle further. A person writes and corrects all the while, also while the bot is
dead. Where the bot was what died it is started again, and once the run has ended all is looked at:

- the champion is the one from before or a new one, and loads, warms and reproduces its golden examples
- no run waits or trains, and none of its files are left
- no child is left over, neither two seconds after the kill nor at the end
- whatever the person corrected stands in the database as they said it
"""

import asyncio
import os
import random
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet
from sqlalchemy import Connection, select

from benchmarks.crowd import Row, empty_database
from benchmarks.results import Results
from bot.application import now
from bot.learning.live import load
from bot.playground.server import Playground
from bot.storage import models, people, runs
from bot.storage.database import Database
from bot.storage.runs import RunRow, State, Trigger
from bot.storage.tables import corrections, readings
from ml.bundle import BundleError

KILLS: Final = 20
FIRST_CORRECTIONS: Final = 12
PATIENCE: Final = 300.0
"""Seconds that anything may take here; the lease of a run whose bot died is 30 of them."""

PAUSE: Final = 0.5
"""Seconds between one correction and the next message."""

LOOK_SECONDS: Final = 0.05


class House:
    """The bot of one folder, as a process, and Ana, who talks to it."""

    def __init__(self, folder: Path, url: str, playground: Playground, rows: Sequence[Row]) -> None:
        self.folder = folder
        self.url = url
        self.ana = playground.person("Ana")
        self.taught: dict[int, int] = {}
        """What she corrected, by message: the label that she tapped, once that showed."""
        self._rows = cycle(rows)
        self._bot: asyncio.subprocess.Process | None = None
        self._settings = {
            "TELEGRAM_BOT_TOKEN": playground.token,
            "TELEGRAM_API_URL": playground.url,
            "DATABASE_URL": self.url,
            "TEXT_KEYS": Fernet.generate_key().decode(),
            "MESSAGES_A_MINUTE": "1000000",
            "TRAINER": "on",
        }

    async def start(self) -> None:
        """Start the bot."""
        passed = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
        with (self.folder / "bot.log").open("ab") as log:
            self._bot = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", env=passed | self._settings, stdout=log, stderr=log
            )

    async def end(self, number: signal.Signals) -> None:
        """Send the bot a signal, and wait for its end."""
        if self._bot is not None and self._bot.returncode is None:
            self._bot.send_signal(number)
            await self._bot.wait()

    async def talk(self) -> None:
        """Ana corrects one message after the other."""
        while True:
            await self.correct()
            await asyncio.sleep(PAUSE)

    async def correct(self) -> None:
        """Ana sends a text, and taps the label that it has in its corpus."""
        row = next(self._rows)
        message = await self.ana.writes(row.text)
        reply = await self.ana.hears(message, within=PATIENCE)
        before, wanted = reply.text, re.compile(rf"c:\d+:{row.label}")
        (face,) = (
            button["text"] for line in reply.keyboard for button in line if wanted.fullmatch(button["callback_data"])
        )
        await self.ana.taps(reply, face)
        await self.ana.sees(lambda _: reply.text != before, within=PATIENCE)
        self.taught[message.id] = row.label

    def children(self) -> list[int]:
        """The processes that train for this folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                command = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if "ml.retrain" in command and any(str(self.folder) in part for part in command):
                    found.append(int(entry.name))
        return found


async def kills(rows: Sequence[Row], work: Path, results: Results) -> None:
    """Kill as often as is not in the results yet."""
    numbers = [number for number in range(1, KILLS + 1) if not results.has("kills", number)]
    if not numbers:
        return
    async with _house((work / "kills").resolve(), rows) as house:
        with Database(house.url) as database:
            takes = await _undisturbed(house, database)
            for number in numbers:
                told = await _kill(house, database, number, takes)
                results.add("kills", number, **told)
                sys.stderr.write(f"kill {number}: {told}\n")


@asynccontextmanager
async def _house(folder: Path, rows: Sequence[Row]) -> AsyncIterator[House]:
    """A bot over an empty database, which Ana lets keep her texts."""
    playground = Playground()
    await playground.start()
    house = House(folder, await asyncio.to_thread(empty_database, folder), playground, rows)
    with Database(house.url) as database:
        await database.write(people.set_consent, house.ana.id, True, now())
    await house.start()
    try:
        yield house
    finally:
        await house.end(signal.SIGTERM)
        await playground.stop()


async def _undisturbed(house: House, database: Database) -> float:
    """The seconds that a run takes from the moment that it is taken, while Ana talks."""
    for _ in range(FIRST_CORRECTIONS):
        await house.correct()
    talking = asyncio.create_task(house.talk())
    await _taken(database)
    began = time.monotonic()
    await _until(lambda: _ended(database))
    talking.cancel()
    return time.monotonic() - began


async def _kill(house: House, database: Database, number: int, takes: float) -> dict[str, Any]:
    """One run, one kill, and what is found afterwards."""
    chance, the_bot = random.Random(number), number % 2 == 0  # noqa: S311
    before = await database.read(models.champion_version)
    talking = asyncio.create_task(house.talk())
    moment = chance.uniform(0, takes)
    run = await _taken(database)
    await asyncio.sleep(moment)
    while not the_bot and not house.children():  # not yet, or not any more
        await _until(lambda: _ended(database))
        moment = chance.uniform(0, takes)
        run = await _taken(database)
        await asyncio.sleep(moment)
    killed = await database.read(runs.get, run.id)
    left_over = 0
    if the_bot:
        await house.end(signal.SIGKILL)
        await asyncio.sleep(2)
        left_over = len(house.children())
        await house.start()
    else:
        for pid in house.children():
            os.kill(pid, signal.SIGKILL)
    await _until(lambda: _ended(database))
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    await house.correct()
    ended = await database.read(runs.get, run.id)
    return {
        "killed": "bot" if the_bot else "child",
        "moment": round(moment, 2),
        "of": round(takes, 2),
        "stage": killed and killed.stage,
        "outcome": ended and ended.outcome,
        "error": ended and ended.error,
        "whole": await database.read(_is_whole, before),
        "stuck": await database.read(runs.active) is not None,
        "left_over": left_over + len(house.children()),
        "files_left": len(list((house.folder / "runs").glob("run-*"))),
        "lost": await database.read(_lost, house.ana.id, house.taught),
        "corrections": len(house.taught),
    }


async def _taken(database: Database) -> RunRow:
    """Ask for a run, and wait until it is taken."""
    run_id = await database.write(runs.request, Trigger.OPERATOR, now())
    if run_id is None:
        raise RuntimeError("a run is under way already")
    run: RunRow | None = None
    while run is None or run.state is State.WAITING:
        await asyncio.sleep(LOOK_SECONDS)
        run = await database.read(runs.get, run_id)
    return run


async def _ended(database: Database) -> bool:
    return await database.read(runs.active) is None


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - it is in another process
            await asyncio.sleep(LOOK_SECONDS)


def _is_whole(connection: Connection, before: int | None) -> bool:
    """Whether what serves is the model from before or a newer one, and can."""
    champion = models.champion(connection)
    if champion is None or before is None or champion.version < before:
        return False
    try:
        load(models.bundle(connection, champion.version), champion.sha256)
    except BundleError:
        return False
    return True


def _lost(connection: Connection, person_id: int, taught: dict[int, int]) -> int:
    """How many corrections do not stand as they were shown to."""
    stands = (
        select(readings.c.message_id, corrections.c.label)
        .join(corrections, corrections.c.reading_id == readings.c.id)
        .where(corrections.c.person_id == person_id, corrections.c.undone_at.is_(None))
    )
    found = {row.message_id: row.label for row in connection.execute(stands)}
    return sum(found.get(message_id) != label for message_id, label in taught.items())
