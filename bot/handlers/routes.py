"""Which handler answers what, in the order in which they are asked."""

import re
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Final

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from bot.handlers import (
    admin,
    correcting,
    explaining,
    greeting,
    group,
    inline,
    language,
    models,
    mood,
    privacy,
    reacting,
    reading,
    retraining,
    reviewing,
    voting,
    wordless,
)
from bot.handlers.context import Context
from bot.replies import keyboards

UPDATES: Final = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MESSAGE_REACTION,
)
"""The kinds of updates that are handled, and asked for."""

Handler = BaseHandler[Update, Context, None]
Answer = Callable[[Update, Context], Coroutine[Any, Any, None]]

_PRIVATE: Final = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
_GROUP: Final = filters.ChatType.GROUPS & filters.UpdateType.MESSAGE
_WORDS: Final = (filters.TEXT | filters.CAPTION) & ~filters.VIA_BOT
_WORDLESS: Final = filters.ATTACHMENT & ~filters.POLL & ~filters.VIA_BOT
_OWN_BUSINESS: Final = ("privacy", "mood", "mystats", "language", "export", "forget")


class _Addressed(filters.MessageFilter):
    def filter(self, message: Message) -> bool:
        return group.is_addressed(message)


def handlers(admins: Collection[int]) -> list[Handler]:
    """Every handler. The first that fits an update gets it, and nobody else."""
    only_admins = _PRIVATE & filters.User(admins)

    def is_admins(query: CallbackQuery) -> bool:
        return not _in_group(query) and query.from_user.id in admins

    return [
        CommandHandler("start", greeting.start, _PRIVATE),
        CommandHandler(("help", "emotion"), greeting.help_, _PRIVATE),
        CommandHandler("privacy", privacy.privacy, _PRIVATE),
        CommandHandler("mood", mood.mood, _PRIVATE),
        CommandHandler("mystats", mood.mystats, _PRIVATE),
        CommandHandler("language", language.language, _PRIVATE),
        CommandHandler("export", privacy.export, _PRIVATE),
        CommandHandler("forget", privacy.forget, _PRIVATE),
        CommandHandler("stats", admin.stats, only_admins),
        CommandHandler("review", reviewing.review, only_admins),
        CommandHandler("models", models.models, only_admins),
        CommandHandler("rollback", models.roll_back, only_admins),
        CommandHandler("retrain", retraining.retrain, only_admins),
        CommandHandler("cancel", retraining.cancel, only_admins),
        CommandHandler("pause", retraining.pause, only_admins),
        CommandHandler("resume", retraining.resume, only_admins),
        MessageHandler(_PRIVATE & filters.COMMAND, greeting.unknown),
        MessageHandler(_PRIVATE & _WORDS, reading.read),
        MessageHandler(_PRIVATE & _WORDLESS, wordless.wordless),
        CommandHandler("emotion", group.emotion, _GROUP),
        CommandHandler(("start", "help"), group.help_, _GROUP),
        CommandHandler(_OWN_BUSINESS, group.elsewhere, _GROUP),
        MessageHandler(_GROUP & _WORDS & ~filters.COMMAND & _Addressed(), group.read),
        MessageHandler(filters.UpdateType.EDITED_MESSAGE & ~filters.COMMAND, reading.reread),
        _Button(keyboards.CORRECT, voting.vote, _in_group),
        _Button(keyboards.UNDO, voting.take_back, _in_group),
        _Button(keyboards.CONSENT, voting.consent, _in_group),
        _Button(keyboards.CORRECT, correcting.correct),
        _Button(keyboards.WHY, explaining.why),
        _Button(keyboards.UNDO, correcting.undo),
        _Button(keyboards.CONSENT, correcting.consent),
        _Button(keyboards.PRIVACY, privacy.change_consent),
        _Button(keyboards.EXAMPLE, greeting.example),
        _Button(keyboards.LANGUAGE, language.choose),
        _Button(keyboards.FORGET, privacy.delete),
        _Button(keyboards.REVIEW, reviewing.decide, is_admins),
        _Button(keyboards.UNBLOCK, reviewing.unblock, is_admins),
        _Button(keyboards.MODEL, models.show, is_admins),
        _Button(keyboards.SERVE, models.serve, is_admins),
        _Button(keyboards.CANCEL, retraining.cancel_told, is_admins),
        CallbackQueryHandler(correcting.stale),
        MessageReactionHandler(reacting.react, message_reaction_types=MessageReactionHandler.MESSAGE_REACTION_UPDATED),
        InlineQueryHandler(inline.offer),
    ]


class _Button(CallbackQueryHandler[Context, None]):
    """A button that carries something of a form; it may be there in some chats only, or for some people."""

    def __init__(
        self, carried: re.Pattern[str], answer: Answer, there: Callable[[CallbackQuery], bool] = lambda _: True
    ) -> None:
        super().__init__(answer, carried)
        self._there = there

    def check_update(self, update: object) -> Any:
        """What carries the tap, as PTB has it, if the button is there. PTB would take a tap that carries nothing."""
        query = update.callback_query if isinstance(update, Update) else None
        if query is None or not query.data or not self._there(query):
            return None
        return super().check_update(update)


def _in_group(query: CallbackQuery) -> bool:
    return query.message is None or query.message.chat.type != ChatType.PRIVATE
