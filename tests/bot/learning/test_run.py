"""What came of a run is stored whole or not at all, and only for who still holds it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.learning.child import Ended
from bot.learning.gate import Verdict
from bot.learning.run import ChampionChangedError, Trained, store
from bot.storage import models, runs
from bot.storage.database import Database
from bot.storage.models import StaleRunError
from bot.storage.runs import Outcome, RunRow, State

LEASE = timedelta(seconds=30)


@pytest.fixture
async def run(database: Database, clock: Any) -> RunRow:
    """A run, taken."""
    await database.write(runs.request, runs.Trigger.ADMIN, clock())
    taken = await database.write(runs.take, "me", clock(), LEASE)
    assert taken is not None
    return taken


@pytest.fixture
def trained(champion: int, another: Callable[[], bytes]) -> Trained:
    return Trained(champion, another(), Ended({"candidate": {}, "base": "data set", "fingerprint": "f00d"}, ""))


async def test_a_run_taken_over_by_another_process_stores_nothing(
    database: Database, clock: Any, champion: int, run: RunRow, trained: Trained
) -> None:
    clock.advance(minutes=1)
    taken_over = await database.write(runs.take, "another", clock(), LEASE)
    assert taken_over is not None
    with pytest.raises(StaleRunError):
        await database.write(store, run, trained, Verdict(()), clock())
    assert [model.version for model in await database.read(models.history)] == [champion]
    await database.write(store, taken_over, trained, Verdict(()), clock())
    row = await database.read(runs.get, run.id)
    assert row is not None
    assert (row.state, row.outcome) == (State.DONE, Outcome.PROMOTED)
    assert await database.read(models.champion_version) == row.candidate_version


async def test_a_candidate_compared_with_another_model_stores_nothing(
    database: Database, clock: Any, champion: int, run: RunRow, trained: Trained
) -> None:
    await database.write(store, run, trained, Verdict(()), clock())
    await database.write(runs.request, runs.Trigger.ADMIN, clock())
    following = await database.write(runs.take, "me", clock(), LEASE)
    assert following is not None
    before = await database.read(models.history)
    with pytest.raises(ChampionChangedError):
        await database.write(store, following, trained, Verdict(()), clock())
    assert await database.read(models.history) == before
    assert champion != await database.read(models.champion_version)


def test_what_the_child_says_fits_a_column_of_text() -> None:
    trained = Trained(1, b"", Ended({"base": "data\0 set\ud800" + "!" * 100, "fingerprint": 7}, ""))
    assert trained.base.startswith("data set?!")
    assert len(trained.base) < 100
    assert trained.fingerprint == "7"
