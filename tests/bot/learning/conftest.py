"""What tests of the loop share: a clock to turn, people who correct, models that differ, waiting without sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import pytest
from cryptography.fernet import Fernet

from bot.learning.retention import Retention
from bot.storage import corrections, models, people, readings
from bot.storage.database import Database
from bot.storage.vault import Vault
from ml.bundle import SHIPPED, Bundle, pack_weights
from ml.classifier import Reading
from ml.emotions import Emotion
from ml.text import is_held_out

KEPT: Final = Retention(texts=timedelta(days=10), readings=timedelta(days=5), logs=timedelta(days=3), bundles=10)


class Clock:
    """A clock that goes only when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault() -> Vault:
    return Vault([Fernet.generate_key().decode()])


@pytest.fixture(scope="session")
def shipped() -> Bundle:
    return Bundle.load(SHIPPED)


@pytest.fixture
def another(shipped: Bundle) -> Callable[[], bytes]:
    """The shipped bundle without the weights that only training needs: each call gives a file with its own sha256."""
    numbers, weights = count(), pack_weights({})
    return lambda: replace(shipped, weights_npz=weights, made={"number": next(numbers)}).to_bytes()


@pytest.fixture
async def champion(database: Database, another: Callable[[], bytes], clock: Clock) -> int:
    """The version of a model that serves."""
    version = await database.write(models.add, another(), metrics={}, base="data set", now=clock())
    await database.write(models.promote, version, clock())
    return version


@pytest.fixture
def teach(database: Database, champion: int, vault: Vault, clock: Clock) -> Callable[[int, str, int], Awaitable[int]]:
    """A person who consented sends a text, gets it read as joy, and corrects that; returns the reading's id."""
    messages = count(1)

    async def teach(person: int, text: str, label: int) -> int:
        reading = Reading(Emotion.JOY, None, 0.1, (0, 1, 0, 0, 0, 0), "test")
        reading_id = await database.write(
            readings.add,
            chat_id=person,
            message_id=next(messages),
            author_id=person,
            reading=reading,
            model_version=champion,
            now=clock(),
        )
        await database.write(people.set_consent, person, True, clock())
        await database.write(corrections.put, reading_id, person, label, clock())
        await database.write(
            corrections.keep_text,
            reading_id,
            cipher=vault.encrypt(text),
            key=vault.key_of(text),
            held_out=is_held_out(text),
        )
        return reading_id

    return teach


@pytest.fixture
def until() -> Callable[[Callable[[], Awaitable[Any]]], Awaitable[None]]:
    """Wait until something is true, however long the machine takes, and fail if it never becomes so."""

    async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not await condition():
            assert time.monotonic() < deadline, "it did not become true"
            await asyncio.sleep(0.005)

    return until
