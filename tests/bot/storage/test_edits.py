"""An edited message has one reading that counts, and nothing that was said of it before."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from bot.storage import corrections, edits, people, readings
from bot.storage.database import Database
from bot.storage.edits import Replaced
from bot.storage.tables import correction_log
from ml.classifier import Reading
from ml.emotions import Emotion

AUTHOR, OTHER = 7, 8
READING = Reading(Emotion.FEAR, None, 0.1, (0.1, 0.1, 0.1, 0.1, 0.5, 0.1), "model")


@pytest.fixture
def edit(database: Database, version: int, now: datetime) -> Callable[..., Replaced]:
    """Edit the message of a reading."""

    def edit(reading_id: int, keys: Sequence[bytes] = ()) -> Replaced:
        row = database.read_now(readings.get, reading_id)
        assert row is not None
        return database.write_now(
            edits.replace,
            chat_id=row.chat_id,
            message_id=row.message_id,
            author_id=row.author_id,
            reading=READING,
            model_version=version,
            now=now + timedelta(hours=1),
            keys=keys,
        )

    return edit


def test_what_was_said_of_the_message_before_is_taken_back(
    database: Database, add_reading: Callable[..., int], edit: Callable[..., Replaced], now: datetime
) -> None:
    for person in (AUTHOR, OTHER):
        database.write_now(people.set_consent, person, True, now)
    old, untouched = add_reading(author_id=AUTHOR), add_reading(author_id=AUTHOR)
    database.write_now(readings.set_reply, old, 55)
    for reading in (old, untouched):
        for person in (AUTHOR, OTHER):
            database.write_now(corrections.put, reading, person, 3, now)
    for reading, key in ((old, b"old"), (untouched, b"key")):
        database.write_now(corrections.keep_text, reading, cipher=b"", key=key, held_out=False)
    assert database.read_now(corrections.taught, AUTHOR, [b"old"]) == 3

    new = edit(old, keys=[b"old"])

    assert (new.taught, new.reply_id) == (None, 55)
    row = database.read_now(readings.get, new.reading_id)
    assert row is not None
    assert (row.emotion, row.taught, row.reply_id, row.withdrawn_at) == (Emotion.FEAR, None, 55, None)
    withdrawn = database.read_now(readings.get, old)
    assert withdrawn is not None
    assert withdrawn.withdrawn_at == now + timedelta(hours=1)
    assert all(database.read_now(corrections.get, old, person) is None for person in (AUTHOR, OTHER))
    assert {kept.correction_id for kept in database.read_now(corrections.for_training)} == {3, 4}
    log = select(correction_log.c.new_label).where(correction_log.c.reading_id == old).order_by(correction_log.c.id)
    assert database.read_now(lambda connection: list(connection.execute(log).scalars())) == [3, 3, None, None]


def test_an_old_button_corrects_nothing(
    database: Database, add_reading: Callable[..., int], edit: Callable[..., Replaced], now: datetime
) -> None:
    database.write_now(people.set_consent, AUTHOR, True, now)
    old = add_reading(author_id=AUTHOR)
    new = edit(old).reading_id
    assert not database.write_now(corrections.put, old, AUTHOR, 3, now)
    assert not database.write_now(corrections.keep_text, old, cipher=b"", key=b"", held_out=False)
    assert database.write_now(corrections.put, new, AUTHOR, 3, now)


def test_edited_again_and_again_one_reading_is_left(
    database: Database, add_reading: Callable[..., int], edit: Callable[..., Replaced]
) -> None:
    ids = [add_reading()]
    database.write_now(readings.set_reply, ids[0], 55)
    for _ in range(3):
        new = edit(ids[0])
        assert new.reply_id == 55
        ids.append(new.reading_id)
    rows = [database.read_now(readings.get, id_) for id_ in ids]
    assert [row is not None and row.withdrawn_at is None for row in rows] == [False, False, False, True]


def test_what_its_author_taught_elsewhere_is_told_of_what_it_says_now(
    database: Database, add_reading: Callable[..., int], edit: Callable[..., Replaced], now: datetime
) -> None:
    database.write_now(people.set_consent, AUTHOR, True, now)
    taught = add_reading(author_id=AUTHOR)
    database.write_now(corrections.put, taught, AUTHOR, 3, now)
    database.write_now(corrections.keep_text, taught, cipher=b"", key=b"key", held_out=False)
    new = edit(add_reading(author_id=AUTHOR), keys=[b"key"])
    row = database.read_now(readings.get, new.reading_id)
    assert row is not None
    assert row.taught == new.taught == 3


def test_a_message_that_several_read_at_once_has_one_reading(
    database: Database, database_url: str, version: int, now: datetime
) -> None:
    together = threading.Barrier(4, timeout=10)

    def read(connection: Connection) -> int:
        before = readings.held(connection, 1, 2)
        if before is not None:
            return before.id
        return edits.replace(
            connection, chat_id=1, message_id=2, author_id=3, reading=READING, model_version=version, now=now
        ).reading_id

    def at_once(process: Database) -> int:
        together.wait()
        return process.write_now(read)

    with Database(database_url) as other, ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(at_once, [database, other, database, other]))
    assert len(set(ids)) == 1


def test_a_message_that_was_never_read_is_read(database: Database, version: int, now: datetime) -> None:
    new = database.write_now(
        edits.replace, chat_id=1, message_id=2, author_id=3, reading=READING, model_version=version, now=now
    )
    assert new.reply_id is None
    row = database.read_now(readings.get, new.reading_id)
    assert row is not None
    assert (row.chat_id, row.message_id, row.author_id) == (1, 2, 3)
