"""The language in which a person is answered, chosen by them."""

from telegram import Update

from bot.handlers.context import Context, answer, edit, tap_of, texts_of
from bot.handlers.menu import set_own_menu
from bot.replies import keyboards
from bot.replies.texts import texts_for
from bot.storage import people


async def language(update: Update, context: Context) -> None:
    """Ask which one it should be."""
    if update.effective_message is not None:
        texts = texts_of(update)
        await update.effective_message.reply_text(texts.say("language-question"), reply_markup=keyboards.language())


async def choose(update: Update, context: Context) -> None:
    """Note the language, and go on in it."""
    query, match = tap_of(update, context)
    texts, person_id, parts = texts_for(match[1]), query.from_user.id, context.parts
    await answer(query)
    await parts.database.write(people.set_language, person_id, texts.language, parts.clock())
    await edit(query, texts.say("language-chosen"), keyboards.language())
    await set_own_menu(query.get_bot(), person_id, texts.language, admin=person_id in parts.admins)
