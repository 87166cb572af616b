"""The reading that a button was tapped under: whose it is, what it said, the text that was read."""

from telegram import CallbackQuery, Message

from bot.handlers.context import Parts, answer, edit, words_of
from bot.handlers.telling import told_before
from bot.replies import keyboards, reading
from bot.replies.texts import Texts
from bot.storage import readings
from bot.storage.readings import ReadingRow


async def own(query: CallbackQuery, reading_id: int, parts: Parts, texts: Texts) -> ReadingRow | None:
    """The reading, if it is this chat's and the person's own; else they are told in passing, and it is None."""
    row = await parts.database.read(readings.get, reading_id)
    if row is None or query.message is None or query.message.chat.id != row.chat_id:
        await answer(query, texts.say("toast-unknown"))
        return None
    if query.from_user.id != row.author_id:
        await answer(query, texts.say("toast-not-yours"))
        return None
    if row.withdrawn_at is not None:
        await answer(query, texts.say("toast-edited"))
        return None
    return row


def original(query: CallbackQuery, row: ReadingRow) -> str | None:
    """The text that was read; None where Telegram doesn't give it (any more), or gives it as it was before or since."""
    message = query.message.reply_to_message if isinstance(query.message, Message) else None
    if message is None or message.message_id != row.message_id or message.edit_date != row.edited_at:
        return None
    return words_of(message) or None


async def show(query: CallbackQuery, row: ReadingRow, parts: Parts, texts: Texts) -> None:
    """Show the reading again, as it was told at first."""
    told = told_before(row, original(query, row), parts)
    await edit(query, reading.reading(told, texts), keyboards.reading(row.id, told, texts))
