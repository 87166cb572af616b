"""A forgetting is pending until a model serves that was trained without what was forgotten."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select

from bot.storage import corrections, forgetting, models, people, runs
from bot.storage.database import Database
from bot.storage.forgetting import Pending
from bot.storage.tables import bundles, forgettings

AUTHOR, OTHER = 7, 8

Forget = Callable[[int, datetime], None]


@pytest.fixture
def taught(database: Database, add_reading: Callable[..., int], now: datetime) -> None:
    """A text of the author, corrected by the author and another person who consents."""
    for person in (AUTHOR, OTHER):
        database.write_now(people.set_consent, person, True, now)
    reading = add_reading(author_id=AUTHOR)
    for person in (AUTHOR, OTHER):
        database.write_now(corrections.put, reading, person, 3, now)
    database.write_now(corrections.keep_text, reading, cipher=b"", key=b"", held_out=False)


def total(database: Database) -> int:
    return database.read_now(forgetting.total)


def serve(database: Database, content: bytes, free_of: int | None, now: datetime) -> int:
    version = database.write_now(
        models.add, content, metrics={}, base="data set", now=now, run_id=1, fingerprint="f", forgettings=free_of
    )
    database.write_now(models.promote, version, now, run_id=None)
    return version


@pytest.mark.usefixtures("taught")
@pytest.mark.parametrize("person", [AUTHOR, OTHER])
@pytest.mark.parametrize("way", ["forget", "a no"])
def test_who_taught_something_leaves_something_to_unlearn(
    database: Database, now: datetime, person: int, way: str
) -> None:
    serve(database, b"taught", 0, now)
    if way == "forget":
        database.write_now(people.forget, person, now)
    else:
        database.write_now(people.set_consent, person, False, now)
        database.write_now(people.set_consent, person, False, now)
        database.write_now(people.forget, person, now)
    assert total(database) == 1
    row = database.read_now(lambda connection: connection.execute(select(forgettings)).one())
    assert row._asdict() == {"id": 1, "created_at": now}


@pytest.mark.usefixtures("taught")
@pytest.mark.parametrize("made", ["nothing", "before", "for nothing", "now"])
def test_what_no_model_that_can_serve_was_taught_leaves_nothing_to_unlearn(
    database: Database, now: datetime, made: str
) -> None:
    """Whatever was made of corrections, it was before this one was said, or its bundle is gone; or it is under way."""
    if made == "now":
        database.write_now(runs.request, runs.Trigger.ADMIN, now)
    elif made != "nothing":
        serve(database, b"old", 0, now - timedelta(days=made == "before"))
        serve(database, b"new", None, now)
    if made == "for nothing":
        database.write_now(lambda connection: connection.execute(delete(bundles)))
    database.write_now(people.forget, AUTHOR, now)
    assert total(database) == (made == "now")


@pytest.mark.usefixtures("taught")
def test_who_taught_nothing_leaves_nothing_to_unlearn(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    serve(database, b"taught", 0, now)
    reading = add_reading(author_id=9)
    database.write_now(corrections.put, reading, 9, 3, now)
    database.write_now(people.set_consent, 10, True, now)
    for person in (9, 10, 11):
        database.write_now(people.set_consent, person, False, now)
        database.write_now(people.forget, person, now)
    assert total(database) == 0


def test_pending_is_what_the_model_that_serves_is_not_free_of(database: Database, now: datetime) -> None:
    def pending() -> Pending | None:
        return database.read_now(forgetting.pending)

    days = [now + timedelta(days=day) for day in range(3)]
    assert pending() is None
    serve(database, b"shipped", None, now)
    database.write_now(forgetting.note, days[0])
    assert pending() is None, "it never saw what people said"
    old = serve(database, b"old", 1, now)
    assert pending() is None
    for day in days[1:]:
        database.write_now(forgetting.note, day)
    assert pending() == Pending(2, days[1])
    half_way = serve(database, b"half way", 2, now)
    assert pending() == Pending(1, days[2])
    new = serve(database, b"new", 3, now)
    assert pending() is None
    database.write_now(models.roll_back, old, now)
    assert pending() == Pending(2, days[1])
    assert database.read_now(forgetting.unlearned, half_way) == 1
    assert database.read_now(forgetting.unlearned, new) == 1
    assert database.read_now(forgetting.unlearned, 99) == 0
