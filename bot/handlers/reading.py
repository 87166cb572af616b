"""A message comes, its emotion is told; it is edited, and the emotion of what it says now is told in the same place."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection
from telegram import Message, Update

from bot.handlers.context import Context, Parts, change, texts_of, typing, words_of
from bot.handlers.hearing import Heard, hear
from bot.handlers.telling import said_before, told
from bot.replies import keyboards, reading
from bot.replies.texts import Texts
from bot.storage import corrections, edits, readings
from bot.storage.database import AWAY
from ml.classifier import Reading

PATIENCE: Final = 2.0
"""Seconds that the database gets to store a reading before it is told without buttons."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """A reading that is stored: what was said, what the author had taught, the votes on it, and which message of the
    bot's tells it."""

    reading_id: int
    said: Reading
    taught: int | None = None
    votes: Mapping[int, int] = field(default_factory=dict)
    reply_id: int | None = None


async def read(update: Update, context: Context) -> None:
    """Reply to a text or caption with what is heard in it, and with a button for each thing it might be instead."""
    if update.effective_message is not None:
        await tell(update.effective_message, context.parts, texts_of(update))


async def reread(update: Update, context: Context) -> None:
    """Read an edited message anew and change the reply to the old reading; what was said of that is taken back.

    In a group only messages that had been read are.
    """
    message, parts, texts = update.edited_message, context.parts, texts_of(update)
    if message is None:
        return
    if not words_of(message):
        reply_id = await parts.database.write(edits.withdraw, message.chat_id, message.message_id, parts.clock())
        if reply_id is not None:
            await change(message.get_bot(), message.chat_id, reply_id, texts.say("words-gone"))
        return
    async with typing(message):
        heard = hear(message, parts, texts)
        stored = await parts.database.write(_replace, heard)
        if stored is not None and stored.reply_id is not None:
            now_told = told(heard.said, stored.taught, heard.text, parts)
            keyboard = keyboards.reading(stored.reading_id, now_told, texts)
            text = reading.reading(now_told, texts)
            await change(message.get_bot(), message.chat_id, stored.reply_id, text, keyboard)
        elif stored is not None:
            await _reply(message, stored, heard.text, parts, texts)


async def tell(message: Message, parts: Parts, texts: Texts) -> None:
    """Read a message, store the reading and reply with it."""
    async with typing(message):
        heard = hear(message, parts, texts)
        try:
            async with asyncio.timeout(PATIENCE):
                stored = await parts.in_hand.store_and_send(_store, heard)
        except (*AWAY, TimeoutError):  # there is nothing that a button could correct
            only_told = reading.reading(told(heard.said, None, heard.text, parts), texts)
            await message.reply_text(only_told, do_quote=True)
        else:
            await _reply(message, stored, heard.text, parts, texts)


async def _reply(message: Message, stored: _Stored, text: str, parts: Parts, texts: Texts) -> None:
    """Reply to a message with its reading, and note which message tells it."""
    now_told = told(stored.said, stored.taught, text, parts, stored.votes)
    keyboard = keyboards.reading(stored.reading_id, now_told, texts)
    sent = await message.reply_text(reading.reading(now_told, texts), do_quote=True, reply_markup=keyboard)
    await parts.in_hand.at_end(readings.set_reply, stored.reading_id, sent.message_id)


def _store(connection: Connection, heard: Heard) -> _Stored:
    """Store what was heard. In a group, where several may ask for one message, a reading that stands goes on."""
    if not heard.in_group:
        taught = corrections.taught(connection, heard.row["author_id"], heard.keys)
        return _Stored(readings.add(connection, **heard.row, taught=taught), heard.said, taught)
    before = readings.held(connection, heard.row["chat_id"], heard.row["message_id"])
    if before is not None and before.edited_at == heard.row["edited_at"]:
        return _Stored(before.id, said_before(before), before.taught, corrections.tally(connection, before.id))
    return _Stored(edits.replace(connection, **heard.row).reading_id, heard.said)


def _replace(connection: Connection, heard: Heard) -> _Stored | None:
    """Store what was heard in place of what was before. In a group, None where nothing was."""
    chat_id, message_id = heard.row["chat_id"], heard.row["message_id"]
    if heard.in_group and readings.held(connection, chat_id, message_id) is None:
        return None
    replaced = edits.replace(connection, **heard.row, keys=heard.keys)
    return _Stored(replaced.reading_id, heard.said, replaced.taught, reply_id=replaced.reply_id)
