"""A message comes, its emotion is told."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Connection
from telegram import Message, Update, User

from bot.handlers.context import Context, Parts, texts_of, typing, words_of
from bot.handlers.telling import told
from bot.replies import keyboards, reading
from bot.replies.texts import Texts
from bot.storage import corrections, readings
from bot.storage.database import AWAY

PATIENCE: Final = 2.0
"""Seconds that the database gets to store a reading before it is told without buttons."""


async def read(update: Update, context: Context) -> None:
    """Reply to a text or caption with what is heard in it, and with a button for each thing it might be instead."""
    message, author = update.effective_message, update.effective_user
    if message is not None and author is not None:
        async with typing(message):
            await _read(message, author, context.parts, texts_of(update))


async def _read(message: Message, author: User, parts: Parts, texts: Texts) -> None:
    text, model = words_of(message), parts.live.served
    said = model.classifier.read(text)
    row = {
        "chat_id": message.chat_id,
        "message_id": message.message_id,
        "author_id": author.id,
        "reading": said,
        "model_version": model.version,
        "now": parts.clock(),
    }
    try:
        async with asyncio.timeout(PATIENCE):
            reading_id, taught = await parts.database.write(_store, row, parts.vault.keys_of(text))
    except (*AWAY, TimeoutError):  # there is nothing that a button could correct
        await message.reply_text(reading.reading(told(said, None, text, parts), texts), do_quote=True)
        return
    heard = told(said, taught, text, parts)
    keyboard = keyboards.reading(reading_id, heard, texts)
    reply = await message.reply_text(reading.reading(heard, texts), do_quote=True, reply_markup=keyboard)
    with suppress(*AWAY, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await parts.database.write(readings.set_reply, reading_id, reply.message_id)


def _store(connection: Connection, row: dict[str, Any], keys: Sequence[bytes]) -> tuple[int, int | None]:
    """The id of the stored reading, and what its author taught of a text with these keyed hashes before."""
    taught = corrections.taught(connection, row["author_id"], keys)
    return readings.add(connection, **row, taught=taught), taught
