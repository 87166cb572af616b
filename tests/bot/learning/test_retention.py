"""The daily deleting, with its times."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.learning.retention import TRAINERS, Deleted, delete_old
from bot.storage import readings, retention, trainers
from bot.storage.database import Database

from .conftest import KEPT

Teach = Callable[[int, str, int], Awaitable[int]]


async def test_a_new_database_has_nothing_to_delete(database: Database, clock: Any) -> None:
    assert await delete_old(database, KEPT, clock()) == Deleted(0, 0, 0, 0)


async def test_each_goes_after_its_time(
    database: Database, clock: Any, teach: Teach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for person in range(5):
        await teach(person, "so tired of it", 3)
    await database.write(trainers.seen, "dead", clock())
    clock.advance(days=9)
    await database.write(trainers.seen, "alive", clock())
    assert await delete_old(database, KEPT, clock()) == Deleted(0, 0, 0, 0)
    assert await database.read(trainers.alive, clock() - 100 * TRAINERS) == 1
    clock.advance(days=2)
    assert await delete_old(database, KEPT, clock()) == Deleted(texts=5, readings=5, logs=0, bundles=0)
    assert await database.read(readings.get, 1) is None
