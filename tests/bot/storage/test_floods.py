"""How much a person writes in a minute."""

from datetime import datetime, timedelta

from bot.storage import floods, people
from bot.storage.database import Database
from bot.storage.floods import WINDOW, Kind


def test_messages_are_counted_by_person_and_minute(database: Database, now: datetime) -> None:
    moments = [now + timedelta(seconds=second) for second in (0, 20, 59, 60, 119, 120)]
    assert [database.write_now(floods.add, 7, Kind.MESSAGES, moment) for moment in moments] == [1, 2, 3, 1, 2, 1]
    assert database.write_now(floods.add, 8, Kind.MESSAGES, now) == 1


def test_kinds_are_counted_apart_in_one_minute(database: Database, now: datetime) -> None:
    kinds = [Kind.MESSAGES, Kind.QUERIES, Kind.QUERIES, Kind.MESSAGES]
    assert [database.write_now(floods.add, 7, kind, now) for kind in kinds] == [1, 1, 2, 2]
    over = now + WINDOW
    assert [database.write_now(floods.add, 7, kind, over) for kind in kinds] == [1, 1, 2, 2]


def test_a_clock_that_jumps_back_begins_anew(database: Database, now: datetime) -> None:
    database.write_now(floods.add, 7, Kind.MESSAGES, now + timedelta(days=1))
    assert database.write_now(floods.add, 7, Kind.MESSAGES, now) == 1
    assert database.write_now(floods.add, 7, Kind.MESSAGES, now) == 2


def test_minutes_that_are_over_are_forgotten(database: Database, now: datetime) -> None:
    database.write_now(floods.add, 7, Kind.MESSAGES, now)
    database.write_now(floods.add, 8, Kind.MESSAGES, now + timedelta(seconds=1))
    database.write_now(floods.prune, now + WINDOW)
    assert database.write_now(floods.add, 8, Kind.MESSAGES, now + timedelta(seconds=2)) == 2


def test_who_is_forgotten_leaves_no_count(database: Database, now: datetime) -> None:
    database.write_now(floods.add, 7, Kind.MESSAGES, now)
    database.write_now(people.forget, 7, now)
    assert database.write_now(floods.add, 7, Kind.MESSAGES, now) == 1
