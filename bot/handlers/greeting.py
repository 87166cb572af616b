"""Saying hello, saying how it works, and not knowing a command."""

from contextlib import suppress
from importlib.metadata import version

from telegram import Update

from bot.handlers.context import CHOSEN, Context, answer, edit, tap_of, texts_of
from bot.handlers.menu import set_own_menu
from bot.handlers.telling import told
from bot.replies import emotions, keyboards
from bot.replies.texts import Markup
from bot.replies.welcome import EXAMPLES, shown
from bot.storage import people
from bot.storage.database import AWAY
from ml.emotions import Emotion


async def start(update: Update, context: Context) -> None:
    """Say in a few lines what this is. An admin's chat gets its menu: before they wrote, it could have none; and the
    language of their Telegram is noted, for what they will be told unasked."""
    message, user, parts = update.effective_message, update.effective_user, context.parts
    if message is None or user is None:
        return
    await message.reply_text(texts_of(update).say("start"), reply_markup=keyboards.examples())
    if user.id in parts.admins:
        await set_own_menu(context.bot, user.id, CHOSEN.get(), admin=True)
        with suppress(*AWAY):
            await parts.database.write(people.note_language, user.id, user.language_code, parts.clock())


async def example(update: Update, context: Context) -> None:
    """Show how one of the examples is read. Nothing is stored: nobody wrote it."""
    query, match = tap_of(update, context)
    text = EXAMPLES[int(match[1])]
    await answer(query)
    now_told = told(context.parts.live.classifier.read(text), None, text, context.parts)
    await edit(query, shown(text, now_told, texts_of(update)), keyboards.examples())


async def help_(update: Update, context: Context) -> None:
    """Say how it works, and which version of it; to an admin, what they can do besides."""
    if update.effective_message is None or update.effective_user is None:
        return
    texts = texts_of(update)
    named = Markup(
        ", ".join(f"{emotions.EMOJI[emotion]} {emotions.name(emotion, texts).lower()}" for emotion in Emotion)
    )
    text = texts.say(
        "help",
        emotions=named,
        groups=texts.say("help-group", bot=context.bot.username),
        more=texts.say("help-more", bot=context.bot.username),
        version=version("feelback"),
        model=context.parts.live.version,
    )
    if update.effective_user.id in context.parts.admins:
        text = Markup(f"{text}\n\n{texts.say('help-admin')}")
    await update.effective_message.reply_text(text)


async def unknown(update: Update, context: Context) -> None:
    """Say that there is no such command; so it is with an admin's commands for everyone else."""
    if update.effective_message is not None:
        await update.effective_message.reply_text(texts_of(update).say("unknown-command"))
