"""A person writes more than they may in a minute; if that happens a lot, admins are told."""

from contextlib import suppress
from typing import Final

from telegram import Update

from bot.handlers import inline
from bot.handlers.context import Context, texts_of, words_of
from bot.storage import floods
from bot.storage.database import AWAY

LOOKED_AT: Final = 20
"""So many messages over the limit are still looked at for words of somebody in danger."""


async def flooded(update: Update, context: Context, over: int) -> None:
    """Say with the first update over the limit that what follows in the minute is not read; whoever seems to be in
    danger is told where help is found all the same."""
    texts, message = texts_of(update), update.effective_message
    if message is not None:
        safety = context.parts.safety if over <= LOOKED_AT else None
        help_ = safety and safety.look(words_of(message))
        said = [help_[texts.language]] if help_ else []
        if over == 1:
            said.append(texts.say("flooded"))
        if said:
            await message.reply_text("\n\n".join(said))
    if over > 1:
        return
    if update.inline_query is not None:
        await inline.flooded(update.inline_query, texts.say("inline-flooded"))
    if update.effective_user is not None:
        with suppress(*AWAY):
            await context.parts.database.write(floods.note, update.effective_user.id, context.parts.clock())
