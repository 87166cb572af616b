"""Consent is what the person said last; forgetting leaves nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from bot.storage import corrections, people, readings, runs
from bot.storage.database import Database
from bot.storage.tables import correction_log, metadata, texts

AUTHOR, OTHER = 7, 8


def kept(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(texts)).scalar_one()


def rows(connection: Connection) -> dict[str, int]:
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in metadata.tables.items()
    }


@pytest.fixture
def corrected(database: Database, add_reading: Callable[..., int], now: datetime) -> Callable[..., int]:
    """Store a reading of `author_id`, correct it as `by`, keep its text where that is allowed; return its id."""

    def correct(author_id: int = AUTHOR, by: int = AUTHOR, cipher: bytes = b"cipher") -> int:
        reading = add_reading(author_id=author_id)
        database.write_now(corrections.put, reading, by, 3, now)
        database.write_now(corrections.keep_text, reading, cipher=cipher, key=b"key", held_out=False)
        return reading

    return correct


def test_a_stranger_has_not_answered(database: Database) -> None:
    assert database.read_now(people.consent, AUTHOR) is None
    assert database.read_now(people.languages, [AUTHOR]) == {AUTHOR: None}


def test_the_last_answer_counts(database: Database, now: datetime) -> None:
    for given in (False, True, True, False):
        database.write_now(people.set_consent, AUTHOR, given, now)
        assert database.read_now(people.consent, AUTHOR) is given
    assert database.read_now(people.consent, OTHER) is None


def test_a_person_is_asked_once(database: Database, now: datetime) -> None:
    database.write_now(people.set_language, AUTHOR, "ru", now)
    assert [database.write_now(people.ask, AUTHOR, now) for _ in range(3)] == [True, False, False]
    assert database.read_now(people.consent, AUTHOR) is None
    database.write_now(people.set_consent, OTHER, False, now)
    assert database.write_now(people.ask, OTHER, now) is False


def test_the_language_is_kept_apart_from_consent(database: Database, now: datetime) -> None:
    database.write_now(people.set_language, AUTHOR, "ru", now)
    assert database.read_now(people.consent, AUTHOR) is None
    database.write_now(people.set_consent, AUTHOR, True, now)
    assert database.read_now(people.languages, [AUTHOR]) == {AUTHOR: "ru"}
    database.write_now(people.set_language, AUTHOR, "en", now)
    assert database.read_now(people.languages, [AUTHOR]) == {AUTHOR: "en"}
    assert database.read_now(people.consent, AUTHOR) is True


def test_an_admin_is_told_in_the_language_they_chose_or_else_that_of_their_telegram(
    database: Database, now: datetime
) -> None:
    assert database.read_now(people.language_to_tell_in, AUTHOR) is None
    for noted in ("de", "ru"):
        database.write_now(people.note_language, AUTHOR, noted, now)
        assert database.read_now(people.language_to_tell_in, AUTHOR) == noted
    database.write_now(people.set_language, AUTHOR, "en", now)
    assert database.read_now(people.language_to_tell_in, AUTHOR) == "en"


def test_a_no_deletes_the_texts_of_the_person_and_nobody_elses(
    database: Database, corrected: Callable[..., int], now: datetime
) -> None:
    for person in (AUTHOR, OTHER):
        database.write_now(people.set_consent, person, True, now)
        corrected(person, by=person)
        corrected(person, by=15 - person)
    assert database.read_now(kept) == 4
    database.write_now(people.set_consent, AUTHOR, False, now)
    assert database.read_now(kept) == 2
    assert {correction.person_id for correction in database.read_now(corrections.for_training)} == {OTHER}
    database.write_now(people.set_consent, AUTHOR, True, now)
    assert database.read_now(kept) == 2


def test_a_no_that_fails_half_way_changes_nothing(
    database: Database, corrected: Callable[..., int], now: datetime
) -> None:
    def no(connection: Connection) -> None:
        people.set_consent(connection, AUTHOR, False, now)
        assert kept(connection) == 0
        raise LookupError

    database.write_now(people.set_consent, AUTHOR, True, now)
    corrected()
    with pytest.raises(LookupError):
        database.write_now(no)
    assert database.read_now(kept) == 1
    assert database.read_now(people.consent, AUTHOR) is True


def test_forgetting_leaves_others_what_is_theirs(
    database: Database, corrected: Callable[..., int], now: datetime
) -> None:
    for person in (AUTHOR, OTHER):
        database.write_now(people.set_consent, person, True, now)
    mine, others = corrected(AUTHOR, by=AUTHOR), corrected(OTHER, by=OTHER)
    database.write_now(corrections.put, mine, OTHER, 2, now)
    database.write_now(corrections.put, others, AUTHOR, 2, now)

    assert database.write_now(people.forget, AUTHOR, now) == 3

    assert database.read_now(people.consent, AUTHOR) is None
    assert database.read_now(readings.get, mine) is None
    assert database.read_now(corrections.get, mine, OTHER) is None
    assert database.read_now(corrections.get, others, AUTHOR) is None
    correction = database.read_now(corrections.get, others, OTHER)
    assert correction is not None
    assert correction.label == 3
    left = database.read_now(rows)
    assert (left["people"], left["readings"], left["corrections"], left["texts"]) == (1, 1, 1, 1)
    log = database.read_now(lambda connection: connection.execute(select(correction_log.c.person_id)).scalars().all())
    assert list(log) == [OTHER, OTHER]


def test_forgetting_a_stranger_is_no_error(database: Database, now: datetime) -> None:
    assert database.write_now(people.forget, AUTHOR, now) == 0


def test_forgetting_takes_the_person_out_of_the_runs_they_asked_for(database: Database, now: datetime) -> None:
    run = database.write_now(runs.request, runs.Trigger.ADMIN, now, requested_by=AUTHOR, chat_id=AUTHOR, message_id=5)
    assert run is not None
    database.write_now(people.forget, OTHER, now)
    row = database.read_now(runs.get, run)
    assert row is not None
    assert (row.requested_by, row.chat_id, row.message_id) == (AUTHOR, AUTHOR, 5)
    database.write_now(people.forget, AUTHOR, now)
    row = database.read_now(runs.get, run)
    assert row is not None
    assert (row.requested_by, row.chat_id, row.message_id) == (None, None, None)


def test_a_hint_is_given_once_a_while_and_is_no_question_of_consent(database: Database, now: datetime) -> None:
    hour = timedelta(hours=1)

    def hint(after: timedelta) -> bool:
        return database.write_now(people.hint, AUTHOR, now + after, hour)

    moments = (0 * hour, 0.9 * hour, hour, 1.5 * hour, 3 * hour)
    assert [hint(after) for after in moments] == [True, False, True, False, True]
    assert database.write_now(people.ask, AUTHOR, now)
    assert not hint(3 * hour)
    database.write_now(people.forget, AUTHOR, now)
    assert hint(3 * hour)
