"""What waits for an admin is shown one at a time, decided once, and decides what teaches."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.storage import corrections, people, review
from bot.storage.database import Database
from bot.storage.review import Blocked, Decision, Found
from bot.storage.tables import corrections as corrections_table
from bot.storage.tables import reviews
from ml.emotions import Emotion

AUTHOR, OTHER, TROLL, ADMIN = 7, 8, 9, 1

Corrected = Callable[..., int]


@pytest.fixture
def corrected(database: Database, add_reading: Callable[..., int], now: datetime) -> Corrected:
    """Store a correction with its text, of people who consent; return the correction's id."""

    def correct(by: int = AUTHOR, label: int = 3, key: bytes = b"key", reading: int | None = None) -> int:
        for person in (AUTHOR, by):
            database.write_now(people.set_consent, person, True, now)
        reading = reading or add_reading(author_id=AUTHOR)
        database.write_now(corrections.put, reading, by, label, now)
        database.write_now(corrections.keep_text, reading, cipher=b"cipher", key=key, held_out=False)
        query = select(corrections_table.c.id).where(
            corrections_table.c.reading_id == reading, corrections_table.c.person_id == by
        )
        return database.read_now(lambda connection: connection.execute(query).scalar_one())

    return correct


def queue(database: Database, now: datetime, *found: tuple[int, int]) -> int:
    return database.write_now(review.queue, [Found(id_, label, "conflict") for id_, label in found], now)


def waits(database: Database) -> int | None:
    item = database.read_now(review.next)
    assert (item is None) is (database.read_now(review.count) == 0)
    return None if item is None else item.correction_id


def teach(database: Database) -> dict[int, bool]:
    """The corrections that teach, and whether they were kept."""
    return {kept.correction_id: kept.kept for kept in database.read_now(corrections.for_training)}


def test_nothing_waits_in_a_new_database(database: Database, now: datetime) -> None:
    assert waits(database) is None
    assert database.read_now(review.blocked) == []
    assert not database.write_now(review.decide, 1, Decision.KEEP, ADMIN, now)
    assert not database.write_now(review.unblock, TROLL)


def test_an_admin_is_shown_what_waits_longest_with_what_others_say(
    database: Database, corrected: Corrected, now: datetime
) -> None:
    first = corrected(by=TROLL, label=3)
    same_text = [corrected(by=person, label=0) for person in (AUTHOR, OTHER)]
    corrected(by=TROLL, label=5)
    corrected(by=OTHER, label=6, key=b"another")
    assert queue(database, now, (first, 3)) == 1
    assert queue(database, now + timedelta(hours=1), (same_text[0], 0), (first, 3)) == 2
    item = database.read_now(review.next)
    assert item is not None
    assert (item.correction_id, item.person_id, item.author_id, item.cipher) == (first, TROLL, AUTHOR, b"cipher")
    assert (item.said, item.label, item.reason, item.found_at) == (Emotion.JOY, 3, "conflict", now)
    assert item.others == {0: 2}


@pytest.mark.parametrize(("decision", "left"), [(Decision.KEEP, True), (Decision.DROP, False), (Decision.BLOCK, False)])
def test_a_decision_is_stored_once_and_says_what_teaches(
    database: Database, corrected: Corrected, now: datetime, decision: Decision, left: bool
) -> None:
    one, another, others = corrected(by=TROLL), corrected(by=TROLL), corrected(by=OTHER)
    queue(database, now, (one, 3), (another, 3))
    assert database.write_now(review.decide, one, decision, ADMIN, now)
    assert not database.write_now(review.decide, one, Decision.KEEP, ADMIN, now)
    expected = {others: False} | ({one: True} if left else {}) | ({another: False} if decision != "block" else {})
    assert teach(database) == expected
    assert waits(database) == (None if decision is Decision.BLOCK else another)
    assert queue(database, now, (another, 3), (one, 3)) == (0 if decision is Decision.BLOCK else 1)
    row = database.read_now(
        lambda connection: connection.execute(select(reviews).where(reviews.c.correction_id == one)).one()
    )
    assert (row.decision, row.decided_by, row.decided_at) == (decision, ADMIN, now)


def test_two_admins_decide_once(database: Database, corrected: Corrected, now: datetime) -> None:
    one = corrected()
    queue(database, now, (one, 3))

    def decide(decision: Decision) -> bool:
        return database.write_now(review.decide, one, decision, ADMIN, now)

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(decide, Decision)) == [False, False, True]


def test_whoever_was_blocked_may_be_let_in_again(database: Database, corrected: Corrected, now: datetime) -> None:
    one = corrected(by=TROLL)
    queue(database, now, (one, 3))
    database.write_now(review.decide, one, Decision.BLOCK, ADMIN, now)
    assert database.read_now(review.blocked) == [Blocked(TROLL, now)]
    later = corrected(by=TROLL)
    assert teach(database) == {}
    assert database.read_now(corrections.count_new) == 0
    assert database.write_now(review.unblock, TROLL)
    assert teach(database) == {one: False, later: False}


def test_another_label_makes_a_decision_void(database: Database, corrected: Corrected, now: datetime) -> None:
    one = corrected(by=OTHER)
    queue(database, now, (one, 3))
    database.write_now(review.decide, one, Decision.DROP, ADMIN, now)
    assert teach(database) == {}
    reading = database.read_now(
        lambda connection: connection.execute(select(corrections_table.c.reading_id)).scalar_one()
    )
    database.write_now(corrections.put, reading, OTHER, 4, now)
    assert teach(database) == {one: False}
    assert queue(database, now, (one, 4)) == 1
    assert waits(database) == one
    database.write_now(corrections.put, reading, OTHER, 5, now)
    assert waits(database) is None
    assert not database.write_now(review.decide, one, Decision.KEEP, ADMIN, now)
    assert queue(database, now, (one, 4)) == 0, "it says another thing by now"


def test_what_no_longer_should_wait_is_not_shown(database: Database, corrected: Corrected, now: datetime) -> None:
    one, another, undone = corrected(), corrected(), corrected()
    queue(database, now, (one, 3), (another, 3), (undone, 3))
    database.write_now(corrections.undo, 3, AUTHOR, now)
    assert database.read_now(review.count) == 2
    assert queue(database, now, (another, 3), (99, 3)) == 1
    assert waits(database) == another
    database.write_now(people.set_consent, AUTHOR, False, now)
    assert waits(database) is None


def test_forgetting_takes_a_persons_reviews_and_an_admins_name(
    database: Database, corrected: Corrected, now: datetime
) -> None:
    one, another = corrected(by=TROLL), corrected(by=OTHER)
    queue(database, now, (one, 3), (another, 3))
    for id_ in (one, another):
        database.write_now(review.decide, id_, Decision.BLOCK, ADMIN, now)
    database.write_now(people.forget, TROLL, now)
    database.write_now(people.forget, ADMIN, now)
    rows = database.read_now(lambda connection: connection.execute(select(reviews)).all())
    assert [(row.correction_id, row.decided_by) for row in rows] == [(another, None)]
    assert database.read_now(review.blocked) == [Blocked(OTHER, now)]
