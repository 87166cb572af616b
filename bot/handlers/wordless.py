"""A picture, a voice or a sticker without words comes."""

from datetime import timedelta
from typing import Final

from telegram import Update

from bot.handlers.context import Context, texts_of
from bot.storage import people

EVERY: Final = timedelta(hours=1)
"""How long nobody is told again that only words are read."""


async def wordless(update: Update, context: Context) -> None:
    """Say, once a while, that only words are read."""
    message, person = update.effective_message, update.effective_user
    if message is None or person is None:
        return
    if await context.parts.database.write(people.hint, person.id, context.parts.clock(), EVERY):
        await message.reply_text(texts_of(update).say("only-words"), do_quote=True)
