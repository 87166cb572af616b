"""What the bot said about each message: emotion, probabilities, model and time, and never the message's text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, bindparam, case, insert, null, select, update

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
    `withdrawn_at` is of a message that was edited since, and cannot be corrected any more.
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

    @property
    def said(self) -> int | None:
        """The label the bot committed itself to: an emotion, no emotion, or None when it was torn or could not read."""
        if self.emotion is not None:
            return self.emotion
        return NO_EMOTION if self.unsure == UNSURE_NO_EMOTION else None


SAID: Final = case(
    (readings.c.emotion.is_not(None), readings.c.emotion),
    (readings.c.unsure == UNSURE_NO_EMOTION, NO_EMOTION),
    else_=null(),
)
"""`ReadingRow.said`, in SQL."""

PROBABILITIES: Final = tuple(readings.c[name] for name in ("none", *(emotion.label for emotion in Emotion)))
"""The columns that `of_seven` takes."""

_ADD: Final = insert(readings).returning(readings.c.id)
_SET_REPLY: Final = update(readings).where(readings.c.id == bindparam("reading")).values(reply_id=bindparam("reply"))
_GET: Final = select(readings).where(readings.c.id == bindparam("reading"))


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
    }
    return connection.execute(_ADD, row | probabilities).scalar_one()


def set_reply(connection: Connection, reading_id: int, reply_id: int) -> None:
    """Note which message of the bot's tells the reading."""
    connection.execute(_SET_REPLY, {"reading": reading_id, "reply": reply_id})


def get(connection: Connection, reading_id: int) -> ReadingRow | None:
    """The reading, or None when there is none of that id (any more)."""
    row = connection.execute(_GET, {"reading": reading_id}).one_or_none()
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
    )


def of_seven(none: float, six: Sequence[float]) -> tuple[float, ...]:
    """The probabilities of the seven labels, from that of none and those of the six given that there is one."""
    return (*(share * (1 - none) for share in six), none)
