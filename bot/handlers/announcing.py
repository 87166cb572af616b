"""Telling whoever asked for a retraining how it goes, by editing the message that answered them;
at its end, a picture of what it changed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import TelegramError

from bot.handlers.context import is_unchanged
from bot.replies import charts, keyboards
from bot.replies.run import run_message
from bot.replies.texts import Texts, texts_for
from bot.storage.runs import Outcome, RunRow, State

EDIT_EVERY: Final = timedelta(seconds=2)
"""How often a message changes while its run goes on."""

_log = logging.getLogger(__name__)


class Announcer:
    """Called with a run's row, as often as one likes."""

    def __init__(
        self, bot: Bot, clock: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._bot = bot
        self._sleep = sleep
        self._clock = clock
        self._told: tuple[int, str] | None = None
        self._told_at: datetime | None = None

    async def __call__(self, run: RunRow) -> None:
        """Show the run as it stands. While it goes on, this takes as long as the message has to stay as it is."""
        if run.chat_id is None or run.message_id is None:
            return
        if run.state is State.RUNNING and self._told_at is not None:
            await self._sleep((self._told_at + EDIT_EVERY - self._clock()).total_seconds())
        text = run_message(run, self._clock(), texts_for(run.language))
        if (run.id, text) == self._told:
            return
        self._told, self._told_at = (run.id, text), self._clock()
        try:
            await self._bot.edit_message_text(
                text, chat_id=run.chat_id, message_id=run.message_id, reply_markup=_buttons(run)
            )
        except TelegramError as error:
            if not is_unchanged(error):
                _log.warning("run %d: its message could not be edited: %s", run.id, error)
        if run.outcome in (Outcome.PROMOTED, Outcome.REJECTED) and run.report is not None:
            await self._show_change(run.id, run.chat_id, run.message_id, run.report, texts_for(run.language))

    async def _show_change(
        self, run_id: int, chat_id: int, message_id: int, report: Mapping[str, Any], texts: Texts
    ) -> None:
        """Answer the message with a picture of what the run changed."""
        if not {"champion", "candidate"} <= report.keys():
            return
        picture = await charts.draw(charts.change, report, texts)
        try:
            await self._bot.send_photo(
                chat_id, picture, reply_to_message_id=message_id, disable_notification=True, filename="change.png"
            )
        except TelegramError as error:
            _log.warning("run %d: the picture of what it changed could not be sent: %s", run_id, error)


def _buttons(run: RunRow) -> InlineKeyboardMarkup | None:
    """A way to stop a run that goes on and was not stopped."""
    stoppable = run.state in (State.WAITING, State.RUNNING) and run.cancel_requested_at is None
    return keyboards.cancel(texts_for(run.language)) if stoppable else None
