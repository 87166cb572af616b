"""What people say the readings should have been, and the texts they let the bot keep for learning.

A correction stands until it is undone; every change of one is noted in a log that is only ever added to. A kept text
belongs to a reading, so to its author: it is kept only with the author's consent and while a correction of the reading
stands, and however many people correct, it is kept once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy import insert as plain_insert

from bot.storage.database import INSERT, Upsert
from bot.storage.models import Status
from bot.storage.readings import PROBABILITIES, SAID, UNSURE_UNREADABLE, of_seven
from bot.storage.review import Decision
from bot.storage.runs import Outcome
from bot.storage.tables import correction_log, corrections, models, people, readings, reviews, runs, texts
from ml.emotions import Emotion

_corrector, _review = people.alias(), reviews.alias()
_TEACHING: Final = corrections.join(texts, texts.c.reading_id == corrections.c.reading_id)
_MAY_TEACH: Final = and_(
    corrections.c.undone_at.is_(None),
    exists().where(_corrector.c.id == corrections.c.person_id, _corrector.c.consent, _corrector.c.blocked_at.is_(None)),
    ~exists().where(
        _review.c.correction_id == corrections.c.id,
        _review.c.label == corrections.c.label,
        _review.c.decision != Decision.KEEP,
    ),
)
"""Of what is joined in `_TEACHING`. That a text's author consents needs no look: without that it is not kept."""

_SIX: Final = slice(1, 1 + len(Emotion))
"""Where the probabilities of the six are, in a row that begins with `PROBABILITIES`."""


def _put(row: Upsert) -> Executable:
    return row.on_conflict_do_update(
        index_elements=[corrections.c.reading_id, corrections.c.person_id],
        set_={name: row.excluded[name] for name in ("label", "changed_at", "said", "model_version")}
        | {"undone_at": None},
    )


def _keep(row: Upsert) -> Executable:
    return row.on_conflict_do_update(
        index_elements=[texts.c.reading_id],
        set_={"cipher": row.excluded.cipher, "key": row.excluded.key, "held_out": row.excluded.held_out},
    )


_AUTHOR: Final = (
    select(people.c.id, people.c.consent)
    .where(people.c.id == select(readings.c.author_id).where(readings.c.id == bindparam("reading")).scalar_subquery())
    .with_for_update(key_share=True)
)
_LOCK: Final = (
    select(
        readings.c.withdrawn_at,
        readings.c.model_version,
        case((readings.c.taught.is_(None), SAID), else_=null()).label("said"),
    )
    .where(readings.c.id == bindparam("reading"))
    .with_for_update(key_share=True)
)
"""Locks, so that on PostgreSQL no text comes to be kept just as its right to be is lost; on SQLite writers take turns.
Every transaction locks in the order people, readings, corrections, texts, so that no two wait for each other."""

_STANDING: Final = select(corrections.c.label).where(
    corrections.c.reading_id == bindparam("reading"),
    corrections.c.person_id == bindparam("person"),
    corrections.c.undone_at.is_(None),
)
_SOMEBODY: Final = (
    select(corrections.c.id)
    .where(corrections.c.reading_id == bindparam("reading"), corrections.c.undone_at.is_(None))
    .limit(1)
)
_LOG: Final = plain_insert(correction_log)
_SAME_TEXT: Final = select(texts.c.reading_id).where(
    texts.c.author_id == bindparam("person"), texts.c.key.in_(bindparam("keys", expanding=True))
)
_LAST_SAID: Final = (
    select(corrections.c.label)
    .where(
        corrections.c.reading_id.in_(bindparam("readings", expanding=True)),
        corrections.c.person_id == bindparam("person"),
        corrections.c.undone_at.is_(None),
    )
    .order_by(corrections.c.changed_at.desc(), corrections.c.id.desc())
    .limit(1)
)

_PUT: Final = {dialect: _put(insert_into(corrections)) for dialect, insert_into in INSERT.items()}
_KEEP: Final = {dialect: _keep(insert_into(texts)) for dialect, insert_into in INSERT.items()}


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
    """A correction to learn from.

    Attributes:
        correction_id: of its row.
        cipher: the encrypted text.
        label: what the person says it should be read as.
        person_id: who says so.
        author_id: who wrote the text.
        at: when it was said last.
        said: the label that the reading had committed itself to, if any.
        probabilities: of the seven labels, as the reading had them; None where it could not read the text.
        kept: whether an admin looked at it and kept it.
    """

    correction_id: int
    cipher: bytes
    label: int
    person_id: int
    author_id: int
    at: datetime
    said: int | None
    probabilities: tuple[float, ...] | None
    kept: bool


@dataclass(frozen=True, slots=True)
class Lessons:
    """What became of the corrections of one person that may teach: the model that serves learned from `taught`,
    `judging` are held out and never train, and `waiting` are for the next run."""

    taught: int
    judging: int
    waiting: int


def put(connection: Connection, reading_id: int, person_id: int, label: int, now: datetime) -> bool:
    """Store the person's correction, in place of their last one, and return whether that changed anything.

    It does not where they had said so already, or the reading was withdrawn.

    Raises:
        sqlalchemy.exc.IntegrityError: there is no such reading (any more), or no such label.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_AUTHOR, {"reading": reading_id})  # `keep_text` may follow, and has to lock it first
    reading = connection.execute(_LOCK, {"reading": reading_id}).one_or_none()
    before = _label(connection, reading_id, person_id)
    if before == label or (reading is not None and reading.withdrawn_at is not None):
        return False
    row = {"reading_id": reading_id, "person_id": person_id, "label": label, "created_at": now, "changed_at": now}
    row |= (
        {"said": None, "model_version": None}
        if reading is None
        else {"said": reading.said, "model_version": reading.model_version}
    )
    connection.execute(_PUT[connection.dialect.name], row)
    _note(connection, reading_id, person_id, before, label, now)
    return True


def undo(connection: Connection, reading_id: int, person_id: int, now: datetime) -> bool:
    """Take the person's correction back, and return whether there was one that stood.

    A text that no standing correction is about any more is deleted.
    """
    connection.execute(_LOCK, {"reading": reading_id})
    before = _label(connection, reading_id, person_id)
    if before is None:
        return False
    connection.execute(
        update(corrections).where(_standing(reading_id), corrections.c.person_id == person_id).values(undone_at=now)
    )
    _note(connection, reading_id, person_id, before, None, now)
    connection.execute(delete(texts).where(texts.c.reading_id == reading_id, ~exists().where(_standing(reading_id))))
    return True


def withdraw(connection: Connection, reading_id: int, now: datetime) -> None:
    """Take back whatever anybody said of the reading, and let nobody correct it any more: its message was edited."""
    connection.execute(_LOCK, {"reading": reading_id})
    stood = select(corrections.c.person_id, corrections.c.label).where(_standing(reading_id))
    for person_id, label in connection.execute(stood).all():
        _note(connection, reading_id, person_id, label, None, now)
    connection.execute(update(corrections).where(_standing(reading_id)).values(undone_at=now))
    connection.execute(delete(texts).where(texts.c.reading_id == reading_id))
    connection.execute(
        update(readings).where(readings.c.id == reading_id, readings.c.withdrawn_at.is_(None)).values(withdrawn_at=now)
    )


def taught(connection: Connection, person_id: int, keys: Sequence[bytes]) -> int | None:
    """The label that the person gave last to a text of theirs with one of those keyed hashes; None when they gave none.

    Only what may be remembered counts: what is kept, so with their consent, and was not taken back. For a text that
    they never corrected this is one look into an index.
    """
    same = connection.execute(_SAME_TEXT, {"person": person_id, "keys": keys}).scalars().all() if keys else ()
    if not same:
        return None
    return connection.execute(_LAST_SAID, {"person": person_id, "readings": same}).scalar_one_or_none()


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


def tally(connection: Connection, reading_id: int) -> dict[int, int]:
    """How many people say what of the reading, by label; most first."""
    count = func.count()
    query = select(corrections.c.label, count).where(_standing(reading_id)).group_by(corrections.c.label)
    rows = connection.execute(query.order_by(count.desc(), corrections.c.label))
    return {label: votes for label, votes in rows.all()}  # noqa: C416 - mypy takes no rows for pairs


def keep_text(connection: Connection, reading_id: int, *, cipher: bytes, key: bytes, held_out: bool) -> bool:
    """Keep the reading's text, encrypted, beside its keyed hash; return whether it is kept.

    It is not when its author has not said yes, or when no correction of the reading stands.
    """
    author = connection.execute(_AUTHOR, {"reading": reading_id}).one_or_none()
    connection.execute(_LOCK, {"reading": reading_id})
    if author is None or not author.consent:
        return False
    if connection.execute(_SOMEBODY, {"reading": reading_id}).first() is None:
        return False
    row = {"reading_id": reading_id, "author_id": author.id, "cipher": cipher, "key": key, "held_out": held_out}
    connection.execute(_KEEP[connection.dialect.name], row)
    return True


def for_training(connection: Connection) -> list[KeptCorrection]:
    """The corrections that may teach now, oldest first: standing, with a kept text, of people who consent.

    Both must have said yes: the author of the text, and who corrected it.
    """
    query = (
        select(
            *PROBABILITIES,
            corrections.c.id,
            texts.c.cipher,
            corrections.c.label,
            corrections.c.person_id,
            readings.c.author_id,
            corrections.c.changed_at,
            SAID.label("said"),
            readings.c.unsure,
            reviews.c.decision,
        )
        .select_from(
            _TEACHING.join(readings, readings.c.id == corrections.c.reading_id).outerjoin(
                reviews, and_(reviews.c.correction_id == corrections.c.id, reviews.c.label == corrections.c.label)
            )
        )
        .where(_MAY_TEACH, exists().where(people.c.id == texts.c.author_id, people.c.consent))
        .order_by(corrections.c.id)
    )
    return [
        KeptCorrection(
            correction_id=row.id,
            cipher=row.cipher,
            label=row.label,
            person_id=row.person_id,
            author_id=row.author_id,
            at=row.changed_at,
            said=row.said,
            probabilities=None if row.unsure == UNSURE_UNREADABLE else of_seven(row.none, row[_SIX]),
            kept=row.decision == Decision.KEEP,
        )
        for row in connection.execute(query)
    ]


def count_new(connection: Connection, until: datetime | None = None) -> int:
    """How many corrections may teach that no finished run has seen: those changed since the last one started.

    With `until`, those that were said by then, as far as can be told: what was changed later is not among them.
    """
    seen = select(func.max(runs.c.started_at)).where(runs.c.outcome.in_([Outcome.PROMOTED, Outcome.REJECTED]))
    since = seen.scalar_subquery()
    query = (
        select(func.count())
        .select_from(_TEACHING)
        .where(_MAY_TEACH, or_(since.is_(None), corrections.c.changed_at > since))
    )
    if until is not None:
        query = query.where(corrections.c.changed_at <= until)
    return connection.execute(query).scalar_one()


def lessons(connection: Connection, person_id: int) -> Lessons:
    """What became of the person's corrections that may teach."""
    began = (
        select(runs.c.started_at).join(models, models.c.run_id == runs.c.id).where(models.c.status == Status.CHAMPION)
    )
    learned = func.coalesce(corrections.c.changed_at <= began.scalar_subquery(), false())
    query = (
        select(texts.c.held_out, learned.label("learned"), func.count())
        .select_from(_TEACHING)
        .where(_MAY_TEACH, corrections.c.person_id == person_id)
        .group_by("held_out", "learned")
    )
    counts = {(bool(held_out), bool(known)): count for held_out, known, count in connection.execute(query)}
    return Lessons(
        taught=counts.get((False, True), 0),
        judging=counts.get((True, True), 0) + counts.get((True, False), 0),
        waiting=counts.get((False, False), 0),
    )


def _label(connection: Connection, reading_id: int, person_id: int) -> int | None:
    """What the person says of the reading, as it stands."""
    return connection.execute(_STANDING, {"reading": reading_id, "person": person_id}).scalar_one_or_none()


def _note(
    connection: Connection, reading_id: int, person_id: int, old: int | None, new: int | None, now: datetime
) -> None:
    row = {"person_id": person_id, "reading_id": reading_id, "old_label": old, "new_label": new, "created_at": now}
    connection.execute(_LOG, row)


def _standing(reading_id: int) -> ColumnElement[bool]:
    return and_(corrections.c.reading_id == reading_id, corrections.c.undone_at.is_(None))
