"""A message comes, its emotion is told."""

import asyncio
from contextlib import suppress
from typing import Final

from telegram import Message, Update, User

from bot.handlers.context import Context, Parts, texts_of, words_of
from bot.replies import keyboards, reading
from bot.storage import readings
from bot.storage.database import AWAY
from ml.classifier import Reading

PATIENCE: Final = 2.0
"""Seconds that the database gets to store a reading before it is told without buttons."""


async def read(update: Update, context: Context) -> None:
    """Reply to a text or caption with what is heard in it, and with a button for each thing it might be instead."""
    message, author = update.effective_message, update.effective_user
    if message is None or author is None:
        return
    parts, texts = context.parts, texts_of(update)
    model = parts.live.served
    text = words_of(message)
    said = model.classifier.read(text)
    told = reading.reading(said, texts, model.classifier.moves(text))
    reading_id = await _stored(message, author, said, model.version, parts)
    if reading_id is None:
        await message.reply_text(told, do_quote=True)
        return
    reply = await message.reply_text(told, do_quote=True, reply_markup=keyboards.reading(reading_id, said, texts))
    with suppress(*AWAY, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await parts.database.write(readings.set_reply, reading_id, reply.message_id)


async def _stored(message: Message, author: User, said: Reading, version: int, parts: Parts) -> int | None:
    """The id of the reading; None while the database is away, when there is nothing that a button could correct."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await parts.database.write(
                readings.add,
                chat_id=message.chat_id,
                message_id=message.message_id,
                author_id=author.id,
                reading=said,
                model_version=version,
                now=parts.clock(),
            )
    except (*AWAY, TimeoutError):
        return None
