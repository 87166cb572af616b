"""What is stored of one person: their days, their figures, every row."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select

from bot.storage import corrections, models, notices, people, personal
from bot.storage import floods as floods_of
from bot.storage.corrections import Lessons
from bot.storage.database import Database
from bot.storage.tables import (
    correction_log,
    floods,
    metadata,
    reviews,
    runs,
    schedule,
)
from ml.emotions import NO_EMOTION, Emotion

from .conftest import AddReading

ANA, BEN = 7_000_000_007, 8_000_000_008
A_DAY = timedelta(days=1)


def keep(database: Database, reading_id: int, *, held_out: bool = False) -> None:
    database.write_now(corrections.keep_text, reading_id, cipher=b"cipher", key=b"key", held_out=held_out)


def test_the_mood_is_what_they_said_or_else_what_they_were_told(
    database: Database, add_reading: AddReading, now: datetime
) -> None:
    corrected = add_reading(Emotion.JOY, author_id=ANA)
    database.write_now(corrections.put, corrected, ANA, Emotion.LOVE, now)
    database.write_now(corrections.put, corrected, BEN, Emotion.ANGER, now)
    undone = add_reading(Emotion.SADNESS, author_id=ANA)
    database.write_now(corrections.put, undone, ANA, Emotion.FEAR, now)
    database.write_now(corrections.undo, undone, ANA, now)
    add_reading(Emotion.JOY, author_id=ANA, taught=NO_EMOTION)
    add_reading(None, author_id=ANA)
    add_reading(Emotion.SADNESS, author_id=BEN)
    database.write_now(corrections.withdraw, add_reading(Emotion.JOY, author_id=ANA), now)
    today = now.date()
    assert database.read_now(personal.mood, ANA, now - A_DAY) == {
        (today, Emotion.LOVE): 1,
        (today, Emotion.SADNESS): 1,
        (today, NO_EMOTION): 1,
    }
    assert not database.read_now(personal.mood, ANA, now + A_DAY)


def test_figures_tell_readings_agreement_and_what_it_taught(
    database: Database, add_reading: AddReading, now: datetime
) -> None:
    database.write_now(people.set_consent, ANA, True, now)
    for label, moment, held_out in (
        (Emotion.JOY, now, False),
        (Emotion.LOVE, now, True),
        (Emotion.LOVE, now + 2 * A_DAY, False),
    ):
        reading_id = add_reading(Emotion.JOY, author_id=ANA)
        database.write_now(corrections.put, reading_id, ANA, label, moment)
        keep(database, reading_id, held_out=held_out)
    add_reading(None, author_id=BEN)
    before = database.read_now(personal.figures, ANA)
    assert (before.readings, before.since, before.judged, before.agreed, before.kept) == (3, now, 3, 1, 3)
    assert before.lessons == Lessons(taught=0, judging=1, waiting=2)

    def promote(connection: Connection) -> None:
        run = insert(runs).values(
            trigger="admin", state="done", active=False, epoch=1, progress=1.0, created_at=now, started_at=now + A_DAY
        )
        run_id = connection.execute(run.returning(runs.c.id)).scalar_one()
        version = models.add(connection, b"second", metrics={}, base="data set", now=now, run_id=run_id)
        models.promote(connection, version, now)

    database.write_now(promote)
    assert database.read_now(personal.figures, ANA).lessons == Lessons(taught=1, judging=1, waiting=1)
    database.write_now(people.set_consent, ANA, False, now)
    assert database.read_now(personal.figures, ANA).lessons == Lessons(0, 0, 0)
    assert database.read_now(personal.figures, 1).since is None


def test_everything_that_names_the_person_is_told_and_nothing_of_others(
    database: Database, add_reading: AddReading, now: datetime
) -> None:
    """Fill every table with rows of two people, then look for each row in which an id of the person's stands."""
    for person in (ANA, BEN):
        database.write_now(people.set_consent, person, True, now)
        reading_id = add_reading(Emotion.JOY, author_id=person)
        for corrector in (ANA, BEN):
            database.write_now(corrections.put, reading_id, corrector, Emotion.LOVE, now)
        keep(database, reading_id)

    def fill(connection: Connection) -> None:
        row = {"trigger": "admin", "state": "done", "active": False, "epoch": 1, "progress": 1.0, "created_at": now}
        for person in (ANA, BEN):
            by_both = {"requested_by": person, "cancel_requested_by": ANA + BEN - person}
            connection.execute(insert(runs).values(**row, **by_both, chat_id=person, message_id=1))
            connection.execute(insert(floods).values(person_id=person, since=now, messages=3))
            floods_of.note(connection, person, now)
            notices.add(connection, notices.Kind.FLOOD, person, now, {}, known_to=person)
        connection.execute(insert(schedule).values(id=1, paused_at=now, paused_by=ANA))
        connection.execute(
            insert(reviews).values(
                correction_id=1, label=2, reason="alone", found_at=now, decision="keep", decided_by=ANA, decided_at=now
            )
        )

    database.write_now(fill)
    told = database.read_now(personal.everything, ANA)

    def rows_with(connection: Connection, person: int) -> int:
        tables = [table for table in metadata.sorted_tables if table.name != "texts"]  # told with their readings
        return sum(person in row for table in tables for row in connection.execute(select(table)).all())

    lists = [told.person, told.readings, told.corrections, told.changes, told.runs, told.pauses]
    lists += [told.minute, told.day, told.notices]
    assert sum(map(len, lists)) + len(told.decisions) == database.read_now(rows_with, ANA)
    assert [row["cipher"] for row in told.readings] == [b"cipher"]
    assert [(vote["label"], vote["undone_at"]) for vote in told.votes] == [(Emotion.LOVE, None)]
    assert not [row for rows in (*lists, told.votes) for row in rows if BEN in row.values()]
    assert len(told.changes) == 2
    assert database.read_now(lambda connection: len(connection.execute(select(correction_log)).all())) == 4
