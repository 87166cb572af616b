"""One correction a person and reading, the last one counts, and only what its people allow teaches."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import IntegrityError

from bot.storage import corrections, people, readings, runs
from bot.storage.corrections import CorrectionRow
from bot.storage.database import Database
from bot.storage.tables import correction_log, texts
from bot.storage.tables import corrections as corrections_table
from ml.classifier import Reading, Unsure
from ml.emotions import NO_EMOTION, Emotion

AUTHOR, OTHER = 7, 8
ACTIONS = st.lists(st.tuples(st.sampled_from([AUTHOR, OTHER]), st.none() | st.integers(0, 6)), max_size=12)


def keep(database: Database, reading: int, cipher: bytes = b"cipher") -> bool:
    return database.write_now(corrections.keep_text, reading, cipher=cipher, key=b"key", held_out=False)


def kept(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(texts)).scalar_one()


def logged(database: Database, reading: int) -> list[tuple[Any, ...]]:
    """Who changed what to what of the reading, and when."""
    log = correction_log.c
    query = (
        select(log.person_id, log.old_label, log.new_label, log.created_at)
        .where(log.reading_id == reading)
        .order_by(log.id)
    )
    return database.read_now(lambda connection: [tuple(row) for row in connection.execute(query)])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(actions=ACTIONS)
def test_what_stands_is_what_was_done_last(
    database: Database, add_reading: Callable[..., int], now: datetime, actions: list[tuple[int, int | None]]
) -> None:
    """A label is a correction, None an undo; each says whether it changed what stood, which a model of it knows. The
    log tells all that changed, and nothing else."""
    reading = add_reading()
    stands: dict[int, int | None] = {AUTHOR: None, OTHER: None}
    first: dict[int, datetime] = {}
    changed: dict[int, datetime] = {}
    log: list[tuple[int, int | None, int | None, datetime]] = []

    def play(connection: Connection) -> None:
        for second, (person, label) in enumerate(actions):
            moment = now + timedelta(seconds=second)
            if label is None:
                did = corrections.undo(connection, reading, person, moment)
            else:
                first.setdefault(person, moment)
                did = corrections.put(connection, reading, person, label, moment)
            assert did is (stands[person] != label)
            if did:
                changed[person] = moment
                log.append((person, stands[person], label, moment))
            stands[person] = label

    database.write_now(play)
    for person, label in stands.items():
        row = database.read_now(corrections.get, reading, person)
        if label is None:
            assert row is None
        else:
            assert row == CorrectionRow(reading, person, label, first[person], changed[person])
    assert logged(database, reading) == log


def test_people_who_correct_at_once_are_all_in_the_log_as_it_was(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    reading = add_reading()
    together = threading.Barrier(4, timeout=10)

    def correct(label: int) -> bool:
        together.wait()
        return database.write_now(corrections.put, reading, AUTHOR, label, now)

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(correct, range(4)))
    log = logged(database, reading)
    assert [old for _, old, _, _ in log] == [None, *(new for _, _, new, _ in log[:-1])]
    row = database.read_now(corrections.get, reading, AUTHOR)
    assert row is not None
    assert row.label == log[-1][2]


def test_a_correction_of_nothing_is_refused(database: Database, now: datetime) -> None:
    with pytest.raises(IntegrityError):
        database.write_now(corrections.put, 99, AUTHOR, 1, now)
    assert database.write_now(corrections.undo, 99, AUTHOR, now) is False


@pytest.mark.parametrize("consent", [None, False, True])
def test_a_text_is_kept_only_with_its_authors_consent(
    database: Database, add_reading: Callable[..., int], now: datetime, consent: bool | None
) -> None:
    reading = add_reading(author_id=AUTHOR)
    database.write_now(people.set_consent, OTHER, True, now)
    if consent is not None:
        database.write_now(people.set_consent, AUTHOR, consent, now)
    database.write_now(corrections.put, reading, OTHER, 1, now)
    assert keep(database, reading) is (consent is True)
    assert database.read_now(kept) == (consent is True)


def test_a_text_is_kept_only_while_someone_corrects_it(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    reading = add_reading(author_id=AUTHOR)
    database.write_now(people.set_consent, AUTHOR, True, now)
    assert keep(database, reading) is False
    for person in (AUTHOR, OTHER):
        database.write_now(corrections.put, reading, person, 1, now)
        assert keep(database, reading) is True
    database.write_now(corrections.undo, reading, OTHER, now)
    assert database.read_now(kept) == 1
    database.write_now(corrections.undo, reading, AUTHOR, now)
    assert database.read_now(kept) == 0
    assert keep(database, reading) is False


def test_a_text_kept_again_takes_the_place_of_the_first(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    reading = add_reading(author_id=AUTHOR)
    database.write_now(people.set_consent, AUTHOR, True, now)
    database.write_now(corrections.put, reading, AUTHOR, 1, now)
    for cipher in (b"one", b"two"):
        keep(database, reading, cipher)
    assert [correction.cipher for correction in database.read_now(corrections.for_training)] == [b"two"]


@pytest.mark.parametrize(
    ("said", "label", "confirmation"),
    [
        (Emotion.JOY, Emotion.JOY, True),
        (Emotion.JOY, Emotion.LOVE, False),
        (Emotion.SADNESS, Emotion.SADNESS, True),
        (Emotion.JOY, NO_EMOTION, False),
        (NO_EMOTION, NO_EMOTION, True),
        (NO_EMOTION, Emotion.JOY, False),
        (None, NO_EMOTION, False),
        (None, Emotion.JOY, False),
    ],
)
def test_a_correction_equal_to_the_reading_is_a_confirmation(
    database: Database,
    add_reading: Callable[..., int],
    now: datetime,
    said: int | None,
    label: int,
    confirmation: bool,
) -> None:
    reading = add_reading(said, author_id=AUTHOR)
    database.write_now(people.set_consent, AUTHOR, True, now)
    database.write_now(corrections.put, reading, AUTHOR, label, now)
    keep(database, reading)
    (kept,) = database.read_now(corrections.for_training)
    assert (kept.cipher, kept.label, kept.person_id, kept.author_id) == (b"cipher", label, AUTHOR, AUTHOR)
    assert (kept.label == kept.said) is confirmation
    assert (kept.at, kept.kept) == (now, False)
    assert kept.probabilities == pytest.approx((0.0375, 0.375, 0.0375, 0.075, 0.075, 0.15, 0.25))


def test_what_could_not_be_read_has_no_probabilities_to_learn_from(
    database: Database, version: int, now: datetime
) -> None:
    reading = database.write_now(
        readings.add,
        chat_id=1,
        message_id=1,
        author_id=AUTHOR,
        reading=Reading(None, Unsure.UNREADABLE, 0.25, (0.5, 0.1, 0.1, 0.1, 0.1, 0.1), "model"),
        model_version=version,
        now=now,
    )
    database.write_now(people.set_consent, AUTHOR, True, now)
    database.write_now(corrections.put, reading, AUTHOR, 1, now)
    keep(database, reading)
    (kept,) = database.read_now(corrections.for_training)
    assert (kept.said, kept.probabilities) == (None, None)


def test_only_what_stands_and_both_allow_teaches(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    answers: tuple[bool | None, ...] = (None, False, True)
    should_teach = []
    for number, (author, corrector, undone) in enumerate(product(answers, answers, (False, True))):
        people_of_this_case = {100 + number: author, 200 + number: corrector}
        for person, consent in people_of_this_case.items():
            if consent is not None:
                database.write_now(people.set_consent, person, consent, now)
        reading = add_reading(author_id=100 + number)
        database.write_now(corrections.put, reading, 200 + number, 1, now)
        keep(database, reading)
        if undone:
            database.write_now(corrections.undo, reading, 200 + number, now)
        if author and corrector and not undone:
            should_teach.append((200 + number, 100 + number))
    teach = database.read_now(corrections.for_training)
    assert [(correction.person_id, correction.author_id) for correction in teach] == should_teach
    assert database.read_now(corrections.count_new) == len(should_teach) == 1


@pytest.mark.parametrize("leave", ["a no", "an undo", "forgetting"])
def test_a_text_is_not_kept_just_as_its_right_to_be_is_lost(
    database: Database, add_reading: Callable[..., int], now: datetime, leave: str
) -> None:
    for turn in range(15):
        database.write_now(people.set_consent, AUTHOR, True, now)
        reading = add_reading(author_id=AUTHOR)
        database.write_now(corrections.put, reading, AUTHOR, 1, now)
        leaving: Callable[[], object] = {
            "a no": partial(database.write_now, people.set_consent, AUTHOR, False, now),
            "an undo": partial(database.write_now, corrections.undo, reading, AUTHOR, now),
            "forgetting": partial(database.write_now, people.forget, AUTHOR, now),
        }[leave]
        together = threading.Barrier(2, timeout=10)

        def at_once(call: Callable[[], object], together: threading.Barrier = together) -> None:
            together.wait()
            call()

        with ThreadPoolExecutor(2) as threads:
            both = (partial(keep, database, reading), leaving)
            list(threads.map(at_once, both if turn % 2 else both[::-1]))
        assert database.read_now(kept) == 0


@pytest.mark.parametrize("leave", ["a no", "forgetting"])
def test_correcting_with_its_text_and_leaving_do_not_wait_for_each_other(
    database: Database, add_reading: Callable[..., int], now: datetime, leave: str
) -> None:
    def correct(connection: Connection, reading: int) -> None:
        try:
            with connection.begin_nested():
                corrections.put(connection, reading, AUTHOR, 1, now)
        except IntegrityError:
            return  # forgotten in the meantime
        corrections.keep_text(connection, reading, cipher=b"cipher", key=b"key", held_out=False)

    for _ in range(10):
        database.write_now(people.set_consent, AUTHOR, True, now)
        reading = add_reading(author_id=AUTHOR)
        together = threading.Barrier(2, timeout=10)
        calls: list[Callable[[], object]] = [
            partial(database.write_now, correct, reading),
            partial(database.write_now, people.set_consent, AUTHOR, False, now)
            if leave == "a no"
            else partial(database.write_now, people.forget, AUTHOR, now),
        ]

        def at_once(call: Callable[[], object], together: threading.Barrier = together) -> None:
            together.wait()
            call()

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(at_once, calls))
        assert database.read_now(kept) == 0


def test_what_a_person_taught_is_found_by_any_key_of_theirs_alone(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    def teach(person: int, label: int, key: bytes, minute: int, by: int | None = None) -> int:
        reading = add_reading(author_id=person)
        database.write_now(corrections.put, reading, by or person, label, now + timedelta(minutes=minute))
        database.write_now(corrections.keep_text, reading, cipher=b"", key=key, held_out=False)
        return reading

    def taught(person: int, *keys: bytes) -> int | None:
        return database.read_now(corrections.taught, person, keys)

    for person in (AUTHOR, OTHER):
        database.write_now(people.set_consent, person, True, now)
    assert taught(AUTHOR, b"new", b"old") is None
    teach(AUTHOR, 3, b"old", 2)
    teach(AUTHOR, 4, b"another", 3)
    teach(OTHER, 5, b"old", 4)
    teach(AUTHOR, 0, b"old", 5, by=OTHER)
    assert taught(AUTHOR, b"new", b"old") == 3
    assert taught(AUTHOR) is None
    assert taught(AUTHOR, b"new") is None
    later = teach(AUTHOR, 6, b"new", 9)
    assert taught(AUTHOR, b"new", b"old") == 6
    database.write_now(corrections.undo, later, AUTHOR, now)
    assert taught(AUTHOR, b"new", b"old") == 3
    database.write_now(people.set_consent, AUTHOR, False, now)
    assert taught(AUTHOR, b"old") is None
    assert taught(OTHER, b"old") == 5


def test_what_a_person_taught_is_looked_up_by_an_index(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    """Whoever else kept the same text, and however much else the person kept."""

    def explain(connection: Connection) -> str:
        compiled = corrections._SAME_TEXT.compile(connection)
        query = compiled.construct_expanded_state({"person": AUTHOR, "keys": [b"old", b"new"]})
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # which small tables are read by
            return str(connection.exec_driver_sql(f"EXPLAIN {query.statement}", query.parameters).all())
        values = tuple(query.positional_parameters)
        return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query.statement}", values).all())

    assert "ix_texts_author_id_key" in database.read_now(explain)


def test_new_is_what_changed_since_the_last_run_that_came_to_a_verdict(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    def at(second: int) -> datetime:
        return now + timedelta(seconds=second)

    def run(start: int, outcome: runs.Outcome) -> None:
        database.write_now(runs.request, runs.Trigger.SCHEDULE, at(start))
        row = database.write_now(runs.take, "me", at(start), timedelta(minutes=1))
        assert row is not None
        database.write_now(runs.finish, row.id, row.epoch, at(start + 50), outcome=outcome)

    database.write_now(people.set_consent, AUTHOR, True, now)
    made = [add_reading(author_id=AUTHOR) for _ in range(3)]
    for second, reading in enumerate(made):
        database.write_now(corrections.put, reading, AUTHOR, 1, at(second))
        keep(database, reading)
    assert database.read_now(corrections.count_new) == 3
    run(10, runs.Outcome.FAILED)
    assert database.read_now(corrections.count_new) == 3
    run(100, runs.Outcome.REJECTED)
    assert database.read_now(corrections.count_new) == 0
    database.write_now(corrections.put, made[0], AUTHOR, 1, at(120))
    assert database.read_now(corrections.count_new) == 0
    database.write_now(corrections.put, made[0], AUTHOR, 2, at(120))
    assert database.read_now(corrections.count_new) == 1
    run(200, runs.Outcome.PROMOTED)
    assert database.read_now(corrections.count_new) == 0
    assert len(database.read_now(corrections.for_training)) == 3


def test_the_oldest_correction_teaches_first(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    database.write_now(people.set_consent, AUTHOR, True, now)
    for label in (5, 3, 4):
        reading = add_reading(author_id=AUTHOR)
        database.write_now(corrections.put, reading, AUTHOR, label, now)
        keep(database, reading)
    assert [correction.label for correction in database.read_now(corrections.for_training)] == [5, 3, 4]


def test_undoing_keeps_the_row(database: Database, add_reading: Callable[..., int], now: datetime) -> None:
    reading = add_reading()
    database.write_now(corrections.put, reading, AUTHOR, 1, now)
    database.write_now(corrections.undo, reading, AUTHOR, now + timedelta(seconds=1))
    undone = database.read_now(
        lambda connection: connection.execute(select(corrections_table.c.undone_at)).scalar_one()
    )
    assert undone == now + timedelta(seconds=1)


def test_a_tally_counts_people_by_label_most_first(
    database: Database, add_reading: Callable[..., int], now: datetime
) -> None:
    reading, other = add_reading(), add_reading()
    for person, label in ((1, 4), (2, 2), (3, 2), (4, 6), (4, 0), (5, 1)):
        database.write_now(corrections.put, reading, person, label, now)
    database.write_now(corrections.put, other, 1, 3, now)
    database.write_now(corrections.undo, reading, 5, now)
    assert list(database.read_now(corrections.tally, reading).items()) == [(2, 2), (0, 1), (4, 1)]
