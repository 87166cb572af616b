"""What came of a run is stored whole or not at all, and only for who still holds it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.learning.child import Ended
from bot.learning.gate import Verdict
from bot.learning.run import Trained, store
from bot.storage import models, runs
from bot.storage.database import Database
from bot.storage.models import ChampionChangedError, StaleRunError
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
    return Trained(champion, 0, another(), Ended({"candidate": {}, "base": "data set", "fingerprint": "f00d"}, ""))


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
    database: Database, clock: Any, champion: int, run: RunRow, trained: Trained, another: Callable[[], bytes]
) -> None:
    await database.write(store, run, trained, Verdict(()), clock())
    await database.write(runs.request, runs.Trigger.ADMIN, clock())
    following = await database.write(runs.take, "me", clock(), LEASE)
    assert following is not None
    before = await database.read(models.history)
    with pytest.raises(ChampionChangedError):
        await database.write(store, following, replace(trained, candidate=another()), Verdict(()), clock())
    assert await database.read(models.history) == before
    assert champion != await database.read(models.champion_version)


async def test_what_was_rolled_back_is_not_promoted_again_from_the_same_data(
    database: Database, clock: Any, champion: int, run: RunRow, trained: Trained, another: Callable[[], bytes]
) -> None:
    """Not even as another file; but from other data, or once it was let serve again, it is."""

    async def outcome(data: str) -> tuple[Outcome | None, dict[str, Any]]:
        await database.write(runs.request, runs.Trigger.ADMIN, clock())
        taken = await database.write(runs.take, "me", clock(), LEASE)
        serves = await database.read(models.champion_version)
        assert taken is not None
        assert serves is not None
        ended = Ended({"candidate": {}, "base": "data set", "fingerprint": data}, "")
        await database.write(store, taken, Trained(serves, 0, another(), ended), Verdict(()), clock())
        row = await database.read(runs.get, taken.id)
        assert row is not None
        assert row.verdict is not None
        return row.outcome, row.verdict

    await database.write(store, run, trained, Verdict(()), clock())
    tried = await database.read(models.champion_version)
    await database.write(models.roll_back, champion, clock(), "people disagreed")
    assert tried is not None
    rejected, verdict = await outcome("f00d")
    assert rejected is Outcome.REJECTED
    assert verdict["clauses"][-1]["figures"] == {"version": tried, "same": "data", "status": "rolled back"}
    assert (await outcome("other data"))[0] is Outcome.PROMOTED
    await database.write(models.roll_back, tried, clock())
    assert (await outcome("f00d"))[0] is Outcome.PROMOTED


def test_what_the_child_says_fits_a_column_of_text() -> None:
    trained = Trained(1, 0, b"", Ended({"base": "data\0 set\ud800" + "!" * 100, "fingerprint": 7}, ""))
    assert trained.base.startswith("data set?!")
    assert len(trained.base) < 100
    assert trained.fingerprint == "7"
