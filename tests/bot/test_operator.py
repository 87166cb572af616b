"""The operator's shell: a retraining that is seen to its end, by this shell or by another process."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import operator
from bot.application import NotPossibleError, now
from bot.learning.run import Means
from bot.learning.trainer import LEASE
from bot.settings import Settings, load
from bot.storage import models, runs, trainers
from bot.storage.database import Database
from bot.storage.migration import upgrade
from bot.storage.runs import State, Trigger
from ml.bundle import SHIPPED, Bundle

STAND_IN = Path(__file__).with_name("learning") / "stand_in.py"
FIGURES = {"accuracy": 0.9, "macro_f1": 0.9, "recall": [0.9] * 6, "ece": 0.01, "n": 100}
REPORT = {
    "base": "shipped bundle",
    "fingerprint": "f00d",
    "samples": 2,
    "corrections_trained": 2,
    "seconds": 0.1,
    "champion": FIGURES,
    "candidate": FIGURES,
    "recall_changes": [{"change": 0.0, "low": -0.01, "high": 0.01}] * 6,
    "behaviour": {"n": 190, "champion": 150, "candidate": 150},
    "held_out_corrections": {"n": 0, "champion": 0.0, "candidate": 0.0},
}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Settings on a database with every table; a child that plays at training as `behave` in the folder says."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    bundle = Bundle.load(SHIPPED)
    (tmp_path / "candidate").write_bytes(replace(bundle, made=bundle.made | {"another": True}).to_bytes())

    def stand_in(_settings: object) -> Means:
        behave = (tmp_path / "behave").read_text() if (tmp_path / "behave").exists() else "well"
        options = ["--behave", behave, "--report", json.dumps(REPORT), "--candidate", str(tmp_path / "candidate")]
        return Means(tmp_path / "runs", None, 1, 60, [sys.executable, "-IS", str(STAND_IN), *options])

    monkeypatch.setattr(operator, "means", stand_in)
    settings = load(database_url=f"sqlite:///{tmp_path}/feelback.db")
    upgrade(settings.database_url)
    return settings


async def test_a_retraining_is_made_here_and_its_verdict_told(settings: Settings) -> None:
    told: list[str] = []
    assert await operator.retrain(settings, told.append)
    assert told[0].startswith("✅ Version 2 serves now.\n")
    assert "<" not in told[0]
    with Database(settings.database_url) as database:
        assert database.read_now(models.champion_version) == 2
        assert database.read_now(trainers.alive, now().replace(year=2000)) == 0


async def test_a_failed_retraining_is_told_with_its_reason(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "behave").write_text("fail")
    told: list[str] = []
    assert not await operator.retrain(settings, told.append)
    assert "the rows are no good" in told[0]


async def test_where_nobody_trains_it_asks_for_nothing(settings: Settings) -> None:
    with pytest.raises(NotPossibleError, match="TRAINER=on"):
        await operator.retrain(settings.model_copy(update={"trainer": False}), print)
    with Database(settings.database_url) as database:
        assert database.read_now(runs.latest) is None


async def test_another_process_may_train_while_this_one_looks_on(settings: Settings) -> None:
    told: list[str] = []
    with Database(settings.database_url) as database:
        await database.write(trainers.seen, "another", now())
        looking = asyncio.create_task(operator.retrain(settings.model_copy(update={"trainer": False}), told.append))
        async with asyncio.timeout(30):
            while (run := await database.write(runs.take, "another", now(), LEASE)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await database.write(
            runs.finish, run.id, run.epoch, now(), outcome=runs.Outcome.FAILED, error="the other one failed"
        )
    assert not await looking
    assert "the other one failed" in told[0]


async def test_one_at_a_time(settings: Settings) -> None:
    with Database(settings.database_url) as database:
        await database.write(runs.request, Trigger.ADMIN, now())
        await database.write(runs.take, "another", now(), LEASE)
        with pytest.raises(NotPossibleError, match="under way"):
            await operator.retrain(settings, print)


@pytest.mark.parametrize("died", [False, True])
async def test_what_nobody_else_takes_is_taken_here(settings: Settings, died: bool) -> None:
    """A run that waits is this one; one whose process died is given up for a new one."""
    told: list[str] = []
    with Database(settings.database_url) as database:
        waiting = await database.write(runs.request, Trigger.ADMIN, now())
        if died:
            await database.write(runs.take, "dead", now() - 2 * LEASE, LEASE)
        assert await operator.retrain(settings, told.append)
        run = await database.read(runs.latest)
    assert run is not None
    assert (run.id == waiting) is not died
    assert "Version 2 serves now" in told[0]


async def test_an_interrupted_retraining_is_marked_as_failed(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "behave").write_text("hang")
    with Database(settings.database_url) as database:
        asked: asyncio.Task[Any] = asyncio.create_task(operator.retrain(settings, print))
        async with asyncio.timeout(30):
            while (run := await database.read(runs.latest)) is None or not run.progress:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        run = await database.read(runs.latest)
        assert run is not None
        assert run.state is State.FAILED
        assert await database.read(trainers.alive, now().replace(year=2000)) == 0
