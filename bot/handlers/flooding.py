"""A person writes more than they may in a minute; if that happens a lot, admins are told."""

from contextlib import suppress

from telegram import Update

from bot.handlers import inline
from bot.handlers.context import Context, texts_of
from bot.storage import floods
from bot.storage.database import AWAY


async def flooded(update: Update, context: Context) -> None:
    """Say, the one time that this is called in a minute, that what follows in it is not read."""
    if update.inline_query is not None:
        await inline.flooded(update.inline_query, texts_of(update).say("inline-flooded"))
    elif update.effective_message is not None:
        await update.effective_message.reply_text(texts_of(update).say("flooded"))
    if update.effective_user is not None:
        with suppress(*AWAY):
            await context.parts.database.write(floods.note, update.effective_user.id, context.parts.clock())
