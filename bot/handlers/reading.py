"""A message comes, its emotion is told; it is edited, and the emotion of what it says now is told in the same place."""

import asyncio
from contextlib import suppress
from typing import Final

from sqlalchemy import Connection
from telegram import Message, Update
from telegram.constants import ChatType

from bot.handlers.context import Context, Parts, change, texts_of, typing, words_of
from bot.handlers.hearing import Heard, hear
from bot.handlers.telling import told
from bot.replies import keyboards, reading
from bot.replies.reading import Told
from bot.replies.texts import Texts
from bot.storage import edits, readings
from bot.storage.database import AWAY
from bot.storage.edits import Replaced

PATIENCE: Final = 2.0
"""Seconds that the database gets to store a reading before it is told without buttons."""


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
        replaced, taught = await parts.database.write(_replace, heard, message.chat.type == ChatType.PRIVATE)
        if replaced is None:
            return
        now_told = told(heard.said, taught, heard.text, parts)
        if replaced.reply_id is None:
            await reply(message, replaced.reading_id, now_told, parts, texts)
            return
        keyboard = keyboards.reading(replaced.reading_id, now_told, texts)
        text = reading.reading(now_told, texts)
        await change(message.get_bot(), message.chat_id, replaced.reply_id, text, keyboard)


async def tell(message: Message, parts: Parts, texts: Texts) -> None:
    """Read a message, store the reading and reply with it."""
    async with typing(message):
        heard = hear(message, parts, texts)
        try:
            async with asyncio.timeout(PATIENCE):
                reading_id, taught = await parts.database.write(_store, heard)
        except (*AWAY, TimeoutError):  # there is nothing that a button could correct
            only_told = reading.reading(told(heard.said, None, heard.text, parts), texts)
            await message.reply_text(only_told, do_quote=True)
        else:
            await reply(message, reading_id, told(heard.said, taught, heard.text, parts), parts, texts)


async def reply(message: Message, reading_id: int, now_told: Told, parts: Parts, texts: Texts) -> None:
    """Reply to a message with its reading, and note which message tells it."""
    keyboard = keyboards.reading(reading_id, now_told, texts)
    sent = await message.reply_text(reading.reading(now_told, texts), do_quote=True, reply_markup=keyboard)
    with suppress(*AWAY, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await parts.database.write(readings.set_reply, reading_id, sent.message_id)


def _store(connection: Connection, heard: Heard) -> tuple[int, int | None]:
    """The id of the stored reading, and what its author had taught."""
    taught = heard.taught(connection)
    return readings.add(connection, **heard.row, taught=taught), taught


def _replace(connection: Connection, heard: Heard, read_anyway: bool) -> tuple[Replaced | None, int | None]:
    """What took the place of the old reading, and what the author had taught; nothing where there was no old one,
    unless the message is to be read anyway."""
    before = readings.of_message(connection, heard.row["chat_id"], heard.row["message_id"])
    if before is None and not read_anyway:
        return None, None
    taught = heard.taught(connection)
    return edits.replace(connection, **heard.row, taught=taught), taught
