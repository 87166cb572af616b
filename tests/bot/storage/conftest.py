"""A model that serves, and readings of it, for the tests of the database."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import pytest

from bot.storage import models, readings
from bot.storage.database import Database
from ml.classifier import Reading, Unsure
from ml.emotions import NO_EMOTION, Emotion

AddReading = Callable[..., int]


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)


@pytest.fixture
def version(database: Database, now: datetime) -> int:
    """The version of a champion."""
    number = database.write_now(models.add, b"first bundle", metrics={"accuracy": 0.9}, base="data set", now=now)
    database.write_now(models.promote, number, now)
    return number


@pytest.fixture
def add_reading(database: Database, version: int, now: datetime) -> AddReading:
    """Store a reading of a new message that said `label` (an emotion, 6, or None: torn), and return its id."""
    messages = count(1)

    def add(
        label: int | None = Emotion.JOY,
        author_id: int = 7,
        model_version: int | None = None,
        taught: int | None = None,
    ) -> int:
        unsure = {NO_EMOTION: Unsure.NO_EMOTION, None: Unsure.TORN}.get(label)
        reading = Reading(
            emotion=None if unsure or label is None else Emotion(label),
            unsure=unsure,
            none=0.25,
            probabilities=(0.05, 0.5, 0.05, 0.1, 0.1, 0.2),
            model="0123456789ab",
        )
        return database.write_now(
            readings.add,
            chat_id=author_id,
            message_id=next(messages),
            author_id=author_id,
            reading=reading,
            model_version=model_version or version,
            now=now,
            taught=taught,
        )

    return add
