"""All that is stored about one message, for whoever looks on in the demo."""

from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from bot.storage import readings as readings_
from bot.storage.readings import ReadingRow
from bot.storage.tables import corrections, readings, texts


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one person says of a reading, or said until they took it back."""

    person_id: int
    label: int
    undone: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """A reading, what people say of it, and its text, encrypted, where that is kept."""

    reading: ReadingRow
    opinions: tuple[Opinion, ...]
    cipher: bytes | None
    held_out: bool


def about(connection: Connection, chat_id: int, message_id: int) -> Stored | None:
    """What is stored about a person's message, or about the bot's message that told its reading."""
    found = connection.execute(
        select(readings.c.id, texts.c.cipher, texts.c.held_out)
        .outerjoin_from(readings, texts, texts.c.reading_id == readings.c.id)
        .where(
            readings.c.chat_id == chat_id,
            or_(readings.c.message_id == message_id, readings.c.reply_id == message_id),
        )
        .order_by(readings.c.id.desc())
        .limit(1)
    ).one_or_none()
    reading = None if found is None else readings_.get(connection, found.id)
    if found is None or reading is None:
        return None
    said = connection.execute(
        select(corrections.c.person_id, corrections.c.label, corrections.c.undone_at.is_not(None))
        .where(corrections.c.reading_id == found.id)
        .order_by(corrections.c.id)
    )
    opinions = tuple(Opinion(*row) for row in said)
    return Stored(reading, opinions, found.cipher, bool(found.held_out))
