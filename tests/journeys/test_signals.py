"""A real process is told to end: it finishes what it has in hand, and a second time it ends at once."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.playground.faults import Effect
from bot.playground.server import Playground
from bot.storage import claims
from bot.storage.claims import State
from bot.storage.database import Database
from tests.fault_table import Seen

from .replica import Replica

HAPPY = "i am so happy and thankful today"


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
