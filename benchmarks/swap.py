"""100 messages a second while a run trains and its model is swapped in. See `benchmarks.learning`.

The bot is `serve` in a process of its own, over a SQLite file and a playground's Bot API. Beside it in the same event
loop a task sleeps for a millisecond again and again, and notes when it was woken late, by how much, and how much of
that time this process was on a processor: what the loop waited for otherwise, it waited for the machine.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from cryptography.fernet import Fernet

from benchmarks import crowd as crowds
from benchmarks.crowd import Crowd, Row, empty_database
from benchmarks.results import Results
from bot.application import now, serve, stop_on_signals
from bot.learning import live as lives
from bot.learning.live import LiveModel
from bot.playground.chats import Chat, User
from bot.playground.form import Form
from bot.playground.server import Playground
from bot.playground.telegram import Telegram
from bot.settings import load
from bot.storage import runs
from bot.storage.database import Database
from bot.storage.runs import RunRow, Trigger
from bot.storage.vault import Vault

RATE: Final = 100
WRITERS: Final = 64
IDLE_SECONDS: Final = 30.0
WARM_UP_SECONDS: Final = 5.0
AROUND: Final = 2.0
"""Seconds before the swap in which its model is fetched, loaded and warmed, and as many after it."""

FIRST_WRITER: Final = 6_100_000_000
_TICK: Final = 0.001


class Traffic:
    """People of a playground who write `RATE` messages a second in all, whatever is answered."""

    def __init__(self, playground: Playground, rows: Sequence[Row]) -> None:
        writers = [User(FIRST_WRITER + number, f"Writer {number}") for number in range(WRITERS)]
        self._chats = [Chat(user.id, "private", (user,)) for user in writers]
        playground.telegram.chats |= {chat.id: chat for chat in self._chats}
        self._answer, playground.faults.inner = playground.faults.inner, self._call
        self._telegram = playground.telegram
        self._texts = cycle(row.text for row in rows)
        self.sent: dict[tuple[int, int], float] = {}
        """When each message was written, by chat and message."""
        self.answers: Counter[tuple[int, int]] = Counter()
        self.answered: dict[tuple[int, int], float] = {}

    async def flow(self) -> None:
        """Write, until cancelled."""
        began = time.monotonic()
        for number, chat in enumerate(cycle(self._chats)):
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            message = self._telegram.write(chat.id, next(self._texts), by=chat.members[0])
            self.sent[chat.id, message.id] = time.monotonic()

    async def settled(self) -> None:
        """Wait until all is answered, or a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(30):
                while self.sent.keys() - self.answered.keys():  # noqa: ASYNC110
                    await asyncio.sleep(0.1)

    def waits(self, since: float, until: float) -> list[float]:
        """Milliseconds until the answer to each message written in that time."""
        return [
            (self.answered[message] - at) * 1e3
            for message, at in self.sent.items()
            if since <= at < until and message in self.answered
        ]

    async def _call(self, telegram: Telegram, method: str, form: Form) -> Any:
        result = await self._answer(telegram, method, form)
        if method.lower() == "sendmessage" and "reply_to_message" in result:
            message = (result["chat"]["id"], result["reply_to_message"]["message_id"])
            self.answers[message] += 1
            self.answered.setdefault(message, time.monotonic())
        return result


async def swap(crowd: Crowd, work: Path, results: Results) -> None:
    """Measure, unless that is in the results."""
    if results.has("swap", 1):
        return
    folder = (work / "swap").resolve()
    url, key = await asyncio.to_thread(empty_database, folder), Fernet.generate_key().decode()
    playground = Playground()
    await playground.start()
    traffic = Traffic(playground, crowd.rows)
    with Database(url) as database:
        live = LiveModel(database, clock=now)
        await live.start()
        playing = partial(crowds.play, classifier=live.classifier, version=live.version, vault=Vault([key]), clock=now)
        await database.write(playing, crowd, 1)
        settings = {
            "TELEGRAM_BOT_TOKEN": playground.token,
            "TELEGRAM_API_URL": playground.url,
            "DATABASE_URL": url,
            "TEXT_KEYS": key,
            "MESSAGES_A_MINUTE": "1000000",
            "TRAINER": "on",
        }
        async with _bot(folder, settings) as notes:
            told = await _measure(traffic, database, notes)
    await playground.stop()
    results.add("swap", 1, **told)


async def _measure(traffic: Traffic, database: Database, notes: Path) -> dict[str, Any]:
    flowing = asyncio.create_task(traffic.flow())
    while not traffic.answered:  # noqa: ASYNC110 - it is starting
        await asyncio.sleep(0.1)
    await asyncio.sleep(WARM_UP_SECONDS)
    idle = time.monotonic()
    await asyncio.sleep(IDLE_SECONDS)
    trains = time.monotonic()
    run = await _run(database)
    ended = time.monotonic()
    await asyncio.sleep(AROUND + lives.LOOK_SECONDS)
    flowing.cancel()
    await traffic.settled()
    late, swapped = _read(notes)
    around = [one for one in late if swapped - AROUND <= one.at <= swapped + AROUND]
    return {
        "outcome": run.outcome,
        "error": run.error,
        "verdict": run.verdict,
        "seconds": ended - trains,
        "messages": len(traffic.sent),
        "lost": sum(message not in traffic.answers for message in traffic.sent),
        "doubled": sum(count > 1 for count in traffic.answers.values()),
        "idle_p50": _percentile(traffic.waits(idle, trains), 50),
        "idle_p99": _percentile(traffic.waits(idle, trains), 99),
        "training_p50": _percentile(traffic.waits(trains, ended), 50),
        "training_p99": _percentile(traffic.waits(trains, ended), 99),
        "pause": max((one.late * 1e3 for one in around), default=0.0),
        "own_pause": max((one.own * 1e3 for one in around), default=0.0),
        "idle_pauses": _worst(late, idle, trains),
        "training_pauses": _worst(late, trains, swapped - AROUND),
    }


@dataclass(frozen=True, slots=True)
class _Late:
    """When the task was woken, how much too late, and how much of that its process was on a processor, in seconds."""

    at: float
    late: float
    cpu: float

    @property
    def own(self) -> float:
        """What of it the process can have caused."""
        return min(self.late, self.cpu)


async def _run(database: Database) -> RunRow:
    """A run from its request to its end."""
    run_id = await database.write(runs.request, Trigger.OPERATOR, now())
    while True:
        run = None if run_id is None else await database.read(runs.get, run_id)
        if run is None:
            raise RuntimeError("a run is under way already")
        if run.outcome is not None:
            return run
        await asyncio.sleep(0.1)


def _read(notes: Path) -> tuple[list[_Late], float]:
    """When the bot was late, and when its model was swapped last."""
    lines = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    late = [_Late(**line) for line in lines if "late" in line]
    return late, max(line["swapped"] for line in lines if "swapped" in line)


def _worst(late: Sequence[_Late], since: float, until: float) -> dict[str, float]:
    found = [one for one in late if since <= one.at < until]
    return {
        "pause": max((one.late * 1e3 for one in found), default=0.0),
        "own_pause": max((one.own * 1e3 for one in found), default=0.0),
    }


def _percentile(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100)[percent - 1]


@asynccontextmanager
async def _bot(folder: Path, settings: dict[str, str]) -> AsyncIterator[Path]:
    """The bot in a process of its own; gives the file of what it notes."""
    notes = folder / "notes.jsonl"
    notes.unlink(missing_ok=True)
    passed = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    with (folder / "bot.log").open("wb") as log:
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.swap", str(notes)), env=passed | settings, stdout=log, stderr=log
        )
    try:
        yield notes
    finally:
        if bot.returncode is None:
            bot.send_signal(signal.SIGTERM)
        await bot.wait()


class _Swaps(logging.Handler):
    """Notes when the log says that another model serves."""

    def __init__(self, notes: Any) -> None:
        super().__init__()
        self._notes = notes

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "model version %d serves":
            self._notes.write(json.dumps({"swapped": time.monotonic()}) + "\n")


async def _serve(path: Path) -> None:
    """Be the bot, and note how late the event loop is."""
    with path.open("w", encoding="utf-8", buffering=1) as notes, stop_on_signals() as stop:
        lives.logger.setLevel(logging.INFO)
        lives.logger.addHandler(_Swaps(notes))
        looking = asyncio.create_task(_look(notes))
        await serve(load(), stop)
        looking.cancel()


async def _look(notes: Any) -> None:
    while True:
        before, cpu = time.monotonic(), time.process_time()
        await asyncio.sleep(_TICK)
        after = time.monotonic()
        if (late := after - before - _TICK) > _TICK:
            notes.write(json.dumps({"at": after, "late": late, "cpu": time.process_time() - cpu}) + "\n")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(_serve(Path(sys.argv[1])))
