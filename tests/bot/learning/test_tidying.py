"""What dead processes left is put away by the next that starts."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.learning.tidying import tidy
from bot.learning.workspace import workspace
from bot.storage import runs, trainers
from bot.storage.database import Database
from bot.storage.runs import Outcome


async def test_a_run_a_folder_and_a_trainer_left_by_the_dead_are_put_away(
    database: Database, clock: Any, tmp_path: Path
) -> None:
    await database.write(trainers.seen, "dead", clock())
    run_id = await database.write(runs.request, runs.Trigger.ADMIN, clock())
    await database.write(runs.take, "dead", clock(), timedelta(seconds=30))
    folder, left = tmp_path / "runs", tmp_path / "runs" / "run-left"
    async with workspace(folder) as in_use:
        left.mkdir()
        assert await tidy(database, folder, clock()) is None
        assert (left.exists(), in_use.exists()) == (False, True)
        clock.advance(days=2)
        assert await tidy(database, folder, clock()) == run_id
        assert in_use.exists()
    run = await database.read(runs.latest)
    assert run is not None
    assert run.outcome is Outcome.FAILED
    assert await database.read(trainers.alive, clock() - timedelta(days=9)) == 0
    assert await tidy(database, tmp_path, clock()) is None


async def test_a_folder_that_cannot_be_looked_into_does_not_keep_the_bot_from_starting(
    database: Database, clock: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "runs").write_text("no folder")
    assert await tidy(database, tmp_path / "runs", clock()) is None
    assert "cannot be looked through" in caplog.text
