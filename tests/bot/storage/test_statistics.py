"""The figures equal those counted by hand."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.storage import corrections, models, people, statistics
from bot.storage.database import Database
from bot.storage.statistics import Agreement, Overview
from bot.storage.tables import readings
from ml.emotions import NO_EMOTION, Emotion

SAID = st.none() | st.integers(0, 6)
CORRECTIONS = st.dictionaries(st.integers(1, 3), st.tuples(st.integers(0, 6), st.booleans()), max_size=3)


def test_an_empty_database_has_figures(database: Database) -> None:
    assert database.read_now(statistics.overview) == Overview(0, 0, 0, 0, 0, {}, {})


def test_torn_readings_agree_with_nobody_and_kept_texts_count(
    database: Database, add_reading: Callable[..., int], now: datetime, version: int
) -> None:
    database.write_now(people.set_consent, 7, True, now)
    for said, label in ((None, NO_EMOTION), (NO_EMOTION, NO_EMOTION), (Emotion.FEAR, Emotion.ANGER)):
        reading = add_reading(said, author_id=7)
        database.write_now(corrections.put, reading, 7, label, now)
        database.write_now(corrections.keep_text, reading, cipher=b"", key=b"", held_out=True)
    figures = database.read_now(statistics.overview)
    by_label = {NO_EMOTION: Agreement(1, 1), Emotion.FEAR: Agreement(1, 0)}
    assert figures == Overview(3, 3, 1, 1, 3, by_label, {version: Agreement(2, 1)})
    assert figures.agreement_by_version[version].share == 0.5


def test_what_was_answered_from_memory_is_no_agreement_with_a_model(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    for taught in (None, Emotion.FEAR):
        reading = add_reading(Emotion.JOY, author_id=7, taught=taught)
        database.write_now(corrections.put, reading, 7, Emotion.FEAR, now)
    figures = database.read_now(statistics.overview)
    assert (figures.corrections, figures.agreement_by_label) == (2, {Emotion.JOY: Agreement(1, 0)})


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(crowd=st.lists(st.tuples(SAID, st.integers(0, 1), CORRECTIONS), max_size=8))
def test_figures_are_those_counted_by_hand(
    database: Database,
    add_reading: Callable[..., int],
    now: datetime,
    version: int,
    crowd: list[tuple[int | None, int, dict[int, tuple[int, bool]]]],
) -> None:
    versions = [version, database.write_now(models.add, b"another", metrics={}, base="data set", now=now)]
    database.write_now(lambda connection: connection.execute(delete(readings)))
    judged: Counter[tuple[str, int]] = Counter()
    agreed: Counter[tuple[str, int]] = Counter()
    correctors = []
    for said, which, people_corrections in crowd:
        reading = add_reading(said, model_version=versions[which])
        for person, (label, undone) in people_corrections.items():
            database.write_now(corrections.put, reading, person, label, now)
            if undone:
                database.write_now(corrections.undo, reading, person, now)
                continue
            correctors.append(person)
            if said is not None:
                for key in (("label", said), ("version", versions[which])):
                    judged[key] += 1
                    agreed[key] += label == said

    def agreement(by: str) -> dict[int, Agreement]:
        return {key: Agreement(total, agreed[kind, key]) for (kind, key), total in judged.items() if kind == by}

    assert database.read_now(statistics.overview) == Overview(
        readings=len(crowd),
        corrections=len(correctors),
        confirmations=sum(total for (kind, _), total in agreed.items() if kind == "label"),
        correctors=len(set(correctors)),
        texts=0,
        agreement_by_label=agreement("label"),
        agreement_by_version=agreement("version"),
    )


@pytest.mark.parametrize(
    ("judged", "agreed", "low", "high"), [(10, 8, 0.4902, 0.9433), (1, 0, 0.0, 0.7935), (100, 100, 0.9630, 1.0)]
)
def test_the_interval_is_that_of_wilson(judged: int, agreed: int, low: float, high: float) -> None:
    assert Agreement(judged, agreed).interval == pytest.approx((low, high), abs=1e-4)
