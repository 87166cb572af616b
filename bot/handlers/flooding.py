"""A person writes more than they may in a minute."""

from telegram import Update

from bot.handlers import inline
from bot.handlers.context import Context, texts_of


async def flooded(update: Update, context: Context) -> None:
    """Say, the one time that this is called in a minute, that what follows in it is not read."""
    if update.inline_query is not None:
        await inline.flooded(update.inline_query, texts_of(update).say("inline-flooded"))
    elif update.effective_message is not None:
        await update.effective_message.reply_text(texts_of(update).say("flooded"))
