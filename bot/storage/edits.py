"""A message that its author edited: read anew, and what was said of it before is taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from bot.storage import corrections, readings
from bot.storage.tables import readings as table

if TYPE_CHECKING:
    from ml.classifier import Reading


@dataclass(frozen=True, slots=True)
class Replaced:
    """The new reading's id, what its author is told in its place, and the message of the bot's, if any, that told the
    old one and now is to tell this."""

    reading_id: int
    taught: int | None
    reply_id: int | None


def withdraw(connection: Connection, chat_id: int, message_id: int, now: datetime) -> int | None:
    """Withdraw the readings of a message, with their corrections and texts; return which message of the bot's, if any,
    told the last of them."""
    query = (
        select(table.c.id, table.c.reply_id)
        .where(table.c.chat_id == chat_id, table.c.message_id == message_id, table.c.withdrawn_at.is_(None))
        .order_by(table.c.id)
    )
    old = connection.execute(query).all()
    for row in old:
        corrections.withdraw(connection, row.id, now)
    return next((row.reply_id for row in reversed(old) if row.reply_id is not None), None)


def replace(
    connection: Connection,
    *,
    chat_id: int,
    message_id: int,
    author_id: int,
    reading: "Reading",
    model_version: int,
    now: datetime,
    keys: Sequence[bytes] = (),
    edited_at: datetime | None = None,
    language: str | None = None,
) -> Replaced:
    """Store a reading of the edited message, and withdraw those of it as it was.

    The new reading is told by the message that told the old one. Takes and raises what `readings.add` does, but for
    `keys`: the keyed hashes under which the author may have taught the text, elsewhere than in what is withdrawn.
    """
    reply_id = withdraw(connection, chat_id, message_id, now)
    taught = corrections.taught(connection, author_id, keys)
    reading_id = readings.add(
        connection,
        chat_id=chat_id,
        message_id=message_id,
        author_id=author_id,
        reading=reading,
        model_version=model_version,
        now=now,
        taught=taught,
        edited_at=edited_at,
        language=language,
    )
    if reply_id is not None:
        readings.set_reply(connection, reading_id, reply_id)
    return Replaced(reading_id, taught, reply_id)
