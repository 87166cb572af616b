"""What arrives, and who handles it, for the tests of each way of delivery."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from telegram import Update

from bot.delivery.claims import Claims, Counted
from bot.delivery.handling import Handling
from bot.playground.person import Person
from bot.playground.server import Playground
from bot.storage.database import Database
from bot.storage.floods import Kind


@dataclass
class Desk:
    """Handles updates as told: at once, never, or not until it is let go on."""

    started: list[str] = field(default_factory=list)
    handled: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    hold: set[str] = field(default_factory=set)
    fail: dict[str, Exception] = field(default_factory=dict)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, update: Update) -> None:
        text = str(update.message and update.message.text)
        await self._note(self.started, text)
        if text in self.hold:
            await self.go_on.wait()
        if text in self.fail:
            raise self.fail[text]
        await self._note(self.handled, text)

    async def failed(self, update: Update, error: Exception) -> None:
        await self._note(self.failures, type(error).__name__)

    async def flooded(self, update: Update, over: int) -> None:
        await self._note(self.failures, f"{over} over")

    async def has(self, what: list[str], *texts: str) -> None:
        """Wait until all the texts are in one of the lists."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: set(texts) <= set(what))

    def handling(self, claims: Claims, *, limit: int | None = None, patient: bool = True) -> Handling:
        """What hands updates to this desk."""

        def counted(update: Update) -> Counted | None:
            person = update.effective_user
            return None if limit is None or person is None else Counted(person.id, Kind.MESSAGES, limit)

        return Handling(claims, self.handle, self.failed, self.flooded, counted=counted, patient=patient)

    async def _note(self, what: list[str], text: str) -> None:
        async with self.changed:
            what.append(text)
            self.changed.notify_all()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def claims(database: Database) -> Claims:
    return Claims(database, 7, lambda: datetime.now(UTC))


@pytest.fixture
def ana(playground: Playground) -> Person:
    return playground.person("Ana")


@pytest.fixture
def ben(playground: Playground) -> Person:
    return playground.person("Ben")
