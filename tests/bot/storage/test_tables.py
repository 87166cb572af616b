"""What the tables themselves refuse, and what they give back."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from bot.storage.database import Database
from bot.storage.tables import corrections, models, people, readings, runs, trainers

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MODEL = {"sha256": "0", "status": "candidate", "metrics": {}, "base": "data set"}
RUN = {"trigger": "admin", "state": "waiting", "active": True, "epoch": 0, "progress": 0.0}
READING = {
    "chat_id": 1,
    "message_id": 1,
    "author_id": 1,
    "emotion": 1,
    "none": 0.1,
    "sadness": 0.1,
    "joy": 0.5,
    "love": 0.1,
    "anger": 0.1,
    "fear": 0.1,
    "surprise": 0.1,
}


def put(connection: Connection, table: Table[Any], row: dict[str, object]) -> Any:
    key = connection.execute(insert(table), row).inserted_primary_key
    assert key is not None
    return key[0]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(moment=st.datetimes(datetime(1970, 1, 3), datetime(2200, 1, 1), timezones=ZONES))  # noqa: DTZ001
def test_a_moment_comes_back_aware_and_equal(database: Database, moment: datetime) -> None:
    def there_and_back(connection: Connection) -> datetime:
        connection.execute(delete(trainers))
        put(connection, trainers, {"owner": "me", "seen_at": moment})
        assert connection.execute(select(trainers).where(trainers.c.seen_at <= moment)).one()
        return connection.execute(select(trainers.c.seen_at)).scalar_one()

    back = database.write_now(there_and_back)
    assert back == moment
    assert back.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        database.write_now(put, trainers, {"owner": "me", "seen_at": datetime(2026, 1, 1)})  # noqa: DTZ001


def test_numbers_of_telegram_fit(database: Database, now: datetime) -> None:
    database.write_now(put, people, {"id": 2**62, "created_at": now})
    assert database.read_now(lambda connection: connection.execute(select(people.c.id)).scalar_one()) == 2**62


@pytest.mark.parametrize(
    "wrong",
    [{"emotion": 6}, {"emotion": -1}, {"emotion": None}, {"emotion": 1, "unsure": "torn"}, {"model_version": 99}],
)
def test_a_reading_that_makes_no_sense_is_refused(
    database: Database, version: int, now: datetime, wrong: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError):
        database.write_now(put, readings, READING | {"model_version": version, "created_at": now} | wrong)


@pytest.mark.parametrize("wrong", [{"label": 7}, {"label": -1}, {"reading_id": 99}])
def test_a_correction_that_makes_no_sense_is_refused(
    database: Database, version: int, now: datetime, wrong: dict[str, object]
) -> None:
    reading = database.write_now(put, readings, READING | {"model_version": version, "created_at": now})
    row = {"reading_id": reading, "person_id": 1, "label": 6, "created_at": now, "changed_at": now}
    database.write_now(put, corrections, row)
    with pytest.raises(IntegrityError):
        database.write_now(put, corrections, row | {"person_id": 2} | wrong)


def test_an_id_is_never_used_twice(database: Database, version: int, now: datetime) -> None:
    row = READING | {"model_version": version, "created_at": now}
    first = database.write_now(put, readings, row)
    database.write_now(lambda connection: connection.execute(delete(readings)))
    assert database.write_now(put, readings, row) > first


def test_there_are_no_two_champions(database: Database, version: int, now: datetime) -> None:
    database.write_now(put, models, MODEL | {"created_at": now})
    with pytest.raises(IntegrityError):
        database.write_now(put, models, MODEL | {"sha256": "1", "status": "champion", "created_at": now})


@pytest.mark.parametrize("state", ["waiting", "running"])
def test_there_are_no_two_runs_at_a_time(database: Database, now: datetime, state: str) -> None:
    database.write_now(put, runs, RUN | {"created_at": now})
    database.write_now(put, runs, RUN | {"created_at": now, "state": "done", "active": False})
    with pytest.raises(IntegrityError):
        database.write_now(put, runs, RUN | {"created_at": now, "state": state})
    with pytest.raises(IntegrityError):
        database.write_now(put, runs, RUN | {"created_at": now, "state": state, "active": False})
