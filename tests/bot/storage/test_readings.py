"""A reading comes back as it was said."""

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from bot.storage import corrections, readings
from bot.storage.database import Database
from ml.classifier import Reading, Unsure
from ml.emotions import NO_EMOTION, Emotion

IDS = st.integers(-(2**52), 2**52)
SHARES = st.floats(0, 1)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    said=st.sampled_from([*Emotion, *Unsure]),
    none=SHARES,
    probabilities=st.tuples(*[SHARES] * 6),
    ids=st.tuples(IDS, IDS, IDS, st.none() | IDS),
)
def test_a_reading_comes_back_whole(
    database: Database,
    version: int,
    now: datetime,
    said: Emotion | Unsure,
    none: float,
    probabilities: tuple[float, ...],
    ids: tuple[int, int, int, int | None],
) -> None:
    emotion, unsure = (said, None) if isinstance(said, Emotion) else (None, said)
    chat, message, author, reply = ids
    reading = database.write_now(
        readings.add,
        chat_id=chat,
        message_id=message,
        author_id=author,
        reading=Reading(emotion, unsure, none, probabilities, "model"),
        model_version=version,
        now=now,
    )
    if reply is not None:
        database.write_now(readings.set_reply, reading, reply)
    assert database.read_now(readings.get, reading) == readings.ReadingRow(
        reading, chat, message, reply, author, emotion, unsure, none, probabilities, version, now
    )


@pytest.mark.parametrize("label", [*range(7), None])
def test_what_was_said_is_a_label_or_nothing(
    database: Database, add_reading: Callable[..., int], label: int | None
) -> None:
    row = database.read_now(readings.get, add_reading(label))
    assert row is not None
    assert row.said == label
    assert (row.emotion is None) is (label in (NO_EMOTION, None))


def test_an_unknown_reading_is_none(database: Database) -> None:
    assert database.read_now(readings.get, 1) is None


def test_what_a_person_was_told_instead_is_stored(database: Database, add_reading: Callable[..., int]) -> None:
    for taught in (NO_EMOTION, Emotion.ANGER, None):
        row = database.read_now(readings.get, add_reading(Emotion.JOY, taught=taught))
        assert row is not None
        assert (row.taught, row.emotion, row.withdrawn_at) == (taught, Emotion.JOY, None)


def test_a_reading_is_found_by_its_message_and_by_the_one_that_tells_it_until_it_is_withdrawn(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    old, new = add_reading(author_id=7), add_reading(author_id=7)
    database.write_now(readings.set_reply, old, 51)
    database.write_now(readings.set_reply, new, 52)
    rows = [database.read_now(readings.get, reading) for reading in (old, new)]
    for row, reply in zip(rows, (51, 52), strict=True):
        assert row is not None
        assert database.read_now(readings.of_message, 7, row.message_id) == row
        assert database.read_now(readings.told_by, 7, reply) == row
    database.write_now(corrections.withdraw, new, now)
    assert database.read_now(readings.told_by, 7, 52) is None
    assert database.read_now(readings.told_by, 8, 51) is None
    assert database.read_now(readings.of_message, 7, 99) is None


def test_which_edit_was_read_and_in_which_language_it_was_told_is_stored(
    database: Database, version: int, now: datetime
) -> None:
    reading = Reading(Emotion.JOY, None, 0.1, (0.1, 0.5, 0.1, 0.1, 0.1, 0.1), "model")
    id_ = database.write_now(
        readings.add,
        chat_id=1,
        message_id=2,
        author_id=3,
        reading=reading,
        model_version=version,
        now=now,
        edited_at=now,
        language="ru",
    )
    row = database.read_now(readings.get, id_)
    assert row is not None
    assert (row.edited_at, row.language, row.told) == (now, "ru", Emotion.JOY)


def test_a_reading_is_looked_up_by_the_message_that_tells_it_through_an_index(database: Database) -> None:
    def explain(connection: Connection) -> str:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # which small tables are read by
        how = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        literal = {"literal_binds": True}
        query = readings._TOLD_BY.params(chat=1, message=2).compile(connection, compile_kwargs=literal)
        return str(connection.execute(text(f"{how} {query}")).all())

    assert "ix_readings_reply" in database.read_now(explain)
