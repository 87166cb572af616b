"""Runs brought to their end, on real databases with a real child process that only plays at training."""

import asyncio
import json
import math
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from bot.learning import trainer as module
from bot.learning.live import LiveModel
from bot.learning.run import Means
from bot.learning.trainer import LEASE, Trainer
from bot.storage import forgetting, models, people, review, runs, trainers
from bot.storage.database import Database
from bot.storage.forgetting import Pending
from bot.storage.models import Status
from bot.storage.runs import Outcome, RunRow, State
from bot.storage.vault import Vault
from ml.emotions import Emotion
from ml.text import is_held_out
from tests.fault_table import Seen

Until = Callable[[Callable[[], Awaitable[Any]]], Awaitable[None]]
Teach = Callable[[int, str, int], Awaitable[int]]

STAND_IN = Path(__file__).with_name("stand_in.py")

PLAIN = (
    "the ferry leaves from the other pier today",
    "we moved the bookshelf to the hallway",
    "the bakery closes at noon now",
    "dinner is at my place tonight",
    "the train to the coast was late again",
    "the bus came early for once",
    "they moved the whole shop overnight",
)
"""Messages for people to call surprising; those that the shipped bundle reads so already teach nothing."""

SERVES_ON = "the run fails, and says why; the old model serves on"
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

PASSED = {
    "macro_f1": True,
    "recall": True,
    "held_out_corrections": None,
    "calibration": True,
    "behaviour": True,
    "servable": True,
}


class Room:
    """A trainer with all it needs, and what it announced."""

    def __init__(self, database: Database, vault: Vault, clock: Any, folder: Path, candidate: bytes) -> None:
        self.database, self.vault, self.clock = database, vault, clock
        self.folder, self.exports, self.kept = folder, folder / "runs", folder / "kept"
        self.candidate = folder / "candidate"
        self.candidate.write_bytes(candidate)
        self.gate = folder / "gate"
        os.mkfifo(self.gate)
        self.announced: list[RunRow] = []

    def trainer(
        self,
        behave: str = "well",
        *,
        report: object = REPORT,
        candidate: bool = True,
        time_limit: float = 60,
        dataset: Path | None = None,
        corpora: Sequence[str] | None = None,
        announce: Callable[[RunRow], Awaitable[None]] | None = None,
        poll: float = 0.01,
    ) -> Trainer:
        options = ["--behave", behave, "--report", json.dumps(report)]
        command = [sys.executable, "-IS", str(STAND_IN), *options, "--copy", str(self.kept), "--gate", str(self.gate)]
        if candidate:
            command += ["--candidate", str(self.candidate)]
        means = Means(self.exports, dataset, 1, time_limit, command, corpora=corpora)
        return Trainer(self.database, self.vault, means, clock=self.clock, announce=announce or self.note, poll=poll)

    async def note(self, run: RunRow) -> None:
        self.announced.append(run)

    async def request(self) -> int:
        run = await self.database.write(runs.request, runs.Trigger.ADMIN, self.clock(), requested_by=7)
        assert run is not None
        return run

    async def latest(self) -> RunRow:
        run = await self.database.read(runs.latest)
        assert run is not None
        return run

    async def trains(self) -> bool:
        return (await self.latest()).stage == "training"

    async def child(self) -> int:
        return int((self.kept / "pid").read_text())

    async def champion(self) -> int | None:
        return await self.database.read(models.champion_version)

    def left_over(self) -> list[Path]:
        return list(self.exports.iterdir())

    def clauses(self, run: RunRow) -> dict[str, bool | None]:
        assert run.verdict is not None
        return {clause["name"]: clause["passed"] for clause in run.verdict["clauses"]}


@pytest.fixture
def room(
    database: Database, champion: int, vault: Vault, clock: Any, tmp_path: Path, another: Callable[[], bytes]
) -> Room:
    return Room(database, vault, clock, tmp_path, another())


def execute(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def gone(process: int) -> bool:
    """Whether a process ended, be it that nobody has asked for its exit status yet."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    ).stdout
    return not state or state.startswith("Z")


async def test_a_candidate_that_is_no_worse_becomes_the_champion(room: Room, champion: int, teach: Teach) -> None:
    await teach(1, "So tired of it", 0)
    await teach(2, "so tired of it!", 0)
    run_id = await room.request()
    assert await room.trainer().take_one()

    run = await room.latest()
    assert (run.id, run.state, run.outcome, run.error) == (run_id, State.DONE, Outcome.PROMOTED, None)
    assert (run.base, run.fingerprint, run.report, run.progress) == ("shipped bundle", "f00d", REPORT, 1.0)
    assert room.clauses(run) == PASSED
    assert run.candidate_version is not None
    assert run.candidate_version == await room.champion() != champion
    stored = await room.database.read(models.get, run.candidate_version)
    assert stored is not None
    assert (stored.metrics, stored.base, stored.run_id) == (FIGURES, "shipped bundle", run_id)
    assert await room.database.read(models.bundle, run.candidate_version) == room.candidate.read_bytes()
    assert room.announced[-1] == run
    assert room.left_over() == []


async def test_the_child_is_handed_the_champion_and_the_corrections(
    room: Room, teach: Teach, champion: int, caplog: pytest.LogCaptureFixture
) -> None:
    await teach(1, "So tired of it", 0)
    await teach(2, "so tired of it", 3)
    await teach(3, "für immer 🙂", 1)
    await teach(3, "Tired!", 0)
    await room.request()
    await room.trainer(dataset=room.folder).take_one()
    lines = (room.kept / "corrections.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"text": "So tired of it", "label": 0, "weight": pytest.approx((1 + math.log(2)) / 4)},
        {"text": "So tired of it", "label": 3, "weight": pytest.approx((1 + math.log(2)) / 4)},
        {"text": "für immer 🙂", "label": 1, "weight": 0.5},
        {"text": "Tired!", "label": 0, "weight": 1.0},
    ]
    assert (room.kept / "words.txt").read_text(encoding="utf-8") == "tired"
    assert (room.kept / "champion.bundle").read_bytes() == await room.database.read(models.bundle, champion)
    assert stat.S_IMODE(room.kept.stat().st_mode) == 0o700
    assert (room.kept / "data").read_text() == str(room.folder)
    assert "tired" not in caplog.text


async def test_what_an_admin_should_look_at_is_queued(room: Room, teach: Teach) -> None:
    for person, label in ((1, Emotion.SADNESS), (2, Emotion.ANGER)):
        await teach(person, "so tired of it", label)
    await room.request()
    await room.trainer().take_one()
    assert await room.database.read(review.count) == 2


async def test_a_data_set_that_is_not_there_is_not_passed_on(room: Room) -> None:
    await room.request()
    await room.trainer(dataset=room.folder / "nowhere").take_one()
    assert (room.kept / "data").read_text() == "None"
    assert (await room.latest()).outcome is Outcome.PROMOTED


@pytest.mark.parametrize("corpora", [None, [], ["isear", "meld"]])
async def test_the_corpora_that_are_set_are_passed_on(room: Room, corpora: list[str] | None) -> None:
    await room.request()
    await room.trainer(dataset=room.folder, corpora=corpora).take_one()
    assert (room.kept / "corpora").read_text() == str(corpora)


async def test_texts_that_no_key_decrypts_are_left_out(
    room: Room, teach: Teach, caplog: pytest.LogCaptureFixture
) -> None:
    await teach(1, "So tired of it", 0)
    room.vault = Vault([])
    await room.request()
    await room.trainer().take_one()
    assert (room.kept / "corrections.jsonl").read_text() == ""
    assert "1 corrections are left out" in caplog.text
    assert (await room.latest()).outcome is Outcome.PROMOTED


async def test_a_candidate_that_is_worse_is_kept_with_the_reason(room: Room, champion: int) -> None:
    await room.request()
    await room.trainer(report=REPORT | {"candidate": FIGURES | {"macro_f1": 0.8}}).take_one()
    run = await room.latest()
    assert (run.state, run.outcome) == (State.DONE, Outcome.REJECTED)
    assert room.clauses(run)["macro_f1"] is False
    assert await room.champion() == champion
    assert run.candidate_version is not None
    stored = await room.database.read(models.get, run.candidate_version)
    assert stored is not None
    assert stored.status is Status.REJECTED
    assert "macro_f1 (champion 0.9, candidate 0.8" in (stored.reason or "")


async def test_a_candidate_that_cannot_be_served_is_rejected(room: Room, champion: int) -> None:
    room.candidate.write_bytes(b"no bundle")
    await room.request()
    await room.trainer().take_one()
    run = await room.latest()
    assert run.outcome is Outcome.REJECTED
    assert room.clauses(run) == PASSED | {"servable": False}
    assert await room.champion() == champion


async def test_the_file_that_serves_already_is_not_promoted_again(room: Room, champion: int) -> None:
    room.candidate.write_bytes(await room.database.read(models.bundle, champion))
    await room.request()
    await room.trainer().take_one()
    run = await room.latest()
    assert (run.outcome, run.candidate_version) == (Outcome.REJECTED, champion)
    assert room.clauses(run)["new"] is False
    assert await room.champion() == champion


async def test_a_file_that_was_rolled_back_is_not_promoted_again(room: Room, champion: int) -> None:
    await room.request()
    await room.trainer().take_one()
    await room.database.write(models.roll_back, champion, room.clock())
    await room.request()
    await room.trainer().take_one()
    run = await room.latest()
    assert run.outcome is Outcome.REJECTED
    assert room.clauses(run)["new"] is False
    assert await room.champion() == champion


@pytest.mark.parametrize(
    ("behave", "how", "reason"),
    [
        ("fail", {}, "the training failed: the rows are no good"),
        ("forget", {}, "the training ended without a report"),
        ("crash", {}, "the training ended with exit status: 1"),
        pytest.param(
            "hang",
            {"time_limit": 0.5},
            "the training took longer than allowed: 0.5 s",
            marks=pytest.mark.fault("the training process hangs", promise=SERVES_ON),
        ),
        pytest.param(
            "run out of memory",
            {},
            "the training ended with exit status: 1",
            marks=pytest.mark.fault("the training process runs out of memory", promise=SERVES_ON),
        ),
        ("well", {"candidate": False}, "the training left no candidate"),
        ("well", {"report": {"base": "data set"}}, "the training's report cannot be judged"),
        ("well", {"report": REPORT | {"candidate": None}}, "the training's report cannot be judged"),
    ],
)
async def test_a_training_that_fails_is_told_with_its_reason(
    room: Room, champion: int, behave: str, how: dict[str, Any], reason: str, seen: Seen
) -> None:
    await room.request()
    assert await room.trainer(behave, **how).take_one()
    run = await room.latest()
    assert (run.state, run.outcome) == (State.FAILED, Outcome.FAILED)
    assert (run.error or "").startswith(reason)
    assert "private" not in f"{run.error} {run.log_tail}"
    assert room.announced[-1] == run
    assert await room.champion() == champion
    assert [model.version for model in await room.database.read(models.history)] == [champion]
    assert room.left_over() == []
    seen("; ".join([run.error or "", *(run.log_tail or "").splitlines()[-1:]]))


async def test_the_log_tail_says_where_a_training_crashed(room: Room) -> None:
    await room.request()
    await room.trainer("crash").take_one()
    tail = ((await room.latest()).log_tail or "").splitlines()
    assert tail[-1] == "KeyError"
    assert "stand_in.py" in tail[-2]


@pytest.mark.fault(
    "garbage on the training process's standard output",
    promise="it is passed over",
)
async def test_babble_between_the_events_does_no_harm(room: Room, seen: Seen) -> None:
    await room.request()
    await room.trainer("babble").take_one()
    assert (await room.latest()).outcome is Outcome.PROMOTED
    seen(f"the run: {(await room.latest()).outcome}")


async def test_without_a_champion_there_is_nothing_to_train_from(room: Room, database: Database) -> None:
    await database.write(execute, "UPDATE models SET status = 'retired'")
    await room.request()
    await room.trainer().take_one()
    assert "no model to start from" in ((await room.latest()).error or "")


@pytest.mark.fault(
    "the training process is killed, as the kernel does where memory is short",
    promise=SERVES_ON,
)
async def test_a_child_that_is_killed_fails_its_run(room: Room, champion: int, until: Until, seen: Seen) -> None:
    await room.request()
    training = asyncio.create_task(room.trainer("hang").take_one())
    await until(room.trains)
    os.kill(await room.child(), signal.SIGKILL)
    assert await training
    run = await room.latest()
    assert (run.state, run.error) == (State.FAILED, "the training was killed: SIGKILL")
    assert await room.champion() == champion
    assert room.left_over() == []
    seen(run.error or "")


async def test_cancelling_stops_the_child_and_promotes_nothing(room: Room, champion: int, until: Until) -> None:
    run_id = await room.request()
    training = asyncio.create_task(room.trainer("hang").take_one())
    await until(room.trains)
    child = await room.child()
    assert await room.database.write(runs.cancel, 7, room.clock()) == run_id
    assert await training
    assert gone(child)
    run = await room.latest()
    assert (run.state, run.outcome, run.cancel_requested_by) == (State.FAILED, Outcome.CANCELLED, 7)
    assert room.announced[-1] == run
    assert await room.champion() == champion
    assert room.left_over() == []
    await room.request()
    assert await room.trainer().take_one()
    assert (await room.latest()).outcome is Outcome.PROMOTED


async def test_cancelled_when_the_child_is_done_it_still_promotes_nothing(room: Room, champion: int) -> None:
    """No heartbeat is due before the child is done."""
    await room.request()
    training = asyncio.create_task(room.trainer("wait", poll=3600).take_one())
    gate = await asyncio.to_thread(room.gate.open, "w")
    await room.database.write(runs.cancel, 7, room.clock())
    gate.close()
    assert await training
    assert (await room.latest()).outcome is Outcome.CANCELLED
    assert await room.champion() == champion
    assert [model.version for model in await room.database.read(models.history)] == [champion]


async def test_what_was_forgotten_before_the_corrections_were_read_is_unlearned(
    room: Room, teach: Teach, until: Until
) -> None:
    await teach(2, "so tired of it", 0)
    await room.database.write(forgetting.note, room.clock())
    await room.request()
    training = asyncio.create_task(room.trainer("wait").take_one())
    gate = await asyncio.to_thread(room.gate.open, "w")
    await until(room.trains)
    await room.database.write(people.forget, 2, room.clock())
    gate.close()
    assert await training
    run = await room.latest()
    model = await room.database.read(models.champion)
    assert model is not None
    assert (run.outcome, run.forgettings, model.forgettings, model.fingerprint) == (Outcome.PROMOTED, 1, 1, "f00d")
    assert await room.database.read(forgetting.pending) == Pending(1, room.clock())
    assert await room.database.read(forgetting.is_due)


async def test_a_lost_lease_stops_the_child_and_promotes_nothing(room: Room, champion: int, until: Until) -> None:
    await room.request()
    training = asyncio.create_task(room.trainer("hang").take_one())
    await until(room.trains)
    child = await room.child()
    assert await room.database.write(runs.fail_expired, room.clock() + 2 * LEASE) is not None
    assert await training
    assert gone(child)
    run = await room.latest()
    assert (run.state, run.error) == (State.FAILED, "the process that ran it died")
    assert await room.champion() == champion
    assert room.left_over() == []


async def test_a_lease_lost_at_the_very_end_promotes_nothing(room: Room, champion: int) -> None:
    """No heartbeat is due before the child is done; what comes then finds the run given up."""
    await room.request()
    training = asyncio.create_task(room.trainer("wait", poll=3600).take_one())
    gate = await asyncio.to_thread(room.gate.open, "w")
    await room.database.write(runs.fail_expired, room.clock() + 2 * LEASE)
    gate.close()
    assert await training
    run = await room.latest()
    assert (run.state, run.error) == (State.FAILED, "the process that ran it died")
    assert await room.champion() == champion
    assert room.left_over() == []


async def test_a_champion_that_changed_meanwhile_is_not_replaced(room: Room, another: Callable[[], bytes]) -> None:
    await room.request()
    training = asyncio.create_task(room.trainer("wait").take_one())
    gate = await asyncio.to_thread(room.gate.open, "w")
    other = await room.database.write(models.add, another(), metrics={}, base="data set", now=room.clock())
    await room.database.write(models.roll_back, other, room.clock())
    gate.close()
    assert await training
    run = await room.latest()
    assert run.outcome is Outcome.REJECTED
    assert room.clauses(run)["same_champion"] is False
    assert await room.champion() == other


async def test_a_database_that_is_away_for_a_moment_costs_no_run(
    room: Room, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    await room.request()
    training = asyncio.create_task(room.trainer("wait").take_one())
    gate = await asyncio.to_thread(room.gate.open, "w")
    await room.database.write(execute, "ALTER TABLE runs RENAME TO away")

    async def missed() -> bool:
        return "no heartbeat" in caplog.text

    await until(missed)
    await room.database.write(execute, "ALTER TABLE away RENAME TO runs")
    gate.close()
    assert await training
    assert (await room.latest()).outcome is Outcome.PROMOTED


async def test_the_trainer_waits_for_a_database_that_is_away(
    room: Room, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    await room.request()
    await room.database.write(execute, "ALTER TABLE runs RENAME TO away")
    running = asyncio.create_task(room.trainer().run())

    async def noticed() -> bool:
        return "the trainer has no database" in caplog.text

    async def promoted() -> bool:
        return (await room.latest()).outcome is Outcome.PROMOTED

    await until(noticed)
    await room.database.write(execute, "ALTER TABLE away RENAME TO runs")
    await until(promoted)
    running.cancel()
    await asyncio.wait((running,))


async def test_of_two_trainers_one_gets_the_run(room: Room) -> None:
    await room.request()
    assert sorted(await asyncio.gather(*(room.trainer().take_one() for _ in range(2)))) == [False, True]


@pytest.mark.parametrize("hangs", [False, True])
async def test_an_announcement_that_fails_or_hangs_breaks_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch, hangs: bool
) -> None:
    async def announce(_run: RunRow) -> None:
        if hangs:
            await asyncio.Event().wait()
        raise ConnectionError

    monkeypatch.setattr(module, "ANNOUNCE_SECONDS", 0.05)
    await room.request()
    await room.trainer(announce=announce).take_one()
    assert (await room.latest()).outcome is Outcome.PROMOTED


async def test_stopping_the_process_fails_the_run_and_leaves_nothing(room: Room, champion: int, until: Until) -> None:
    await room.request()
    running = asyncio.create_task(room.trainer("hang").run())
    await until(room.trains)
    child = await room.child()
    assert await room.database.read(trainers.alive, room.clock()) == 1
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert gone(child)
    run = await room.latest()
    assert (run.state, run.error) == (State.FAILED, "the process that ran it was stopped")
    assert room.announced[-1] == run
    assert await room.champion() == champion
    assert room.left_over() == []
    assert await room.database.read(trainers.alive, room.clock()) == 0


async def test_what_a_killed_process_left_is_failed_and_swept_by_the_next(
    room: Room, champion: int, database_url: str, until: Until
) -> None:
    await room.request()
    command = [sys.executable, str(STAND_IN), "--behave", "listen", "--copy", str(room.kept)]
    code = f"""
import asyncio
from datetime import datetime
from pathlib import Path
from bot.learning.run import Means
from bot.learning.trainer import Trainer
from bot.storage.database import Database
from bot.storage.vault import Vault
from ml.emotions import Emotion
from ml.text import is_held_out

async def announce(run):
    pass

trainer = Trainer(
    Database({database_url!r}),
    Vault([]),
    Means(Path({str(room.exports)!r}), None, 1, 60, {command!r}),
    clock=lambda: datetime.fromisoformat({room.clock().isoformat()!r}),
    announce=announce,
    poll=0.01,
)
asyncio.run(trainer.run())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    await until(room.trains)
    child = await room.child()
    process.kill()
    await process.wait()

    async def child_is_gone() -> bool:
        return gone(child)

    await until(child_is_gone)
    assert len(room.left_over()) == 1
    trainer = room.trainer()
    assert not await trainer.take_one()
    assert (await room.latest()).state is State.RUNNING
    room.clock.advance(minutes=1)
    assert not await trainer.take_one()
    run = await room.latest()
    assert (run.state, run.error) == (State.FAILED, "the process that ran it died")
    assert room.announced == [run]
    assert await room.champion() == champion

    await room.request()
    assert await trainer.take_one()
    assert (await room.latest()).outcome is Outcome.PROMOTED
    assert room.left_over() == []


def test_whether_it_can_train_is_known_without_tensorflow() -> None:
    code = "import sys, bot.learning.trainer as t; t.can_train(); print({'tensorflow', 'keras'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


@pytest.mark.train
@pytest.mark.timeout(600)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_people_teach_is_read_as_taught_after_a_real_retraining(
    database: Database, vault: Vault, clock: Any, tmp_path: Path, teach: Teach
) -> None:
    """The whole loop with no data set at hand: the shipped bundle, fine-tuned by the real child, swapped in."""
    live = LiveModel(database, clock=clock)
    await live.start()
    read_otherwise = (one for one in PLAIN if live.classifier.read(one).emotion is not Emotion.SURPRISE)
    taught = [message for message in read_otherwise if not is_held_out(message)][:3]
    assert len(taught) == 3
    for message in taught:
        for person in range(3):
            await teach(person, message, Emotion.SURPRISE)
    announced: list[RunRow] = []

    async def announce(run: RunRow) -> None:
        announced.append(run)

    means = Means(tmp_path / "runs", None, threads=2, time_limit=500)
    await database.write(runs.request, runs.Trigger.ADMIN, clock())
    assert await Trainer(database, vault, means, clock=clock, announce=announce).take_one()

    run = announced[-1]
    assert (run.outcome, run.error) == (Outcome.PROMOTED, None), run.verdict
    assert run.base == "shipped bundle"
    assert run.report is not None
    assert run.report["corrections_trained"] == len(taught)
    assert {"preparing", "training"} <= {told.stage for told in announced}
    assert [told.progress for told in announced] == sorted(told.progress for told in announced)
    assert await live.look()
    assert live.version == run.candidate_version
    assert [live.classifier.read(message).emotion for message in taught] == [Emotion.SURPRISE] * len(taught)
    assert list((tmp_path / "runs").iterdir()) == []
