"""👍 on a reading confirms it; 👎 says that it is wrong, and is asked what it should have been.

Telegram tells of a reaction with neither the message's text nor what it answers. So 👍 is stored as a confirmation
whose text is not kept; 👎 tells nothing to store, and takes a confirmation back, as the end of a 👍 does. Where a
person has said something else, the reply thanks for that, and a reaction to it is no judgement of the reading.
"""

from typing import Final

from sqlalchemy import Connection
from telegram import ReactionType, ReactionTypeEmoji, Update
from telegram.constants import ChatType

from bot.handlers.context import Context, Parts, change, texts_of
from bot.handlers.telling import said_before, told
from bot.replies import keyboards, reading
from bot.replies.reading import Kept
from bot.replies.texts import texts_for
from bot.storage import corrections, readings
from bot.storage.readings import ReadingRow

_UP: Final = "👍"
_DOWN: Final = "👎"


async def react(update: Update, context: Context) -> None:
    """Store what a person's reaction says of a reading, and show it. Channels and anonymous admins are no people."""
    reaction, parts = update.message_reaction, context.parts
    if reaction is None or reaction.user is None or reaction.user.is_bot:
        return
    before, after = _emoji(reaction.old_reaction), _emoji(reaction.new_reaction)
    confirms, doubts = _UP in after - before, _DOWN in after - before
    if not (confirms or doubts or _UP in before - after):
        return
    row = await parts.database.read(readings.told_by, reaction.chat.id, reaction.message_id)
    in_group = reaction.chat.type != ChatType.PRIVATE
    if row is None or row.told is None or not (in_group or row.author_id == reaction.user.id):
        return
    label, changed = await parts.database.write(_react, row, reaction.user.id, confirms and not doubts, parts)
    if not changed and not (doubts and label is None):
        return
    votes = await parts.database.read(corrections.tally, row.id) if in_group else None
    texts = texts_for(row.language) if in_group else texts_of(update)
    now_told = told(said_before(row), row.taught, None, parts, votes)
    if label is None or in_group:
        text, keyboard = reading.reading(now_told, texts, asks=doubts), keyboards.reading(row.id, now_told, texts)
    else:
        text, keyboard = reading.corrected(now_told, label, Kept.SILENT, texts), keyboards.undo(row.id, texts)
    await change(context.bot, reaction.chat.id, reaction.message_id, text, keyboard)


def _emoji(reactions: tuple[ReactionType, ...]) -> set[str]:
    return {one.emoji for one in reactions if isinstance(one, ReactionTypeEmoji)}


def _react(
    connection: Connection, row: ReadingRow, person_id: int, confirms: bool, parts: Parts
) -> tuple[int | None, bool]:
    """Confirm the reading, unless something was said of it, or take a confirmation back; what is said of it then, and
    whether that is new."""
    standing = corrections.get(connection, row.id, person_id)
    label = None if standing is None else standing.label
    if confirms and label is None and row.told is not None:
        return row.told, corrections.put(connection, row.id, person_id, row.told, parts.clock())
    if not confirms and label == row.told:
        return None, corrections.undo(connection, row.id, person_id, parts.clock())
    return label, False
