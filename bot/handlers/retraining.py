"""An admin has the bot learn now, stops it, or keeps its schedule quiet."""

import logging
from datetime import datetime

from sqlalchemy import Connection
from telegram import Update

from bot.handlers.announcing import Announcer
from bot.handlers.context import Context, answer, tap_of, texts_of
from bot.learning.trainer import ALIVE
from bot.replies import keyboards
from bot.replies.statistics import moment
from bot.storage import pausing, runs, trainers
from bot.storage.runs import RunRow, Trigger

_log = logging.getLogger(__name__)


async def retrain(update: Update, context: Context) -> None:
    """Ask for a run. The message that answers tells of it to its end, edited by whichever process trains."""
    message, admin = update.effective_message, update.effective_user
    if message is None or admin is None:
        return
    parts, texts = context.parts, texts_of(update)
    if not await parts.database.read(trainers.alive, parts.clock() - ALIVE):
        await message.reply_text(texts.say("run-no-trainer"))
        return
    told = await message.reply_text(texts.say("run-waiting"), reply_markup=keyboards.cancel(texts))
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


async def cancel(update: Update, context: Context) -> None:
    """Stop the run that waits or trains, whoever asked for it."""
    message, admin = update.effective_message, update.effective_user
    if message is None or admin is None:
        return
    parts, texts = context.parts, texts_of(update)
    run = await parts.database.write(_cancel, admin.id, parts.clock())
    if run is None:
        await message.reply_text(texts.say("cancel-nothing"))
        return
    _log.info("admin %d stopped run %d", admin.id, run.id)
    await message.reply_text(texts.say("cancel-done"))
    await Announcer(context.bot, parts.clock)(run)


async def cancel_told(update: Update, context: Context) -> None:
    """Stop the run that the tapped message tells of."""
    query, _ = tap_of(update, context)
    parts, texts = context.parts, texts_of(update)
    if query.message is None:
        return
    place = (query.message.chat.id, query.message.message_id)
    run = await parts.database.write(_cancel, query.from_user.id, parts.clock(), place)
    if run is None:
        await answer(query, texts.say("cancel-nothing"))
        return
    await answer(query)
    _log.info("admin %d stopped run %d", query.from_user.id, run.id)
    await Announcer(context.bot, parts.clock)(run)


async def pause(update: Update, context: Context) -> None:
    """Keep the schedule quiet."""
    message, admin = update.effective_message, update.effective_user
    if message is None or admin is None:
        return
    parts, texts = context.parts, texts_of(update)
    if await parts.database.write(pausing.pause, admin.id, parts.clock()):
        _log.info("admin %d paused the schedule", admin.id)
        await message.reply_text(texts.say("pause-done"))
        return
    paused = await parts.database.read(pausing.paused)
    await message.reply_text(texts.say("pause-already", since=moment(paused.since if paused else parts.clock())))


async def resume(update: Update, context: Context) -> None:
    """Let the schedule go on."""
    message, admin = update.effective_message, update.effective_user
    if message is None or admin is None:
        return
    resumed = await context.parts.database.write(pausing.resume, context.parts.clock())
    if resumed:
        _log.info("admin %d resumed the schedule", admin.id)
    await message.reply_text(texts_of(update).say("resume-done" if resumed else "resume-already"))


def _cancel(
    connection: Connection, admin_id: int, now: datetime, told_in: tuple[int, int] | None = None
) -> RunRow | None:
    """Stop what is under way, if it is told of in that message, where one is given; the run as it then stands."""
    run = runs.active(connection)
    if run is None or (told_in is not None and told_in != (run.chat_id, run.message_id)):
        return None
    runs.cancel(connection, admin_id, now)
    return runs.get(connection, run.id)
