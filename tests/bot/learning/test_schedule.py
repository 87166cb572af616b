"""When a run is due, by cron arithmetic and on real databases, and the real scheduler that asks."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from bot.learning.schedule import Schedule, last_fire, request_if_due
from bot.storage import days, forgetting, pausing, readings, runs
from bot.storage.database import Database
from bot.storage.runs import Outcome, Trigger

from .conftest import KEPT

Until = Callable[[Callable[[], Awaitable[Any]]], Awaitable[None]]
Teach = Callable[[int, str, int], Awaitable[int]]

NIGHTLY = "0 3 * * *"
MISSED = datetime(2026, 3, 1, 3, tzinfo=UTC)
"""The last time of `NIGHTLY` before the tests' clock starts."""

expressions = st.sampled_from(
    ["* * * * *", "*/7 * * * *", NIGHTLY, "30 4 * * mon", "0 0 1 * *", "5,50 0-3 */2 * *", "0 12 31 12 *", "1 2 29 2 *"]
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(expressions, moments)
def test_the_last_time_is_named_by_the_expression_and_none_lies_between(cron: str, now: datetime) -> None:
    trigger = CronTrigger.from_crontab(cron, timezone=UTC)
    fired = last_fire(trigger, now)
    assert fired is not None
    assert fired <= now
    assert trigger.get_next_fire_time(None, fired) == fired
    assert trigger.get_next_fire_time(None, fired + timedelta(seconds=1)) > now


def test_an_expression_may_name_no_time() -> None:
    assert last_fire(CronTrigger.from_crontab("0 0 31 2 *", timezone=UTC), MISSED) is None


def test_what_is_no_expression_is_refused(tmp_path: Path, clock: Any) -> None:
    with Database(f"sqlite:///{tmp_path}/feelback.db") as database, pytest.raises(ValueError, match="fields"):
        Schedule(database, cron="nightly", minimum=1, clock=clock, retention=KEPT)


def execute(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


async def test_enough_new_corrections_make_a_run_due_once(database: Database, clock: Any, teach: Teach) -> None:
    clock.now = MISSED
    await teach(1, "hm", 3)
    assert await database.write(request_if_due, MISSED, 2, clock()) is None
    await teach(2, "hm", 3)
    run = await database.write(request_if_due, MISSED, 2, clock())
    assert run is not None
    row = await database.read(runs.get, run)
    assert row is not None
    assert row.trigger is Trigger.SCHEDULE
    assert await database.write(request_if_due, MISSED, 2, clock()) is None


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.REJECTED])
async def test_a_run_since_then_answers_for_it(database: Database, clock: Any, teach: Teach, outcome: Outcome) -> None:
    await teach(1, "hm", 3)
    run = await database.write(runs.request, Trigger.ADMIN, clock())
    taken = await database.write(runs.take, "a trainer", clock(), timedelta(seconds=30))
    assert taken is not None
    clock.advance(minutes=1)
    assert await database.write(runs.finish, taken.id, taken.epoch, clock(), outcome=outcome)
    assert await database.write(request_if_due, MISSED, 1, clock()) is None
    next_time = MISSED + timedelta(days=1)
    clock.advance(days=1)
    following = await database.write(request_if_due, next_time, 1, clock())
    assert (following is None) is (outcome is Outcome.REJECTED)
    assert following != run


async def test_what_is_said_after_a_time_does_not_count_for_it(database: Database, clock: Any, teach: Teach) -> None:
    clock.advance(hours=-10)
    await teach(1, "hm", 3)
    clock.advance(hours=10)
    await teach(2, "hm", 3)
    assert await database.write(request_if_due, MISSED, 2, clock()) is None
    assert await database.write(request_if_due, MISSED + timedelta(days=1), 2, clock()) is not None


async def test_a_pause_is_kept_and_not_made_up_for(database: Database, clock: Any, teach: Teach) -> None:
    clock.advance(days=-1)
    await teach(1, "hm", 3)
    await database.write(pausing.pause, 7, clock())
    assert await database.write(request_if_due, MISSED, 1, clock()) is None
    clock.advance(days=1)
    await database.write(pausing.resume, clock())
    assert await database.write(request_if_due, MISSED, 1, clock()) is None
    assert await database.write(request_if_due, MISSED + timedelta(days=1), 1, clock()) is not None


async def test_what_is_to_be_unlearned_makes_a_run_due_once(database: Database, clock: Any, champion: int) -> None:
    def learned_from_people(connection: Connection) -> None:
        connection.execute(text("UPDATE models SET forgettings = 0"))

    await database.write(forgetting.note, clock())
    assert await database.write(request_if_due, MISSED, 1, clock()) is None, "the champion never saw what people said"
    await database.write(learned_from_people)
    assert await database.write(request_if_due, MISSED, 1, clock()) is not None
    taken = await database.write(runs.take, "a trainer", clock(), timedelta(seconds=30))
    assert taken is not None
    await database.write(runs.beat, taken.id, taken.epoch, clock(), timedelta(seconds=30), forgettings=1)
    await database.write(runs.finish, taken.id, taken.epoch, clock(), outcome=Outcome.REJECTED)
    assert await database.write(request_if_due, MISSED + timedelta(days=1), 1, clock()) is None
    await database.write(forgetting.note, clock())
    assert await database.write(request_if_due, MISSED + timedelta(days=1), 1, clock()) is not None


async def test_a_time_missed_while_down_is_made_up_for_once_by_all_replicas(
    database: Database, clock: Any, teach: Teach, until: Until
) -> None:
    clock.now = MISSED
    await teach(1, "hm", 3)
    clock.advance(hours=9)
    replicas = [Schedule(database, cron=NIGHTLY, minimum=1, clock=clock, retention=KEPT) for _ in range(3)]
    for replica in replicas:
        replica.start()

    async def asked() -> bool:
        return await database.read(runs.latest) is not None

    async def looked() -> bool:
        return all({job.next_run_time.hour for job in one.scheduler.get_jobs()} == {3, 4} for one in replicas)

    await until(asked)
    await until(looked)
    for replica in replicas:
        assert await replica.check() is None
        jobs = replica.scheduler.get_jobs()
        assert {(job.misfire_grace_time, job.coalesce, job.max_instances) for job in jobs} == {(3600, True, 1)}
        await replica.stop()
    latest = await database.read(runs.latest)
    assert latest is not None
    assert latest.id == 1


async def test_what_was_kept_long_enough_is_deleted_at_start(
    database: Database, clock: Any, teach: Teach, until: Until
) -> None:
    await teach(1, "hm", 3)
    clock.advance(days=2)
    retention = replace(KEPT, texts=timedelta(days=1), readings=timedelta(days=1))
    schedule = Schedule(database, cron=NIGHTLY, minimum=9, clock=clock, retention=retention)
    schedule.start()

    async def deleted() -> bool:
        return await database.read(readings.get, 1) is None

    await until(deleted)
    await schedule.stop()


async def test_a_day_is_counted_before_its_readings_are_deleted(database: Database, clock: Any, teach: Teach) -> None:
    read_on = clock().date()
    await teach(1, "hm", 3)
    clock.advance(days=2)
    retention = replace(KEPT, texts=timedelta(days=1), readings=timedelta(days=1))
    await Schedule(database, cron=NIGHTLY, minimum=9, clock=clock, retention=retention).keep_house()
    assert await database.read(readings.get, 1) is None
    assert (await database.read(days.by_day, read_on)).total() == 1


async def test_a_database_that_is_away_only_delays_the_look(
    database: Database, clock: Any, teach: Teach, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    clock.now = MISSED
    await teach(1, "hm", 3)
    clock.advance(hours=9)
    await database.write(execute, "ALTER TABLE runs RENAME TO away")
    schedule = Schedule(database, cron=NIGHTLY, minimum=1, clock=clock, retention=KEPT, retry=0.01)
    look = asyncio.create_task(schedule.check())

    async def warned() -> bool:
        return "trying on" in caplog.text

    await until(warned)
    await database.write(execute, "ALTER TABLE away RENAME TO runs")
    assert await look is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_to_stop_in_the_middle_of_a_look_is_no_error(
    database: Database, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite has one writer: while it is held, both jobs wait for it."""
    loop, held, release = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    both, looks = asyncio.Event(), 0

    def hold(connection: Connection) -> None:
        loop.call_soon_threadsafe(held.set)
        release.wait(30)

    def look() -> datetime:
        nonlocal looks
        looks += 1
        if looks == 2:
            both.set()
        now: datetime = clock()
        return now

    holding = asyncio.create_task(database.write(hold))
    await held.wait()
    schedule = Schedule(database, cron=NIGHTLY, minimum=1, clock=look, retention=KEPT)
    schedule.start()
    await both.wait()
    await schedule.stop()
    release.set()
    await holding
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
