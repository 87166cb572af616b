"""A reading is confirmed, corrected, or given back; with the first correction comes the question of consent.

A tap is answered first, then stored, then shown by editing the reply. Who may correct, and the text that is kept with
consent, are found through the reading that the button names and the message that the reply answers, so nothing of a
conversation lives in the process.
"""

from sqlalchemy import Connection
from telegram import Update

from bot.handlers.context import Context, Parts, answer, edit, tap_of, texts_of
from bot.handlers.tapped import original, own, show
from bot.handlers.telling import told_before
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
    row = await own(query, int(match[1]), context.parts, texts)
    if row is None:
        return
    await answer(query)
    text = original(query, row)
    kept = await context.parts.database.write(_correct, row, label, text, context.parts)
    told = told_before(row, text, context.parts)
    if kept is None:
        await edit(query, reading.consent_question(told, label, texts), keyboards.consent(row.id, texts))
    else:
        await edit(query, reading.corrected(told, label, kept, texts), keyboards.undo(row.id, texts))


async def undo(update: Update, context: Context) -> None:
    """Take the correction back and show the reading again."""
    query, match = tap_of(update, context)
    texts = texts_of(update)
    row = await own(query, int(match[1]), context.parts, texts)
    if row is None:
        return
    await answer(query)
    await context.parts.database.write(corrections.undo, row.id, row.author_id, context.parts.clock())
    await show(query, row, context.parts, texts)


async def consent(update: Update, context: Context) -> None:
    """Note whether corrected texts may be kept; a yes keeps the one that it was asked with."""
    query, match = tap_of(update, context)
    texts, given = texts_of(update), match[2] == Answer.YES
    row = await own(query, int(match[1]), context.parts, texts)
    if row is None:
        return
    await answer(query)
    text = original(query, row)
    label, kept = await context.parts.database.write(_consent, row, given, text, context.parts)
    if label is None:
        await show(query, row, context.parts, texts)
    else:
        told = told_before(row, text, context.parts)
        await edit(query, reading.corrected(told, label, kept, texts), keyboards.undo(row.id, texts))


async def stale(update: Update, context: Context) -> None:
    """A button that means nothing (any more)."""
    if update.callback_query:
        await answer(update.callback_query, texts_of(update).say("toast-old-button"))


def _correct(connection: Connection, row: ReadingRow, label: int, text: str | None, parts: Parts) -> Kept | None:
    """Store the correction, and its text where there is consent. None when consent is to be asked for."""
    corrections.put(connection, row.id, row.author_id, label, parts.clock())
    if not parts.vault.can_keep:
        return Kept.SILENT
    given = people.consent(connection, row.author_id)
    if given:
        return _keep(connection, row, text, parts)
    if given is None and text is not None and people.ask(connection, row.author_id, parts.clock()):
        return None
    return Kept.SILENT


def _consent(
    connection: Connection, row: ReadingRow, given: bool, text: str | None, parts: Parts
) -> tuple[int | None, Kept]:
    """Store the answer; give the label that the correction stands at, if it stands, and what became of its text."""
    people.set_consent(connection, row.author_id, given, parts.clock())
    correction = corrections.get(connection, row.id, row.author_id)
    if correction is None:
        return None, Kept.SILENT
    return correction.label, _keep(connection, row, text, parts) if given else Kept.REFUSED


def _keep(connection: Connection, row: ReadingRow, text: str | None, parts: Parts) -> Kept:
    if not parts.vault.can_keep:
        return Kept.SILENT
    if text is None:
        return Kept.UNREACHABLE
    cipher, key = parts.vault.encrypt(text), parts.vault.key_of(text)
    corrections.keep_text(connection, row.id, cipher=cipher, key=key, held_out=is_held_out(text))
    return Kept.KEPT
