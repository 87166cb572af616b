"""What an admin can do: see how the bot is doing, and have it learn now. For others these commands don't exist."""

import logging

from sqlalchemy import Connection
from telegram import Update

from bot.handlers.context import Context, texts_of
from bot.learning.trainer import ALIVE
from bot.replies.statistics import Standing, statistics
from bot.storage import corrections, models, runs, trainers
from bot.storage.runs import Trigger
from bot.storage.statistics import overview

_log = logging.getLogger(__name__)


async def stats(update: Update, context: Context) -> None:
    """Show the figures."""
    if update.effective_message is not None:
        standing = await context.parts.database.read(_standing)
        await update.effective_message.reply_text(statistics(standing, texts_of(update)))


async def retrain(update: Update, context: Context) -> None:
    """Ask for a run. The message that answers tells of it to its end, edited by whichever process trains."""
    message, admin = update.effective_message, update.effective_user
    if message is None or admin is None:
        return
    parts, texts = context.parts, texts_of(update)
    if not await parts.database.read(trainers.alive, parts.clock() - ALIVE):
        await message.reply_text(texts.say("run-no-trainer"))
        return
    told = await message.reply_text(texts.say("run-waiting"))
    run_id = await parts.database.write(
        runs.request,
        Trigger.ADMIN,
        parts.clock(),
        requested_by=admin.id,
        chat_id=told.chat_id,
        message_id=told.message_id,
        language=texts.language,
    )
    if run_id is None:
        await told.edit_text(texts.say("run-already"))
    else:
        _log.info("admin %d asked for run %d", admin.id, run_id)


def _standing(connection: Connection) -> Standing:
    return Standing(
        overview(connection), models.champion(connection), corrections.count_new(connection), runs.latest(connection)
    )
