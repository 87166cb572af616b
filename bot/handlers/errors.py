"""What happens when a handler fails: the log says what and where, the person gets one kind line."""

import logging
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Final

from telegram import Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.handlers.context import Context, texts_of

_ROOT: Final = Path(__file__).parents[2]
_OURS: Final = (_ROOT / "bot", _ROOT / "ml")
_log = logging.getLogger(__name__)


async def failed(update: object, context: Context) -> None:
    """Log the kind of error and its place, without its message, which might quote a person; and apologise.

    Nobody is told where Telegram itself failed: then the reply may have come through, and another one might not.
    """
    error = context.error
    if error is None:
        return
    if isinstance(error, Forbidden):
        _log.info("a person has blocked the bot")
        return
    if isinstance(error, ChatMigrated):
        _log.info("a group has become a supergroup; what is written there is read")
        return
    _log.error("%s at %s", type(error).__name__, place_of(error))
    if isinstance(error, NetworkError | RetryAfter) and not isinstance(error, BadRequest):
        return
    if isinstance(update, Update) and update.effective_chat and update.effective_chat.type == "private":
        with suppress(TelegramError):
            await context.bot.send_message(update.effective_chat.id, texts_of(update).say("failed"))


def place_of(error: BaseException) -> str:
    """The deepest place of this project that the error came through, as `file:line`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(Path(frame.filename).is_relative_to(room) for room in _OURS)]
    if not ours:
        return "an unknown place"
    return f"{Path(ours[-1].filename).relative_to(_ROOT)}:{ours[-1].lineno}"
