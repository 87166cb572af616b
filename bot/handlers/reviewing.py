"""An admin decides about corrections in conflict and those of people who are hardly trusted, one at a time.

The only place where a kept text is shown: decrypted for the answer to an admin, in their private chat.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from sqlalchemy import Connection
from telegram import InlineKeyboardMarkup, Update

from bot.handlers.context import Context, Parts, answer, edit, tap_of, texts_of
from bot.learning import reviewing
from bot.replies import keyboards
from bot.replies.review import review as shown
from bot.replies.texts import Markup, Texts
from bot.storage import review as reviews
from bot.storage.review import Blocked, Decision, Item

LOOK_SECONDS: Final = 4.0
"""Seconds to look for what should wait; beyond that it is what the last run found."""

_DECISIONS: Final = {"k": Decision.KEEP, "d": Decision.DROP, "b": Decision.BLOCK}
_DONE: Final = {Decision.KEEP: "toast-kept", Decision.DROP: "toast-dropped", Decision.BLOCK: "toast-blocked"}
_log = logging.getLogger(__name__)


async def review(update: Update, context: Context) -> None:
    """Show the first of what waits."""
    if update.effective_message is None:
        return
    text, keyboard = await _first(context.parts, texts_of(update))
    await update.effective_message.reply_text(text, reply_markup=keyboard)


async def decide(update: Update, context: Context) -> None:
    """Store the decision, and show the next in place of what it was about."""
    query, match = tap_of(update, context)
    parts, texts = context.parts, texts_of(update)
    correction_id, label, decision = int(match[1]), int(match[2]), _DECISIONS[match[3]]
    decided = await parts.database.write(
        reviews.decide, correction_id, decision, query.from_user.id, parts.clock(), label=label
    )
    if decided:
        _log.info("admin %d decided on correction %d: %s", query.from_user.id, correction_id, decision)
    await answer(query, texts.say(_DONE[decision] if decided else "toast-decided"))
    await edit(query, *await _first(parts, texts))


async def unblock(update: Update, context: Context) -> None:
    """Let a person's corrections teach again."""
    query, match = tap_of(update, context)
    parts, texts = context.parts, texts_of(update)
    unblocked = await parts.database.write(reviews.unblock, int(match[1]))
    if unblocked:
        _log.info("admin %d unblocked a person", query.from_user.id)
    await answer(query, texts.say("toast-unblocked" if unblocked else "toast-decided"))
    await edit(query, *await _first(parts, texts))


async def _first(parts: Parts, texts: Texts) -> tuple[Markup, InlineKeyboardMarkup | None]:
    """Look what should wait by now: what waits longest, with the buttons that decide, and those that take a block back.

    A decision may have settled what others say of the same text.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            await reviewing.find(parts.database, parts.vault, parts.clock, parts.limits)
    item, waiting, blocked = await parts.database.read(_waiting)
    text = None
    if item is not None:
        with suppress(ValueError):
            text = parts.vault.decrypt(item.cipher)
    return shown(item, text, waiting, texts), keyboards.review(item, blocked, texts)


def _waiting(connection: Connection) -> tuple[Item | None, int, list[Blocked]]:
    return reviews.next(connection), reviews.count(connection), reviews.blocked(connection)
