"""What every handler has at hand, and the few ways in which handlers talk back."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar, cast

from sqlalchemy import Connection
from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatAction
from telegram.error import BadRequest, TelegramError
from telegram.ext import CallbackContext, ExtBot

from bot.learning.live import LiveModel
from bot.learning.retention import Retention
from bot.learning.samples import Limits
from bot.replies.safety import Safety
from bot.replies.texts import Markup, Texts, texts_for
from bot.storage.database import Database
from bot.storage.vault import Vault

P = ParamSpec("P")
T = TypeVar("T")

PARTS: Final = "parts"
"""Where in `bot_data` the parts are."""

SLOW: Final = 0.5
"""Seconds after which the bot is seen typing."""

_log = logging.getLogger(__name__)


class InHand(Protocol):
    """The update that is handled: what is written can go along with what delivery stores of it anyway."""

    async def store_and_send(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What the function returns, once its writes are committed; a message must then be sent."""

    async def at_end(
        self, function: Callable[Concatenate[Connection, P], object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Have the function write when the update has been answered, unless the database is away then."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The rooms below, as handlers use them."""

    database: Database
    in_hand: InHand
    vault: Vault
    live: LiveModel
    admins: frozenset[int]
    limits: Limits
    retention: Retention
    safety: Safety | None
    cron: str
    clock: Callable[[], datetime]


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """PTB's context with the parts in it."""

    @property
    def parts(self) -> Parts:
        return cast("Parts", self.application.bot_data[PARTS])


CHOSEN: Final[ContextVar[str | None]] = ContextVar("chosen", default=None)
"""The language that whoever sent the update in hand chose with /language, if they did; it came with the claim."""


def texts_of(update: Update) -> Texts:
    """The words in the language of whoever sent the update: the one they chose, or else that of their Telegram."""
    user = update.effective_user
    return texts_for(CHOSEN.get() or (user.language_code if user else None))


def words_of(message: Message) -> str:
    """What a message says: its text or caption, in characters that can be encoded."""
    return (message.text or message.caption or "").encode("utf-8", "replace").decode()


@asynccontextmanager
async def typing(message: Message) -> AsyncIterator[None]:
    """Be seen typing in the message's chat, if what is done meanwhile takes long."""
    later = asyncio.create_task(_type(message))
    try:
        yield
    finally:
        later.cancel()


async def _type(message: Message) -> None:
    await asyncio.sleep(SLOW)
    with suppress(TelegramError):
        await message.reply_chat_action(ChatAction.TYPING)


def tap_of(update: Update, context: Context) -> tuple[CallbackQuery, re.Match[str]]:
    """The tap on a button, and the match of what the button carries, as `CallbackQueryHandler` found them."""
    return cast("CallbackQuery", update.callback_query), cast("re.Match[str]", context.match)


async def answer(query: CallbackQuery, text: str | None = None) -> None:
    """Answer a tap, with a passing line or with nothing; that it came too late is no error."""
    try:
        await query.answer(text)
    except TelegramError as error:
        _log.info("a tap could not be answered: %s", type(error).__name__)


async def edit(query: CallbackQuery, text: Markup, keyboard: InlineKeyboardMarkup | None = None) -> None:
    """Change the message whose button was tapped. One that is so already, or is gone, is left as it is."""
    if query.message is not None:
        await change(query.get_bot(), query.message.chat.id, query.message.message_id, text, keyboard)


async def change(
    bot: Bot, chat_id: int, message_id: int, text: Markup, keyboard: InlineKeyboardMarkup | None = None
) -> None:
    """Change a message of the bot's. One that is so already, or is gone, is left as it is."""
    try:
        await bot.edit_message_text(text, chat_id=chat_id, message_id=message_id, reply_markup=keyboard)
    except BadRequest as error:
        if not is_unchanged(error):
            _log.info("a message could not be edited: %s", error)


def is_unchanged(error: TelegramError) -> bool:
    """Whether an edit was refused because the message is so already."""
    return "message is not modified" in str(error).lower()
