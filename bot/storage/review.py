"""Corrections that an admin is to look at, and what they decided about them.

What waits is found by whoever weighs corrections; here it is queued, shown oldest first, and decided once. A decision
is about a correction as it was: once the person says another label, it is void.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Executable, Select, and_, bindparam, delete, func, or_, select, update

from bot.storage.database import INSERT, Upsert
from bot.storage.readings import SAID
from bot.storage.tables import corrections, people, readings, reviews, texts

_author, _corrector = people.alias(), people.alias()


class Decision(StrEnum):
    """What an admin decided: the correction teaches in full, or not at all; or nothing of the person teaches."""

    KEEP = "keep"
    DROP = "drop"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Found:
    """A correction that should wait: its id, what it says, and why."""

    correction_id: int
    label: int
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """What an admin is shown.

    Attributes:
        correction_id: what is decided about.
        reading_id: what was corrected.
        person_id: who corrected.
        author_id: who wrote the text.
        cipher: the encrypted text.
        said: the label that the reading had committed itself to, if any.
        label: what the person says instead, or as well.
        reason: why it waits.
        found_at: since when.
        others: how many other people say each label of the same text.
    """

    correction_id: int
    reading_id: int
    person_id: int
    author_id: int
    cipher: bytes
    said: int | None
    label: int
    reason: str
    found_at: datetime
    others: dict[int, int]


@dataclass(frozen=True, slots=True)
class Blocked:
    """A person whose corrections teach nothing, and since when."""

    person_id: int
    since: datetime


def _add(row: Upsert) -> Executable:
    """Queue the correction, if it is still there and still says so, and was not decided about."""
    there = (
        select(
            corrections.c.id,
            corrections.c.label,
            bindparam("because", type_=reviews.c.reason.type),
            bindparam("now", type_=reviews.c.found_at.type),
        )
        .where(corrections.c.id == bindparam("found"), corrections.c.label == bindparam("said"))
        .with_for_update(read=True, key_share=True)
    )
    return row.from_select(["correction_id", "label", "reason", "found_at"], there).on_conflict_do_update(
        index_elements=[reviews.c.correction_id],
        set_={
            "label": row.excluded.label,
            "reason": row.excluded.reason,
            "found_at": row.excluded.found_at,
            "decision": None,
            "decided_by": None,
            "decided_at": None,
        },
        where=or_(reviews.c.label != row.excluded.label, reviews.c.decision.is_(None)),
    )


_ADD: Final = {dialect: _add(insert_into(reviews)) for dialect, insert_into in INSERT.items()}


def queue(connection: Connection, found: Iterable[Found], now: datetime) -> int:
    """Let what was found wait, and nothing else, and return how much waits. What was decided stays decided."""
    waiting = {one.correction_id: one for one in found}
    queued = select(reviews.c.correction_id, reviews.c.label).where(reviews.c.decision.is_(None))
    before = {row.correction_id: row.label for row in connection.execute(queued)}
    gone = [id_ for id_, label in before.items() if id_ not in waiting or waiting[id_].label != label]
    for id_ in gone:
        connection.execute(delete(reviews).where(reviews.c.correction_id == id_, reviews.c.decision.is_(None)))
    for one in waiting.values():
        if before.get(one.correction_id) != one.label:
            row = {"found": one.correction_id, "said": one.label, "because": one.reason, "now": now}
            connection.execute(_ADD[connection.dialect.name], row)
    return count(connection)


def count(connection: Connection) -> int:
    """How many corrections wait."""
    return connection.execute(_waiting().with_only_columns(func.count())).scalar_one()


def next(connection: Connection) -> Item | None:  # noqa: A001 - read as review.next
    """The correction that waits longest; None when none does."""
    columns = (
        corrections.c.id,
        corrections.c.reading_id,
        corrections.c.person_id,
        readings.c.author_id,
        texts.c.cipher,
        SAID.label("said"),
        corrections.c.label,
        reviews.c.reason,
        reviews.c.found_at,
        texts.c.key,
    )
    query = _waiting().with_only_columns(*columns).order_by(reviews.c.found_at, corrections.c.id).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Item(
        correction_id=row.id,
        reading_id=row.reading_id,
        person_id=row.person_id,
        author_id=row.author_id,
        cipher=row.cipher,
        said=row.said,
        label=row.label,
        reason=row.reason,
        found_at=row.found_at,
        others=_others(connection, row.key, row.person_id),
    )


def decide(
    connection: Connection, correction_id: int, decision: Decision, by: int, now: datetime, *, label: int | None = None
) -> bool:
    """Store what the admin decided; False when the correction waits no longer, whoever or whatever saw to that.

    With `label`, what the admin was shown that it says: it may say another by now, and wait again.
    """
    waits = _waiting().with_only_columns(corrections.c.person_id).where(corrections.c.id == correction_id)
    if label is not None:
        waits = waits.where(corrections.c.label == label)
    person_id = connection.execute(waits).scalar_one_or_none()
    if person_id is None:
        return False
    decided = connection.execute(
        update(reviews)
        .where(reviews.c.correction_id == correction_id, reviews.c.decision.is_(None))
        .values(decision=decision, decided_by=by, decided_at=now)
    )
    if decided.rowcount == 0:
        return False
    if decision is Decision.BLOCK:
        connection.execute(update(people).where(people.c.id == person_id).values(blocked_at=now))
    return True


def blocked(connection: Connection) -> list[Blocked]:
    """Whose corrections teach nothing, those blocked first first."""
    query = (
        select(people.c.id, people.c.blocked_at).where(people.c.blocked_at.is_not(None)).order_by("blocked_at", "id")
    )
    return [Blocked(id_, since) for id_, since in connection.execute(query) if since is not None]


def unblock(connection: Connection, person_id: int) -> bool:
    """Let the person's corrections teach again, the one they were blocked for as well; False when they were not."""
    result = connection.execute(
        update(people).where(people.c.id == person_id, people.c.blocked_at.is_not(None)).values(blocked_at=None)
    )
    theirs = select(corrections.c.id).where(corrections.c.person_id == person_id)
    connection.execute(delete(reviews).where(reviews.c.decision == Decision.BLOCK, reviews.c.correction_id.in_(theirs)))
    return result.rowcount > 0


def _waiting() -> Select[int]:
    """Corrections that wait and would teach if they were kept."""
    return (
        select(reviews.c.correction_id)
        .select_from(reviews)
        .join(corrections, corrections.c.id == reviews.c.correction_id)
        .join(readings, readings.c.id == corrections.c.reading_id)
        .join(texts, texts.c.reading_id == readings.c.id)
        .join(_author, _author.c.id == readings.c.author_id)
        .join(_corrector, _corrector.c.id == corrections.c.person_id)
        .where(
            reviews.c.decision.is_(None),
            reviews.c.label == corrections.c.label,
            corrections.c.undone_at.is_(None),
            _author.c.consent,
            _corrector.c.consent,
            _corrector.c.blocked_at.is_(None),
        )
    )


def _others(connection: Connection, key: bytes, person_id: int) -> dict[int, int]:
    """How many people but this one say each label of texts with that keyed hash."""
    query = (
        select(corrections.c.label, func.count(corrections.c.person_id.distinct()).label("people"))
        .join(texts, texts.c.reading_id == corrections.c.reading_id)
        .where(and_(texts.c.key == key, corrections.c.undone_at.is_(None), corrections.c.person_id != person_id))
        .group_by(corrections.c.label)
        .order_by(corrections.c.label)
    )
    return {row.label: row.people for row in connection.execute(query)}
