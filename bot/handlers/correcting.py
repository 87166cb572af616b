"""A reading is confirmed, corrected, or given back; with the first correction comes the question of consent.

A tap is answered first, then stored, then shown by editing the reply. Who may correct, and the text that is kept with
consent, are found through the reading that the button names and the message that the reply answers, so nothing of a
conversation lives in the process. This is how it goes in a private chat; for groups see `voting`.
"""

from sqlalchemy import Connection
from telegram import Message, Update

from bot.handlers.context import Context, Parts, answer, edit, tap_of, texts_of, words_of
from bot.handlers.tapped import judged, original, show, told_under
from bot.replies import keyboards, reading
from bot.replies.keyboards import Answer
from bot.replies.reading import Kept
from bot.storage import corrections, people
from bot.storage.readings import ReadingRow
from ml.text import is_held_out


async def correct(update: Update, context: Context) -> None:
    """Store what the author says the reading should have been."""
    query, match = tap_of(update, context)
    texts, label = texts_of(update), int(match[2])
    row = await judged(query, int(match[1]), context.parts, texts)
    if row is None:
        return
    await answer(query)
    kept = await context.parts.database.write(_correct, row, label, original(query, row), context.parts)
    told, _ = await told_under(query, row, context.parts, texts)
    if kept is None:
        await edit(query, reading.consent_question(told, label, texts), keyboards.consent(row.id, texts))
    else:
        await edit(query, reading.corrected(told, label, kept, texts), keyboards.undo(row.id, texts))


async def undo(update: Update, context: Context) -> None:
    """Take the correction back and show the reading again."""
    query, match = tap_of(update, context)
    texts = texts_of(update)
    row = await judged(query, int(match[1]), context.parts, texts)
    if row is None:
        return
    await answer(query)
    await context.parts.database.write(corrections.undo, row.id, row.author_id, context.parts.clock())
    await show(query, row, context.parts, texts)


async def consent(update: Update, context: Context) -> None:
    """Note whether corrected texts may be kept; a yes keeps the one that it was asked with."""
    query, match = tap_of(update, context)
    texts, given = texts_of(update), match[2] == Answer.YES
    row = await judged(query, int(match[1]), context.parts, texts)
    if row is None:
        return
    await answer(query)
    label, kept = await context.parts.database.write(_consent, row, given, original(query, row), context.parts)
    if label is None:
        await show(query, row, context.parts, texts)
    else:
        told, _ = await told_under(query, row, context.parts, texts)
        await edit(query, reading.corrected(told, label, kept, texts), keyboards.undo(row.id, texts))


async def stale(update: Update, context: Context) -> None:
    """A button that means nothing (any more)."""
    if update.callback_query:
        await answer(update.callback_query, texts_of(update).say("toast-old-button"))


def may_ask(connection: Connection, row: ReadingRow, message: Message | None, parts: Parts) -> bool:
    """Whether the author is to be asked for consent now, which is noted: once, and for a text that could be kept."""
    if not parts.vault.can_keep or message is None or message.forward_origin is not None:
        return False
    return people.consent(connection, row.author_id) is None and people.ask(connection, row.author_id, parts.clock())


def keep(connection: Connection, row: ReadingRow, message: Message | None, parts: Parts) -> Kept:
    """Keep the text of a message that was read, if its author agreed to that and it is their own."""
    if not parts.vault.can_keep or not people.consent(connection, row.author_id):
        return Kept.SILENT
    if message is None:
        return Kept.UNREACHABLE
    if message.forward_origin is not None:
        return Kept.FORWARDED
    text = words_of(message)
    cipher, key = parts.vault.encrypt(text), parts.vault.key_of(text)
    kept = corrections.keep_text(connection, row.id, cipher=cipher, key=key, held_out=is_held_out(text))
    return Kept.KEPT if kept else Kept.SILENT


def _correct(connection: Connection, row: ReadingRow, label: int, message: Message | None, parts: Parts) -> Kept | None:
    """Store the correction, and its text where there is consent. None when consent is to be asked for."""
    corrections.put(connection, row.id, row.author_id, label, parts.clock())
    return None if may_ask(connection, row, message, parts) else keep(connection, row, message, parts)


def _consent(
    connection: Connection, row: ReadingRow, given: bool, message: Message | None, parts: Parts
) -> tuple[int | None, Kept]:
    """Store the answer; give the label that the correction stands at, if it stands, and what became of its text."""
    people.set_consent(connection, row.author_id, given, parts.clock())
    correction = corrections.get(connection, row.id, row.author_id)
    if correction is None:
        return None, Kept.SILENT
    return correction.label, keep(connection, row, message, parts) if given else Kept.REFUSED
