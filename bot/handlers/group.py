"""What the bot reads in a group: what names it, what answers it, and what is answered with /emotion; nothing else."""

import re

from telegram import Message, Update
from telegram.constants import ChatType

from bot.handlers.context import Context, texts_of, words_of
from bot.handlers.reading import tell
from ml.classifier import Unsure


async def read(update: Update, context: Context) -> None:
    """Read a message that is addressed to the bot. One that says nothing but the bot's name means what it answers."""
    message, parts, texts = update.message, context.parts, texts_of(update)
    if message is None:
        return
    if names_bot(message) and parts.live.classifier.read(words_of(message)).unsure is Unsure.UNREADABLE:
        await _point(message, context, update)
    else:
        await tell(message, parts, texts)


async def emotion(update: Update, context: Context) -> None:
    """Read the message that the command answers."""
    if update.message is not None:
        await _point(update.message, context, update)


async def help_(update: Update, context: Context) -> None:
    """Say what is read in a group, and why no more."""
    if update.message is not None:
        texts, bot = texts_of(update), context.bot.username
        text = f"{texts.say('help-group', bot=bot)}\n\n{texts.say('help-more', bot=bot)}"
        await update.message.reply_text(text, do_quote=True)


async def elsewhere(update: Update, context: Context) -> None:
    """What is a person's own business is not done before others."""
    if update.message is not None:
        await update.message.reply_text(texts_of(update).say("in-private", bot=context.bot.username), do_quote=True)


def is_addressed(message: Message) -> bool:
    """Whether a message names the bot, or answers it."""
    answered = message.reply_to_message
    if answered is not None and answered.from_user is not None and answered.from_user.id == message.get_bot().id:
        return answered.forum_topic_created is None
    return names_bot(message)


def names_bot(message: Message) -> bool:
    """Whether the bot's name stands in a message."""
    name = re.escape(message.get_bot().username)
    return re.search(rf"(?<![\w@])@{name}\b", words_of(message), re.IGNORECASE) is not None


def in_group(update: Update) -> bool:
    """Whether something happened in a group."""
    return update.effective_chat is not None and update.effective_chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)


async def _point(message: Message, context: Context, update: Update) -> None:
    """Read what a message answers; say how it is done where it answers nothing that has words of a person's."""
    texts, target = texts_of(update), message.reply_to_message
    own = target is not None and target.from_user is not None and target.from_user.id == context.bot.id
    if target is None or own or not words_of(target):
        await message.reply_text(texts.say("emotion-how"), do_quote=True)
    else:
        await tell(target, context.parts, texts)
