"""Readings a day: counted once when the day is over, live until then, and without those who were forgotten."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, text, update

from bot.storage import days, people
from bot.storage.database import Database
from bot.storage.days import UNSURE
from bot.storage.tables import readings
from ml.emotions import NO_EMOTION, Emotion

from .conftest import AddReading

A_DAY = timedelta(days=1)


def at(connection: Connection, reading_id: int, moment: datetime) -> None:
    connection.execute(update(readings).where(readings.c.id == reading_id).values(created_at=moment))


def test_every_day_is_told_whether_it_is_over_or_not(
    database: Database, add_reading: AddReading, now: datetime
) -> None:
    for label, back in ((Emotion.JOY, 0), (Emotion.JOY, 1), (Emotion.JOY, 1), (NO_EMOTION, 1), (None, 3)):
        database.write_now(at, add_reading(label), now - back * A_DAY)
    database.write_now(at, add_reading(Emotion.FEAR, taught=Emotion.LOVE), now - 3 * A_DAY)
    today = now.date()
    expected = {
        (today, Emotion.JOY): 1,
        (today - A_DAY, Emotion.JOY): 2,
        (today - A_DAY, NO_EMOTION): 1,
        (today - 3 * A_DAY, UNSURE): 1,
        (today - 3 * A_DAY, Emotion.LOVE): 1,
    }
    for _ in range(3):
        assert database.read_now(days.by_day, today - 3 * A_DAY) == expected
        assert database.read_now(days.total) == 6
        database.write_now(days.roll_up, now)
    assert database.read_now(days.by_day, today - A_DAY) == {
        key: n for key, n in expected.items() if key[0] > today - 2 * A_DAY
    }


def test_a_day_that_is_over_is_not_counted_again(database: Database, add_reading: AddReading, now: datetime) -> None:
    database.write_now(at, add_reading(Emotion.JOY), now - A_DAY)
    database.write_now(days.roll_up, now)
    database.write_now(lambda connection: connection.execute(delete(readings)))
    assert database.read_now(days.by_day, date.min) == {(now.date() - A_DAY, Emotion.JOY): 1}


def test_a_day_is_not_over_at_once(database: Database, add_reading: AddReading, now: datetime) -> None:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    database.write_now(at, add_reading(Emotion.JOY), midnight - timedelta(seconds=1))
    database.write_now(days.roll_up, midnight + timedelta(minutes=59))
    late = add_reading(Emotion.JOY)
    database.write_now(at, late, midnight - timedelta(microseconds=1))
    database.write_now(days.roll_up, midnight + timedelta(minutes=61))
    assert database.read_now(days.by_day, date.min) == {(now.date() - A_DAY, Emotion.JOY): 2}


def test_who_is_forgotten_counts_no_more(database: Database, add_reading: AddReading, now: datetime) -> None:
    for author, back in ((7, 0), (7, 1), (8, 1)):
        database.write_now(at, add_reading(Emotion.JOY, author_id=author), now - back * A_DAY)
    database.write_now(days.roll_up, now)
    database.write_now(people.forget, 7, now)
    assert database.read_now(days.by_day, date.min) == {(now.date() - A_DAY, Emotion.JOY): 1}
    assert database.read_now(days.total) == 1


def test_who_is_forgotten_while_days_are_counted_counts_no_more(
    database: Database, database_url: str, add_reading: AddReading, now: datetime
) -> None:
    for author in (7, 8):
        database.write_now(at, add_reading(Emotion.JOY, author_id=author), now - A_DAY)
    counted, go_on = threading.Event(), threading.Event()

    def count(connection: Connection) -> None:
        days.roll_up(connection, now)
        counted.set()
        assert go_on.wait(10)

    def waits(connection: Connection) -> bool:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())

    with ThreadPoolExecutor(2) as threads:
        counting = threads.submit(database.write_now, count)
        assert counted.wait(10)
        forgetting = threads.submit(database.write_now, people.forget, 7, now)
        if database_url.startswith("postgresql"):  # on SQLite it waits for its turn to write
            until = time.monotonic() + 10
            while not (forgetting.done() or database.read_now(waits)):
                assert time.monotonic() < until
        go_on.set()
        counting.result()
        forgetting.result()
    assert database.read_now(days.total) == 1
