"""What admins are to be told is noted once, and each admin is told by one process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from bot.storage import floods, models, notices, people, runs
from bot.storage.database import Database
from bot.storage.floods import MANY, OFTEN
from bot.storage.notices import Kind
from bot.storage.runs import Outcome, Trigger

LEASE = timedelta(seconds=30)
ADA, BEA = 1, 2


def untold(database: Database) -> list[tuple[Kind, dict[str, object]]]:
    return [(notice.kind, notice.details) for notice in database.read_now(notices.untold)]


def test_what_happened_is_noted_once_and_told_once(database: Database, now: datetime) -> None:
    for _ in range(2):
        database.write_now(notices.add, Kind.FLOOD, "today", now, {"people": 1})
    (notice,) = database.read_now(notices.untold)
    assert (notice.kind, notice.details, notice.created_at) == (Kind.FLOOD, {"people": 1}, now)

    def claim(admin: int) -> bool:
        return database.write_now(notices.claim, notice.id, admin)

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(claim, [ADA, BEA] * 3)) == 2
    database.write_now(notices.finish, notice.id, now)
    database.write_now(notices.unclaim, notice.id, BEA)
    assert database.read_now(notices.untold) == [notice]
    assert claim(BEA)
    assert not claim(ADA)
    database.write_now(notices.finish, notice.id, now)
    assert untold(database) == []
    assert database.write_now(notices.prune, now) == 0
    assert database.write_now(notices.prune, now + timedelta(seconds=1)) == 1


def test_the_end_of_a_run_is_noted_where_it_needs_an_admin(database: Database, now: datetime) -> None:
    """Without an outcome its process died."""
    ends: list[tuple[Trigger, Outcome | None, list[Kind]]] = [
        (Trigger.ADMIN, Outcome.FAILED, [Kind.RUN_FAILED]),
        (Trigger.SCHEDULE, Outcome.REJECTED, [Kind.RUN_REJECTED]),
        (Trigger.ADMIN, Outcome.REJECTED, []),
        (Trigger.SCHEDULE, Outcome.PROMOTED, []),
        (Trigger.SCHEDULE, Outcome.CANCELLED, []),
        (Trigger.SCHEDULE, None, [Kind.RUN_FAILED]),
    ]
    for trigger, outcome, kinds in ends:
        database.write_now(runs.request, trigger, now)
        run = database.write_now(runs.take, "me", now, LEASE)
        assert run is not None
        if outcome is None:
            database.write_now(runs.fail_expired, now + LEASE)
        else:
            assert not database.write_now(runs.finish, run.id, run.epoch + 1, now, outcome=outcome)
            assert untold(database) == []
            assert database.write_now(runs.finish, run.id, run.epoch, now, outcome=outcome)
        assert [kind for kind, _ in untold(database)] == kinds
        database.write_now(notices.prune, now + timedelta(days=1))


def test_an_admin_who_rolls_back_is_not_told(database: Database, version: int, now: datetime) -> None:
    newer = database.write_now(models.add, b"newer", metrics={}, base="data set", now=now)
    database.write_now(models.promote, newer, now)
    database.write_now(models.roll_back, version, now, "why", by=ADA)
    database.write_now(models.roll_back, version, now, "serves already")
    (notice,) = database.read_now(notices.untold)
    assert notice.details == {"version": newer, "serves": version, "reason": "why"}
    assert not database.write_now(notices.claim, notice.id, ADA)
    assert database.write_now(notices.claim, notice.id, BEA)


def test_an_outage_that_all_processes_saw_is_one(database: Database, now: datetime) -> None:
    minute = timedelta(minutes=1)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: database.write_now(notices.add_outage, now, now + minute), range(4)))
    database.write_now(notices.add_outage, now + minute / 2, now + 2 * minute)
    assert len(untold(database)) == 1
    database.write_now(notices.add_outage, now + 120 * minute, now + 121 * minute)
    assert len(untold(database)) == 2


def one(number: int) -> int:
    return 7


@pytest.mark.parametrize(("person", "often"), [(one, OFTEN), (int, MANY)])
def test_a_flood_is_noted_once_a_day(
    database: Database, now: datetime, person: Callable[[int], int], often: int
) -> None:
    """Of one person, or of as many as there are numbers."""
    minute = timedelta(minutes=1)
    for number in range(often - 1):
        database.write_now(floods.note, person(number), now + number * minute)
    assert untold(database) == []
    for number in range(often - 1, often + 2):
        database.write_now(floods.note, person(number), now + number * minute)
    people_then = len({person(number) for number in range(often)})
    assert untold(database) == [(Kind.FLOOD, {"people": people_then, "floods": often if person is one else 1})]
    database.write_now(floods.prune, now + timedelta(days=2))
    database.write_now(floods.note, 7, now + timedelta(days=2))
    assert len(untold(database)) == 1


def test_forgetting_takes_an_admin_and_a_flooder_out(database: Database, now: datetime) -> None:
    database.write_now(notices.add, Kind.FLOOD, "today", now, {}, known_to=ADA)
    (notice,) = database.read_now(notices.untold)
    database.write_now(floods.note, ADA, now)
    database.write_now(people.forget, ADA, now)
    assert database.write_now(notices.claim, notice.id, ADA)
    for _ in range(OFTEN - 1):
        database.write_now(floods.note, ADA, now)
    assert len(untold(database)) == 1
