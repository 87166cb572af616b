"""What people say the readings should have been, and the texts they let the bot keep for learning.

A correction stands until it is undone. A kept text belongs to a reading, so to its author: it is kept only with the
author's consent and while a correction of the reading stands, and however many people correct, it is kept once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Executable, and_, bindparam, delete, exists, func, or_, select, update

from bot.storage.database import INSERT, Upsert, insert
from bot.storage.readings import SAID
from bot.storage.runs import Outcome
from bot.storage.tables import corrections, people, readings, runs, texts

_author, _corrector = people.alias(), people.alias()
_TEACHING: Final = (
    corrections.join(readings, readings.c.id == corrections.c.reading_id)
    .join(texts, texts.c.reading_id == readings.c.id)
    .join(_author, _author.c.id == readings.c.author_id)
    .join(_corrector, _corrector.c.id == corrections.c.person_id)
)
_MAY_TEACH: Final = and_(corrections.c.undone_at.is_(None), _author.c.consent, _corrector.c.consent)


def _put(row: Upsert) -> Executable:
    return row.on_conflict_do_update(
        index_elements=[corrections.c.reading_id, corrections.c.person_id],
        set_={"label": row.excluded.label, "changed_at": row.excluded.changed_at, "undone_at": None},
        where=or_(corrections.c.label != row.excluded.label, corrections.c.undone_at.is_not(None)),
    ).returning(corrections.c.id)


_AUTHOR: Final = (
    select(people.c.id, people.c.consent)
    .where(people.c.id == select(readings.c.author_id).where(readings.c.id == bindparam("reading")).scalar_subquery())
    .with_for_update(read=True)
)
_LOCK: Final = select(readings.c.id).where(readings.c.id == bindparam("reading")).with_for_update(key_share=True)
"""Locks, so that on PostgreSQL no text comes to be kept just as its right to be is lost; on SQLite writers take turns.
Every transaction locks in the order people, readings, corrections, texts, so that no two wait for each other."""

_PUT: Final = {dialect: _put(insert_into(corrections)) for dialect, insert_into in INSERT.items()}


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One person's standing correction of one reading; `label` is an emotion's id or 6, no emotion."""

    reading_id: int
    person_id: int
    label: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class KeptCorrection:
    """A correction to learn from. `cipher` is the encrypted text, which its author wrote and this person corrected;
    `confirmation` is that the reading had said the same."""

    cipher: bytes
    label: int
    person_id: int
    author_id: int
    confirmation: bool


def put(connection: Connection, reading_id: int, person_id: int, label: int, now: datetime) -> bool:
    """Store the person's correction, in place of their last one, and return whether that changed anything.

    Raises:
        sqlalchemy.exc.IntegrityError: there is no such reading (any more), or no such label.
    """
    row = {"reading_id": reading_id, "person_id": person_id, "label": label, "created_at": now, "changed_at": now}
    return connection.execute(_PUT[connection.dialect.name], row).one_or_none() is not None


def undo(connection: Connection, reading_id: int, person_id: int, now: datetime) -> bool:
    """Take the person's correction back, and return whether there was one that stood.

    A text that no standing correction is about any more is deleted.
    """
    connection.execute(_LOCK, {"reading": reading_id})
    stood = connection.execute(
        update(corrections).where(_standing(reading_id), corrections.c.person_id == person_id).values(undone_at=now)
    ).rowcount
    connection.execute(delete(texts).where(texts.c.reading_id == reading_id, ~exists().where(_standing(reading_id))))
    return stood > 0


def get(connection: Connection, reading_id: int, person_id: int) -> CorrectionRow | None:
    """The person's correction of the reading; None when they made none or took it back."""
    row = connection.execute(
        select(
            corrections.c.reading_id,
            corrections.c.person_id,
            corrections.c.label,
            corrections.c.created_at,
            corrections.c.changed_at,
        ).where(_standing(reading_id), corrections.c.person_id == person_id)
    ).one_or_none()
    return None if row is None else CorrectionRow(*row)


def keep_text(connection: Connection, reading_id: int, *, cipher: bytes, key: bytes, held_out: bool) -> bool:
    """Keep the reading's text, encrypted, beside its keyed hash; return whether it is kept.

    It is not when its author has not said yes, or when no correction of the reading stands.
    """
    author = connection.execute(_AUTHOR, {"reading": reading_id}).one_or_none()
    connection.execute(_LOCK, {"reading": reading_id})
    if author is None or not author.consent:
        return False
    if not connection.execute(select(exists().where(_standing(reading_id)))).scalar_one():
        return False
    row = insert(connection, texts).values(
        reading_id=reading_id, author_id=author.id, cipher=cipher, key=key, held_out=held_out
    )
    connection.execute(
        row.on_conflict_do_update(
            index_elements=[texts.c.reading_id],
            set_={"cipher": row.excluded.cipher, "key": row.excluded.key, "held_out": row.excluded.held_out},
        )
    )
    return True


def for_training(connection: Connection) -> list[KeptCorrection]:
    """The corrections that may teach now, oldest first: standing, with a kept text, of people who consent.

    Both must have said yes: the author of the text, and who corrected it.
    """
    query = (
        select(texts.c.cipher, corrections.c.label, corrections.c.person_id, readings.c.author_id, SAID)
        .select_from(_TEACHING)
        .where(_MAY_TEACH)
        .order_by(corrections.c.id)
    )
    return [
        KeptCorrection(cipher, label, person_id, author_id, confirmation=label == said)
        for cipher, label, person_id, author_id, said in connection.execute(query)
    ]


def count_new(connection: Connection) -> int:
    """How many corrections may teach that no finished run has seen: those changed since the last one started."""
    seen = select(func.max(runs.c.started_at)).where(runs.c.outcome.in_([Outcome.PROMOTED, Outcome.REJECTED]))
    since = seen.scalar_subquery()
    query = (
        select(func.count())
        .select_from(_TEACHING)
        .where(_MAY_TEACH, or_(since.is_(None), corrections.c.changed_at > since))
    )
    return connection.execute(query).scalar_one()


def _standing(reading_id: int) -> ColumnElement[bool]:
    return and_(corrections.c.reading_id == reading_id, corrections.c.undone_at.is_(None))
