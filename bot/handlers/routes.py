"""Which handler answers what, in the order in which they are asked."""

import re
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Final

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.handlers import admin, correcting, explaining, greeting, privacy, reading, retraining
from bot.handlers.context import Context
from bot.replies import keyboards

UPDATES: Final = (Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY)
"""The kinds of updates that are handled, and asked for."""

Handler = BaseHandler[Update, Context, None]
Answer = Callable[[Update, Context], Coroutine[Any, Any, None]]

_PRIVATE: Final = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE


def handlers(admins: Collection[int]) -> list[Handler]:
    """Every handler. The first that fits an update gets it, and nobody else."""
    only_admins = _PRIVATE & filters.User(admins)
    return [
        CommandHandler("start", greeting.start, _PRIVATE),
        CommandHandler("help", greeting.help_, _PRIVATE),
        CommandHandler("privacy", privacy.privacy, _PRIVATE),
        CommandHandler("forget", privacy.forget, _PRIVATE),
        CommandHandler("stats", admin.stats, only_admins),
        CommandHandler("retrain", retraining.retrain, only_admins),
        CommandHandler("cancel", retraining.cancel, only_admins),
        CommandHandler("pause", retraining.pause, only_admins),
        CommandHandler("resume", retraining.resume, only_admins),
        MessageHandler(_PRIVATE & filters.COMMAND, greeting.unknown),
        MessageHandler(_PRIVATE & (filters.TEXT | filters.CAPTION), reading.read),
        MessageHandler(filters.UpdateType.EDITED_MESSAGE & ~filters.COMMAND, reading.reread),
        _button(keyboards.CORRECT, correcting.correct),
        _button(keyboards.WHY, explaining.why),
        _button(keyboards.UNDO, correcting.undo),
        _button(keyboards.CONSENT, correcting.consent),
        _button(keyboards.PRIVACY, privacy.change_consent),
        _button(keyboards.FORGET, privacy.delete),
        _AdminButton(retraining.cancel_told, keyboards.CANCEL, admins),
        CallbackQueryHandler(correcting.stale),
    ]


class _AdminButton(CallbackQueryHandler[Context, None]):
    """A button that is there for admins in their private chats, and for nobody else."""

    def __init__(self, answer: Answer, carried: re.Pattern[str], admins: Collection[int]) -> None:
        super().__init__(answer, carried)
        self._admins = admins

    def check_update(self, update: object) -> Any:
        """What carries the tap, as PTB has it, if the tap is an admin's."""
        query = update.callback_query if isinstance(update, Update) else None
        if query is None or query.message is None or query.message.chat.type != ChatType.PRIVATE:
            return None
        return super().check_update(update) if query.from_user.id in self._admins else None


def _button(carried: re.Pattern[str], answer: Answer) -> Handler:
    return CallbackQueryHandler(answer, carried)
