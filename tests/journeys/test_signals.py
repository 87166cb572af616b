"""A real process is told to end: it finishes what it has in hand, and a second time it ends at once."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from bot.playground.chats import ADMIN
from bot.playground.faults import Effect
from bot.playground.server import Playground
from bot.storage import claims, runs
from bot.storage.claims import State
from bot.storage.database import Database
from bot.storage.migration import upgrade
from tests.fault_table import Seen

from .conftest import says, shows
from .replica import Replica, free_port

HAPPY = "i am so happy and thankful today"
TAUGHT = "this song makes me think of home"
"""Not one of those that are held out, so it trains."""


class Held:
    """A call that is under way until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, effect: Effect) -> Any:
        self.begun.set()
        await self.go_on.wait()
        return await effect()


@pytest.fixture
async def held(playground: Playground, replica: Replica) -> Held:
    """The bot's answer to Ana, under way."""
    held = Held()
    playground.faults.let("sendMessage", held)
    await playground.person("Ana").writes(HAPPY)
    async with asyncio.timeout(20):
        await held.begun.wait()
    return held


@pytest.mark.fault(
    "SIGTERM or SIGINT while a message is being answered",
    promise="it is finished and acknowledged; exit status 0",
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_what_is_in_hand_is_finished(
    playground: Playground, replica: Replica, held: Held, number: signal.Signals, tmp_path: Path, seen: Seen
) -> None:
    assert replica.process is not None
    replica.process.send_signal(number)
    held.go_on.set()
    async with asyncio.timeout(20):
        assert await replica.process.wait() == 0
    assert sum(message.from_bot for message in playground.person("Ana").chat.messages.values()) == 1
    assert len(playground.telegram.updates) == 0
    with Database(f"sqlite:///{tmp_path}/feelback.db") as database:
        assert await database.read(claims.count, playground.telegram.bot.id) == {State.DONE: 1}
    seen("answered 1, acknowledged, exit status 0")


@pytest.mark.fault(
    "a second signal",
    promise="it ends at once",
)
async def test_a_second_signal_ends_it_at_once(replica: Replica, held: Held, seen: Seen) -> None:
    assert replica.process is not None
    replica.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(4):  # less than it would wait for what is in hand
        while replica.process.returncode is None:
            await asyncio.sleep(0.05)
            with suppress(ProcessLookupError):
                replica.process.send_signal(signal.SIGTERM)
    assert await replica.end(signal.SIGTERM) == 1
    held.go_on.set()
    seen("exit status 1")


@pytest.mark.train
@pytest.mark.timeout(120)
@pytest.mark.fault(
    "SIGTERM while a retraining goes on",
    promise="the process that trains ends with it, with all that it had of people's texts; exit status 0",
)
async def test_the_process_that_trains_ends_with_it(playground: Playground, tmp_path: Path, seen: Seen) -> None:
    url, folder = f"sqlite:///{tmp_path}/feelback.db", tmp_path / "runs"
    await asyncio.to_thread(upgrade, url)
    settings = {"TELEGRAM_BOT_TOKEN": playground.token, "TELEGRAM_API_URL": playground.url, "DATABASE_URL": url}
    keys = {"TEXT_KEYS": Fernet.generate_key().decode(), "ADMIN_IDS": str(ADMIN.id)}
    replica = Replica(settings | keys, free_port(), tmp_path / "log")
    await replica.start()
    ana, ada = playground.person("Ana"), playground.person("Ada")
    reading = await ana.hears(await ana.writes(TAUGHT))
    await ana.taps(reading, "Sad")
    await ana.sees(shows(reading, "May I keep"))
    await ana.taps(reading, "Yes")
    await ana.sees(shows(reading, "learn"))
    await ada.writes("/retrain")
    await ada.sees(says("% training"), within=60)
    assert replica.process is not None
    (child,) = descendants(replica.process.pid)
    assert list(folder.glob("run-*"))
    assert await replica.end(signal.SIGTERM) == 0
    assert not runs_on(child)
    assert not list(folder.glob("run-*"))
    with Database(url) as database:
        run = await database.read(runs.latest)
    assert run is not None
    assert run.outcome is runs.Outcome.FAILED
    seen("it ended, its files were gone, the run counts as failed; exit status 0")


def descendants(pid: int) -> list[int]:
    """The processes that a process began."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def runs_on(pid: int) -> bool:
    """Whether a process is there."""
    return Path(f"/proc/{pid}").exists()
