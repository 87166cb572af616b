"""What the bot said about each message: emotion, probabilities, model and time, and never the message's text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row, bindparam, case, func, insert, null, select, update

from bot.storage.tables import readings
from ml.emotions import NO_EMOTION, Emotion

if TYPE_CHECKING:
    from ml.classifier import Reading

UNSURE_NO_EMOTION: Final = "no emotion"
"""`ml.classifier.Unsure.NO_EMOTION`, spelled out: its module loads the interpreter, which no migration needs."""

UNSURE_UNREADABLE: Final = "unreadable"
"""`ml.classifier.Unsure.UNREADABLE`, likewise."""


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading as it was stored: what the model made of the message.

    `taught` is the label that the person was told in its place, having corrected the same text before. A reading with
    `withdrawn_at` is of a message that was edited since, and cannot be corrected any more. `edited_at` is Telegram's
    time of the edit that was read, if it was one; `language` is the one that it was told in.
    """

    id: int
    chat_id: int
    message_id: int
    reply_id: int | None
    author_id: int
    emotion: Emotion | None
    unsure: str | None
    none: float
    probabilities: tuple[float, ...]
    model_version: int
    created_at: datetime
    taught: int | None = None
    withdrawn_at: datetime | None = None
    edited_at: datetime | None = None
    language: str | None = None

    @property
    def said(self) -> int | None:
        """The label the bot committed itself to: an emotion, no emotion, or None when it was torn or could not read."""
        if self.emotion is not None:
            return self.emotion
        return NO_EMOTION if self.unsure == UNSURE_NO_EMOTION else None

    @property
    def told(self) -> int | None:
        """The label that people were told: what was taught, or else what the bot committed itself to."""
        return self.said if self.taught is None else self.taught


SAID: Final = case(
    (readings.c.emotion.is_not(None), readings.c.emotion),
    (readings.c.unsure == UNSURE_NO_EMOTION, NO_EMOTION),
    else_=null(),
)
"""`ReadingRow.said`, in SQL."""

PROBABILITIES: Final = tuple(readings.c[name] for name in ("none", *(emotion.label for emotion in Emotion)))
"""The columns that `of_seven` takes."""

_HOLD: Final = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("message"), 0)))
_ADD: Final = insert(readings).returning(readings.c.id)
_SET_REPLY: Final = update(readings).where(readings.c.id == bindparam("reading")).values(reply_id=bindparam("reply"))
_GET: Final = select(readings).where(readings.c.id == bindparam("reading"))
_STANDING: Final = (
    select(readings)
    .where(readings.c.chat_id == bindparam("chat"), readings.c.withdrawn_at.is_(None))
    .order_by(readings.c.id.desc())
    .limit(1)
)
_OF_MESSAGE: Final = _STANDING.where(readings.c.message_id == bindparam("message"))
_TOLD_BY: Final = _STANDING.where(readings.c.reply_id == bindparam("message"))


def add(
    connection: Connection,
    *,
    chat_id: int,
    message_id: int,
    author_id: int,
    reading: "Reading",
    model_version: int,
    now: datetime,
    taught: int | None = None,
    edited_at: datetime | None = None,
    language: str | None = None,
) -> int:
    """Store what was said about one message, and return the reading's id, which is never used again for another.

    Args:
        connection: a transaction that writes.
        chat_id: where the message is.
        message_id: which it is.
        author_id: who wrote it.
        reading: what the model made of it.
        model_version: the version of that model.
        now: the time.
        taught: what the author is told instead, if they taught that before.
        edited_at: Telegram's time of the message's last edit, if it was edited.
        language: the language that it is told in.

    Raises:
        sqlalchemy.exc.IntegrityError: there is no such model version.
    """
    probabilities = {emotion.label: reading.probabilities[emotion] for emotion in Emotion}
    row = {
        "chat_id": chat_id,
        "message_id": message_id,
        "author_id": author_id,
        "emotion": reading.emotion,
        "unsure": reading.unsure,
        "none": reading.none,
        "model_version": model_version,
        "created_at": now,
        "taught": taught,
        "edited_at": edited_at,
        "language": language,
    }
    return connection.execute(_ADD, row | probabilities).scalar_one()


def set_reply(connection: Connection, reading_id: int, reply_id: int) -> None:
    """Note which message of the bot's tells the reading."""
    connection.execute(_SET_REPLY, {"reading": reading_id, "reply": reply_id})


def get(connection: Connection, reading_id: int) -> ReadingRow | None:
    """The reading, or None when there is none of that id (any more)."""
    return _row(connection.execute(_GET, {"reading": reading_id}).one_or_none())


def of_message(connection: Connection, chat_id: int, message_id: int) -> ReadingRow | None:
    """The reading of a message as it is now, or None when it was not read."""
    return _row(connection.execute(_OF_MESSAGE, {"chat": chat_id, "message": message_id}).one_or_none())


def held(connection: Connection, chat_id: int, message_id: int) -> ReadingRow | None:
    """`of_message`, and nobody else who asks for it so comes to know before this transaction ends: two who read a
    message at once make one reading of it. To be asked before anything is locked; on SQLite writers take turns anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_HOLD, {"message": f"{chat_id} {message_id}"})
    return of_message(connection, chat_id, message_id)


def told_by(connection: Connection, chat_id: int, reply_id: int) -> ReadingRow | None:
    """The reading that a message of the bot's tells, or None when it tells none (any more)."""
    return _row(connection.execute(_TOLD_BY, {"chat": chat_id, "message": reply_id}).one_or_none())


def of_seven(none: float, six: Sequence[float]) -> tuple[float, ...]:
    """The probabilities of the seven labels, from that of none and those of the six given that there is one."""
    return (*(share * (1 - none) for share in six), none)


def _row(row: Row[Any] | None) -> ReadingRow | None:
    if row is None:
        return None
    return ReadingRow(
        id=row.id,
        chat_id=row.chat_id,
        message_id=row.message_id,
        reply_id=row.reply_id,
        author_id=row.author_id,
        emotion=None if row.emotion is None else Emotion(row.emotion),
        unsure=row.unsure,
        none=row.none,
        probabilities=(row.sadness, row.joy, row.love, row.anger, row.fear, row.surprise),
        model_version=row.model_version,
        created_at=row.created_at,
        taught=row.taught,
        withdrawn_at=row.withdrawn_at,
        edited_at=row.edited_at,
        language=row.language,
    )
