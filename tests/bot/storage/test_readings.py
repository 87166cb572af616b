"""A reading comes back as it was said."""

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.storage import readings
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
