"""What was kept long enough goes, and nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from bot.storage import corrections, forgetting, models, people, readings, retention, runs
from bot.storage.database import Database
from bot.storage.tables import bundles, texts
from bot.storage.tables import corrections as corrections_table

AUTHOR = 7


def count(connection: Connection) -> tuple[int, int]:
    """Of texts, and of corrections."""
    tables = (texts, corrections_table)
    first, second = (connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
    return first, second


@pytest.fixture
def correct(database: Database, add_reading: Callable[..., int], now: datetime) -> Callable[[bool], int]:
    """Store a reading with a correction, and keep its text or not."""
    database.write_now(people.set_consent, AUTHOR, True, now)

    def correct(keep: bool) -> int:
        reading = add_reading(author_id=AUTHOR)
        database.write_now(corrections.put, reading, AUTHOR, 3, now)
        if keep:
            database.write_now(corrections.keep_text, reading, cipher=b"", key=b"", held_out=False)
        return reading

    return correct


def test_texts_go_and_leave_what_was_said_of_them(
    database: Database, correct: Callable[[bool], int], now: datetime
) -> None:
    correct(True)
    assert database.write_now(retention.texts_before, now) == 0
    assert database.write_now(retention.texts_before, now + timedelta(seconds=1)) == 1
    assert database.read_now(count) == (0, 1)
    assert database.read_now(corrections.for_training) == []


def test_readings_go_once_their_text_is_gone(database: Database, correct: Callable[[bool], int], now: datetime) -> None:
    kept, other, late = correct(True), correct(False), now + timedelta(seconds=1)
    assert database.write_now(retention.readings_before, now) == 0
    assert database.write_now(retention.readings_before, late) == 1
    assert database.read_now(readings.get, other) is None
    assert database.read_now(count) == (1, 1)
    database.write_now(retention.texts_before, late)
    assert database.write_now(retention.readings_before, late) == 1
    assert database.read_now(readings.get, kept) is None
    assert database.read_now(count) == (0, 0)


def test_some_go_at_a_time(
    database: Database, correct: Callable[[bool], int], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _ in range(3):
        correct(True)
    late = now + timedelta(seconds=1)
    for delete in (retention.texts_before, retention.readings_before):
        assert [database.write_now(delete, late) for _ in range(3)] == [2, 1, 0]


def left(connection: Connection) -> set[int]:
    return set(connection.execute(select(bundles.c.version)).scalars())


@pytest.fixture
def make(database: Database, version: int, now: datetime) -> Callable[..., int]:
    """Store the model of a run, and let it serve or not."""

    def make(serve: bool, forgettings: int = 0) -> int:
        content = f"bundle {len(database.read_now(models.history))}".encode()
        made = database.write_now(
            models.add, content, metrics={}, base="data set", now=now, run_id=1, forgettings=forgettings
        )
        if serve:
            database.write_now(models.promote, made, now)
        return made

    return make


def test_the_newest_bundles_stay_and_those_that_must(
    database: Database, version: int, make: Callable[..., int], now: datetime
) -> None:
    served = [make(True) for _ in range(4)]
    rejected = [make(False) for _ in range(3)]
    assert database.write_now(retention.bundles_but, 2) == 3
    assert database.read_now(left) == {version, *served[2:], *rejected[1:]}
    database.write_now(models.promote, served[2], now)
    assert database.write_now(retention.bundles_but, 0) == 2
    assert database.read_now(left) == {version, served[2], served[3]}, "the champion and what it was promoted over"
    assert len(database.read_now(models.history)) == 8


def test_a_bundle_that_was_deleted_is_stored_again_when_it_is_made_again(
    database: Database, version: int, make: Callable[..., int], now: datetime
) -> None:
    old = make(False)
    database.write_now(retention.bundles_but, 0)
    assert old not in database.read_now(left)
    content = f"bundle {old - 1}".encode()
    again = database.write_now(
        models.add, content, metrics={}, base="data set", now=now, run_id=2, fingerprint="f", forgettings=3
    )
    assert again == old
    assert database.read_now(models.bundle, old) == content
    row = database.read_now(models.get, old)
    assert row is not None
    assert (row.forgettings, row.fingerprint) == (3, "f")


def test_bundles_that_remember_what_is_to_be_forgotten_go(
    database: Database, version: int, make: Callable[..., int], now: datetime
) -> None:
    old = make(True)
    for day in range(2):
        database.write_now(forgetting.note, now + timedelta(days=day))
    between, champion = make(True, 1), make(True, 1)
    assert database.write_now(retention.bundles_that_remember, now) == 0
    assert database.write_now(retention.bundles_that_remember, now + timedelta(hours=1)) == 1
    assert database.read_now(left) == {version, between, champion}
    assert database.write_now(retention.bundles_that_remember, now + timedelta(days=2)) == 1
    assert database.read_now(left) == {version, champion}, "what serves is not taken away"
    with pytest.raises(LookupError, match="was deleted"):
        database.write_now(models.roll_back, old, now)


def test_the_log_of_a_run_goes_and_its_row_stays(database: Database, now: datetime) -> None:
    lease = timedelta(minutes=1)
    database.write_now(runs.request, runs.Trigger.ADMIN, now)
    run = database.write_now(runs.take, "me", now, lease)
    assert run is not None
    database.write_now(runs.beat, run.id, run.epoch, now, lease, log_tail="the tail", fingerprint="f")
    assert database.write_now(retention.logs_before, now + timedelta(days=1)) == 0
    database.write_now(runs.finish, run.id, run.epoch, now, outcome=runs.Outcome.FAILED, error="why")
    assert database.write_now(retention.logs_before, now) == 0
    assert database.write_now(retention.logs_before, now + timedelta(seconds=1)) == 1
    assert database.write_now(retention.logs_before, now + timedelta(seconds=1)) == 0
    row = database.read_now(runs.get, run.id)
    assert row is not None
    assert (row.log_tail, row.error, row.fingerprint) == (None, "why", "f")
