"""The reading that a button was tapped under: who may judge it, the message that was read, and what it says now."""

from telegram import CallbackQuery, Message
from telegram.constants import ChatType

from bot.handlers.context import Parts, answer, edit, words_of
from bot.handlers.telling import said_before, told
from bot.replies import keyboards, reading
from bot.replies.reading import Told
from bot.replies.texts import Texts, texts_for
from bot.storage import corrections, readings
from bot.storage.readings import ReadingRow


async def judged(query: CallbackQuery, reading_id: int, parts: Parts, texts: Texts) -> ReadingRow | None:
    """The reading, if it is this chat's and the person may judge it; else they are told in passing, and it is None.

    In a group every person may. Who taps for a channel, or for the group itself, is none.
    """
    row = await parts.database.read(readings.get, reading_id)
    if row is None or query.message is None or query.message.chat.id != row.chat_id:
        refusal = "toast-unknown"
    elif row.withdrawn_at is not None:
        refusal = "toast-edited"
    elif query.from_user.is_bot:
        refusal = "toast-nobody"
    elif query.message.chat.type == ChatType.PRIVATE and query.from_user.id != row.author_id:
        refusal = "toast-not-yours"
    else:
        return row
    await answer(query, texts.say(refusal))
    return None


def original(query: CallbackQuery, row: ReadingRow) -> Message | None:
    """The message as it was read; None where Telegram doesn't give it (any more), or as it was before or since."""
    message = query.message.reply_to_message if isinstance(query.message, Message) else None
    if message is None or message.message_id != row.message_id or message.edit_date != row.edited_at:
        return None
    return message if words_of(message) else None


async def told_under(query: CallbackQuery, row: ReadingRow, parts: Parts, texts: Texts) -> tuple[Told, Texts]:
    """What there is to tell of the reading, and in which words: in a group with the votes, in the language that it was
    told in at first."""
    message = original(query, row)
    text = None if message is None else words_of(message)
    if query.message is None or query.message.chat.type == ChatType.PRIVATE:
        return told(said_before(row), row.taught, text, parts), texts
    votes = await parts.database.read(corrections.tally, row.id)
    return told(said_before(row), row.taught, text, parts, votes), texts_for(row.language)


async def show(query: CallbackQuery, row: ReadingRow, parts: Parts, texts: Texts) -> None:
    """Show the reading again, as it was told at first."""
    now_told, texts = await told_under(query, row, parts, texts)
    await edit(query, reading.reading(now_told, texts), keyboards.reading(row.id, now_told, texts))
