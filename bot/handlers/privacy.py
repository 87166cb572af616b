"""What is kept of a person, their say in it, and being forgotten."""

import asyncio

from telegram import InlineKeyboardMarkup, Update

from bot.handlers.context import CHOSEN, Context, Parts, answer, edit, tap_of, texts_of
from bot.handlers.menu import set_own_menu
from bot.replies import keyboards
from bot.replies.keyboards import Answer
from bot.replies.personal import export as file_of
from bot.replies.texts import Markup, Texts
from bot.storage import people, personal


async def privacy(update: Update, context: Context) -> None:
    """Tell what is kept and why, with a button that gives consent or takes it back."""
    if update.effective_message is None or update.effective_user is None:
        return
    given = await context.parts.database.read(people.consent, update.effective_user.id)
    text, keyboard = _privacy(given or False, context.parts, texts_of(update))
    await update.effective_message.reply_text(text, reply_markup=keyboard)


async def change_consent(update: Update, context: Context) -> None:
    """Turn the keeping of corrected texts on, or off, which deletes those that were kept."""
    query, match = tap_of(update, context)
    await answer(query)
    given = match[1] == Answer.YES and context.parts.vault.can_keep
    await context.parts.database.write(people.set_consent, query.from_user.id, given, context.parts.clock())
    if not given:
        await context.parts.database.forget()
    await edit(query, *_privacy(given, context.parts, texts_of(update)))


async def export(update: Update, context: Context) -> None:
    """Send all that is stored of the person, as a file."""
    message, person, parts = update.effective_message, update.effective_user, context.parts
    if message is None or person is None:
        return
    texts = texts_of(update)
    stored = await parts.database.read(personal.everything, person.id)
    content = await asyncio.to_thread(file_of, stored, parts.vault.decrypt, texts)
    await message.reply_document(content, filename="feelback.json", caption=texts.say("export-caption"))


async def forget(update: Update, context: Context) -> None:
    """Ask whether everything is to be deleted."""
    if update.effective_message is not None:
        texts = texts_of(update)
        await update.effective_message.reply_text(texts.say("forget-question"), reply_markup=keyboards.forget(texts))


async def delete(update: Update, context: Context) -> None:
    """Delete everything of the person, or nothing, as they answered."""
    query, match = tap_of(update, context)
    texts = texts_of(update)
    await answer(query)
    if match[1] == Answer.NO:
        await edit(query, texts.say("forget-kept"))
        return
    person_id, parts = query.from_user.id, context.parts
    entries = await parts.database.write(people.forget, person_id, parts.clock())
    await parts.database.forget()
    await edit(query, texts.say("forget-done", entries=entries))
    if CHOSEN.get() is not None:
        await set_own_menu(query.get_bot(), person_id, None, admin=person_id in parts.admins)


def _privacy(given: bool, parts: Parts, texts: Texts) -> tuple[Markup, InlineKeyboardMarkup | None]:
    kept = texts.say("privacy", readings=parts.retention.readings.days, texts=parts.retention.texts.days)
    if not parts.vault.can_keep:
        return Markup(f"{kept}\n\n{texts.say('privacy-never')}"), None
    state = texts.say("privacy-on" if given else "privacy-off")
    return Markup(f"{kept}\n\n{state}"), keyboards.privacy(given, texts)
