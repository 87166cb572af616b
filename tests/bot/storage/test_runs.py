"""One run at a time, held by one process at a time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.storage import runs
from bot.storage.database import Database
from bot.storage.runs import Outcome, RunRow, State, Trigger

LEASE = timedelta(seconds=30)


@pytest.fixture
def taken(database: Database, now: datetime) -> RunRow:
    """A run, taken by "me"."""
    database.write_now(runs.request, Trigger.ADMIN, now)
    row = database.write_now(runs.take, "me", now, LEASE)
    assert row is not None
    return row


def at_the_same_time(calls: list[Callable[[], object]]) -> list[object]:
    together = threading.Barrier(len(calls), timeout=10)

    def one(call: Callable[[], object]) -> object:
        together.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(one, calls))


def test_there_is_nothing_to_take(database: Database, now: datetime) -> None:
    assert database.write_now(runs.take, "me", now, LEASE) is None
    assert database.read_now(runs.latest) is None
    assert database.read_now(runs.get, 1) is None
    assert database.write_now(runs.fail_expired, now) is None


def test_a_request_waits_until_it_is_taken(database: Database, now: datetime) -> None:
    run = database.write_now(runs.request, Trigger.ADMIN, now, requested_by=1, chat_id=2, message_id=3, language="ru")
    assert run is not None
    assert database.write_now(runs.fail_expired, now + 10 * LEASE) is None
    row = database.read_now(runs.get, run)
    assert row is not None
    assert row == database.read_now(runs.latest)
    assert (row.trigger, row.state, row.epoch, row.created_at) == (Trigger.ADMIN, State.WAITING, 0, now)
    assert (row.requested_by, row.chat_id, row.message_id, row.language, row.started_at) == (1, 2, 3, "ru", None)
    row = database.write_now(runs.take, "me", now + LEASE, LEASE)
    assert row is not None
    assert (row.id, row.state, row.epoch, row.lease_owner) == (run, State.RUNNING, 1, "me")
    assert (row.started_at, row.heartbeat_at, row.lease_until) == (now + LEASE, now + LEASE, now + 2 * LEASE)


def test_one_run_at_a_time(database: Database, taken: RunRow, now: datetime) -> None:
    assert database.write_now(runs.request, Trigger.SCHEDULE, now) is None
    assert database.write_now(runs.finish, taken.id, taken.epoch, now, outcome=Outcome.FAILED, error="out of memory")
    row = database.read_now(runs.get, taken.id)
    assert row is not None
    assert (row.state, row.outcome, row.error, row.finished_at) == (
        State.FAILED,
        Outcome.FAILED,
        "out of memory",
        now,
    )
    again = database.write_now(runs.request, Trigger.SCHEDULE, now)
    assert again is not None
    assert again > taken.id


def test_requests_at_the_same_time_make_one_run(database: Database, now: datetime) -> None:
    made = at_the_same_time([lambda: database.write_now(runs.request, Trigger.ADMIN, now)] * 4)
    assert sum(run is not None for run in made) == 1


@pytest.mark.parametrize("expired", [False, True])
def test_of_processes_that_try_at_the_same_time_one_gets_the_run(
    database: Database, now: datetime, expired: bool
) -> None:
    for turn in range(5):
        moment = now + turn * 2 * LEASE
        database.write_now(runs.request, Trigger.ADMIN, moment)
        if expired:
            database.write_now(runs.take, "lost", moment - LEASE, LEASE)
        taken = at_the_same_time([lambda m=moment: database.write_now(runs.take, "me", m, LEASE)] * 4)  # type: ignore[misc]
        (row,) = (row for row in taken if row is not None)
        assert isinstance(row, RunRow)
        assert row.epoch == 1 + expired
        assert database.write_now(runs.finish, row.id, row.epoch, moment, outcome=Outcome.REJECTED)


def test_a_beat_tells_and_holds(database: Database, taken: RunRow, now: datetime) -> None:
    moment = now + LEASE / 2
    assert database.write_now(
        runs.beat, taken.id, taken.epoch, moment, LEASE, stage="training", progress=0.5, fingerprint="f", base="b"
    )
    assert database.write_now(runs.beat, taken.id, taken.epoch, moment, LEASE, log_tail="l")
    assert database.write_now(runs.beat, taken.id, taken.epoch, moment, LEASE, progress=0.25)  # that came late
    row = database.read_now(runs.get, taken.id)
    assert row is not None
    assert (row.stage, row.progress, row.fingerprint, row.base, row.log_tail) == ("training", 0.5, "f", "b", "l")
    assert (row.heartbeat_at, row.lease_until) == (moment, moment + LEASE)
    assert database.write_now(runs.take, "another", now + LEASE, LEASE) is None


def test_an_expired_lease_is_taken_over_and_its_holder_told(database: Database, taken: RunRow, now: datetime) -> None:
    database.write_now(runs.beat, taken.id, taken.epoch, now, LEASE, stage="training", progress=0.5)
    late = now + LEASE
    assert database.write_now(runs.take, "another", late - timedelta(microseconds=1), LEASE) is None
    row = database.write_now(runs.take, "another", late, LEASE)
    assert row is not None
    assert (row.id, row.epoch, row.lease_owner, row.stage, row.progress) == (taken.id, 2, "another", None, 0.0)
    assert not database.write_now(runs.beat, taken.id, taken.epoch, late, LEASE, progress=0.9)
    assert not database.write_now(runs.finish, taken.id, taken.epoch, late, outcome=Outcome.PROMOTED)
    assert database.read_now(runs.get, taken.id) == row


def test_an_expired_run_is_marked_failed(database: Database, taken: RunRow, now: datetime) -> None:
    assert database.write_now(runs.fail_expired, now) is None
    assert database.write_now(runs.fail_expired, now + LEASE) == taken.id
    row = database.read_now(runs.get, taken.id)
    assert row is not None
    assert (row.state, row.outcome, row.error) == (State.FAILED, Outcome.FAILED, "the process that ran it died")
    assert not database.write_now(runs.beat, taken.id, taken.epoch, now + LEASE, LEASE)
    assert database.write_now(runs.take, "another", now + LEASE, LEASE) is None


def test_a_finished_run_stays_finished(database: Database, taken: RunRow, now: datetime) -> None:
    verdict = {"promote": False, "clauses": [{"name": "macro F1", "passed": None}]}
    assert database.write_now(
        runs.finish, taken.id, taken.epoch, now, outcome=Outcome.REJECTED, report={"seconds": 1.5}, verdict=verdict
    )
    row = database.read_now(runs.get, taken.id)
    assert row is not None
    assert (row.report, row.verdict, row.error, row.candidate_version) == ({"seconds": 1.5}, verdict, None, None)
    assert not database.write_now(runs.finish, taken.id, taken.epoch, now, outcome=Outcome.PROMOTED)
    assert database.write_now(runs.take, "another", now + LEASE, LEASE) is None
    assert database.read_now(runs.get, taken.id) == row


def test_a_run_that_waits_is_cancelled_at_once(database: Database, now: datetime) -> None:
    assert database.write_now(runs.cancel, 1, now) is None
    run = database.write_now(runs.request, Trigger.SCHEDULE, now)
    assert run is not None
    assert database.read_now(runs.active) == database.read_now(runs.get, run)
    assert database.write_now(runs.cancel, 1, now) == run
    assert database.read_now(runs.active) is None
    row = database.read_now(runs.get, run)
    assert row is not None
    assert (row.state, row.outcome, row.finished_at) == (State.FAILED, Outcome.CANCELLED, now)
    assert (row.cancel_requested_at, row.cancel_requested_by) == (now, 1)
    assert database.write_now(runs.take, "me", now, LEASE) is None


def test_a_run_that_trains_is_told_to_stop(database: Database, taken: RunRow, now: datetime) -> None:
    assert not database.read_now(runs.is_cancelled, taken.id)
    assert database.write_now(runs.cancel, 1, now) == taken.id
    assert database.read_now(runs.is_cancelled, taken.id)
    row = database.read_now(runs.active)
    assert row is not None
    assert (row.id, row.state, row.outcome) == (taken.id, State.RUNNING, None)
    assert database.write_now(runs.finish, taken.id, taken.epoch, now, outcome=Outcome.CANCELLED)
    assert database.write_now(runs.cancel, 1, now) is None


def test_whatever_processes_do_one_at_most_holds_the_run(database: Database, now: datetime) -> None:
    """Processes ask, take, beat, finish, and let their leases run out, in any order, beside a plain model of it."""

    class Processes(RuleBasedStateMachine):
        owners = st.sampled_from(["one", "two", "three"])

        def __init__(self) -> None:
            super().__init__()
            self.now = now
            self.active: int | None = None
            self.held: dict[str, RunRow] = {}
            self.holder: str | None = None
            self.until = now

        @rule(seconds=st.sampled_from([1, 20, 40]))
        def wait(self, seconds: int) -> None:
            self.now += timedelta(seconds=seconds)

        @rule()
        def ask(self) -> None:
            made = database.write_now(runs.request, Trigger.ADMIN, self.now)
            assert (made is not None) is (self.active is None)
            self.active = self.active or made

        @rule(owner=owners)
        def take(self, owner: str) -> None:
            row = database.write_now(runs.take, owner, self.now, LEASE)
            free = self.active is not None and (self.holder is None or self.until <= self.now)
            assert (row is not None) is free
            if row is not None:
                assert row.id == self.active
                self.held[owner], self.holder, self.until = row, owner, row.lease_until or self.now

        @precondition(lambda self: self.held)
        @rule(owner=owners)
        def beat(self, owner: str) -> None:
            if owner in self.held:
                row = self.held[owner]
                ours = self.holder == owner
                assert database.write_now(runs.beat, row.id, row.epoch, self.now, LEASE) is ours
                if ours:
                    self.until = self.now + LEASE

        @precondition(lambda self: self.held)
        @rule(owner=owners, outcome=st.sampled_from(Outcome))
        def finish(self, owner: str, outcome: Outcome) -> None:
            if owner in self.held:
                row = self.held.pop(owner)
                ours = self.holder == owner
                assert database.write_now(runs.finish, row.id, row.epoch, self.now, outcome=outcome) is ours
                if ours:
                    self.holder = self.active = None

        @rule()
        def fail_expired(self) -> None:
            expired = self.holder is not None and self.until <= self.now
            assert database.write_now(runs.fail_expired, self.now) == (self.active if expired else None)
            if expired:
                self.holder = self.active = None

        @invariant()
        def the_latest_run_is_as_far_as_was_seen(self) -> None:
            row = database.read_now(runs.latest)
            if self.active is not None:
                assert row is not None
                assert row.state == (State.WAITING if self.holder is None else State.RUNNING)

        def teardown(self) -> None:
            late = self.now + 2 * LEASE
            database.write_now(runs.take, "last", late, LEASE)
            database.write_now(runs.fail_expired, late + LEASE)

    run_state_machine_as_test(Processes, settings=settings(max_examples=25, stateful_step_count=20, deadline=None))
