"""A whole house for each journey: the playground with people in it, a fresh database, and the bot between them."""

import asyncio
import signal
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from bot import application
from bot.application import serve
from bot.playground.chats import ADMIN, Chat, Message
from bot.playground.person import Person
from bot.playground.server import Playground
from bot.settings import Settings, load
from bot.storage.database import Database
from bot.storage.migration import upgrade

from .replica import Replica, free_port
from .training import Training

Look = Callable[[Chat], Message | None]


class House:
    """The bot, served for the people of a playground; stopped and started again at will."""

    def __init__(self, playground: Playground, settings: Settings, database: Database) -> None:
        self.playground = playground
        self.settings = settings
        self.database = database
        self._stop = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def start(self, **changes: Any) -> None:
        """Serve, with changes to the settings that stay."""
        self.settings = self.settings.model_copy(update=changes)
        self._stop.clear()
        self._serving = asyncio.create_task(serve(self.settings, self._stop))

    async def ended(self) -> None:
        """Wait until the bot ends by itself; raises what it failed with."""
        if self._serving is not None:
            serving, self._serving = self._serving, None
            async with asyncio.timeout(30):
                await serving

    async def stop(self) -> None:
        """End the bot as a signal does; raises what it failed with."""
        if self._serving is not None:
            serving, self._serving = self._serving, None
            self._stop.set()
            await serving


def says(*words: str, after: int = 0) -> Look:
    """Look for the bot's first message, after the one of this id, in which all the words stand."""
    return lambda chat: next(
        (
            message
            for message in chat.messages.values()
            if message.from_bot and message.id > after and all(word in message.text for word in words)
        ),
        None,
    )


def shows(message: Message, *words: str) -> Look:
    """Look whether all the words stand in a message by now."""
    return lambda _: message if all(word in message.text for word in words) else None


@pytest.fixture
def ana(playground: Playground) -> Person:
    return playground.person("Ana")


@pytest.fixture
def ben(playground: Playground) -> Person:
    return playground.person("Ben")


@pytest.fixture
def chen(playground: Playground) -> Person:
    return playground.person("Chen")


@pytest.fixture
def dana(playground: Playground) -> Person:
    """Whose Telegram is in Russian."""
    return playground.person("Dana")


@pytest.fixture
def ada(playground: Playground) -> Person:
    """Who is the admin of `house`."""
    return playground.person("Ada")


@pytest.fixture
async def house(playground: Playground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house in which the bot runs, without a trainer."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)  # no `.env` of the developer's
    settings = load(
        telegram_bot_token=playground.token,
        telegram_api_url=playground.url,
        database_url=f"sqlite:///{tmp_path}/feelback.db",
        admin_ids=str(ADMIN.id),
        text_keys=Fernet.generate_key().decode(),
        trainer="off",
    )
    await asyncio.to_thread(upgrade, settings.database_url)
    with Database(settings.database_url) as database:
        house = House(playground, settings, database)
        await house.start()
        yield house
        await house.stop()


@pytest.fixture
async def training(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Training]:
    """The house with a trainer."""
    training = Training(tmp_path)
    monkeypatch.setattr(application, "means", training.means)
    await house.stop()
    await house.start(trainer=True)
    yield training
    await house.stop()


@pytest.fixture
async def replica(playground: Playground, tmp_path: Path) -> AsyncIterator[Replica]:
    """The bot as a process of its own."""
    url = f"sqlite:///{tmp_path}/feelback.db"
    await asyncio.to_thread(upgrade, url)
    settings = {"TELEGRAM_BOT_TOKEN": playground.token, "TELEGRAM_API_URL": playground.url, "DATABASE_URL": url}
    replica = Replica(settings, free_port(), tmp_path / "log")
    await replica.start()
    yield replica
    await replica.end(signal.SIGKILL)


@pytest.fixture
def png() -> bytes:
    """A picture of one black dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
