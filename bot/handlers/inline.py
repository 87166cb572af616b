"""`@bot text`, written in whatever chat, offers the text with what is heard in it. Nothing of it is stored."""

import logging

from telegram import InlineQuery, InlineQueryResultArticle, InlineQueryResultsButton, InputTextMessageContent, Update
from telegram.error import TelegramError

from bot.handlers.context import Context, texts_of
from bot.handlers.telling import told
from bot.replies import reading
from bot.replies.texts import Markup
from ml.classifier import Unsure

_SECONDS = 10
"""How long Telegram may give a person the same answer again."""

_log = logging.getLogger(__name__)


async def offer(update: Update, context: Context) -> None:
    """Offer the text with its reading, to be sent; where there is nothing to read, say so in the list."""
    query, parts, texts = update.inline_query, context.parts, texts_of(update)
    if query is None:
        return
    text = query.query.encode("utf-8", "replace").decode().strip()
    said = parts.live.classifier.read(text)
    now_told = told(said, None, text, parts)
    if said.unsure is Unsure.UNREADABLE and now_told.help is None:
        await _answer(query, [], texts.say("inline-empty"))
        return
    title, description, body = reading.offered(now_told, text, texts)
    result = InlineQueryResultArticle("reading", title, InputTextMessageContent(body), description=description)
    await _answer(query, [result])


async def flooded(query: InlineQuery, wait: Markup) -> None:
    """Say in the list that it is too fast."""
    await _answer(query, [], wait)


async def _answer(query: InlineQuery, results: list[InlineQueryResultArticle], instead: Markup | None = None) -> None:
    """Answer; that it came too late is no error. What is said instead of results is a button that leads to the bot."""
    button = None if instead is None else InlineQueryResultsButton(instead, start_parameter="inline")
    try:
        await query.answer(results, cache_time=_SECONDS, is_personal=True, button=button)
    except TelegramError as error:
        _log.info("an inline query could not be answered: %s", type(error).__name__)
