"""An admin looks at the models there are, and lets an earlier one serve again."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection
from telegram import InlineKeyboardMarkup, Update

from bot.handlers.context import Context, Parts, answer, edit, tap_of, texts_of
from bot.replies import keyboards
from bot.replies import models as replies
from bot.replies.models import Made
from bot.replies.texts import Markup, Texts
from bot.storage import forgetting, pausing, runs
from bot.storage import models as storage
from bot.storage.models import ModelRow, RolledBack, Status

SHOWN: Final = 8
"""So many models are listed, the newest; and the one that serves."""

_DIGITS: Final = 9
_log = logging.getLogger(__name__)


async def models(update: Update, context: Context) -> None:
    """List the models; with a version, show all of that one."""
    message = update.effective_message
    if message is None:
        return
    database, texts = context.parts.database, texts_of(update)
    if not context.args:
        text, keyboard = await database.read(_all, texts)
    elif (version := _version(context.args)) is None:
        text, keyboard = texts.say("models-usage"), None
    else:
        text, keyboard = await database.read(_one, version, texts)
    await message.reply_text(text, reply_markup=keyboard)


async def show(update: Update, context: Context) -> None:
    """Show one model in place of the list, or the list again."""
    query, match = tap_of(update, context)
    await answer(query)
    database, texts, version = context.parts.database, texts_of(update), int(match[1])
    await edit(query, *await (database.read(_one, version, texts) if version else database.read(_all, texts)))


async def roll_back(update: Update, context: Context) -> None:
    """Let a version serve in place of the champion, at once."""
    message, admin = update.effective_message, update.effective_user
    if message is None or admin is None:
        return
    version, texts = _version(context.args or ()), texts_of(update)
    if version is None:
        await message.reply_text(texts.say("models-usage"))
        return
    await message.reply_text(await _rolled_back(version, admin.id, context.parts, texts))


async def serve(update: Update, context: Context) -> None:
    """Let the version of the button serve in place of the champion, at once."""
    query, match = tap_of(update, context)
    await answer(query)
    texts, version = texts_of(update), int(match[1])
    text = await _rolled_back(version, query.from_user.id, context.parts, texts)
    await edit(query, text, keyboards.model(version, False, texts))


async def _rolled_back(version: int, admin_id: int, parts: Parts, texts: Texts) -> Markup:
    """Let it serve, in this process too before that is said; what to say of it."""
    text, changed = await parts.database.write(_roll_back, version, admin_id, parts.clock(), texts)
    if changed:
        _log.info("admin %d let model version %d serve again", admin_id, version)
        await parts.live.look()
    return text


def _roll_back(connection: Connection, version: int, admin_id: int, now: datetime, texts: Texts) -> tuple[Markup, bool]:
    if storage.get(connection, version) is None:
        return _unknown(connection, version, texts), False
    kept, champion = storage.with_bundles(connection), storage.champion_version(connection)
    if version == champion:
        return texts.say("rollback-already", version=version), False
    if version not in kept:
        return texts.say("rollback-no-bundle", version=version, known=_listed(kept)), False
    storage.roll_back(connection, version, now, RolledBack.ADMIN, by=admin_id)
    return texts.say("rollback-done", version=version, old=champion or 0), True


def _all(connection: Connection, texts: Texts) -> tuple[Markup, InlineKeyboardMarkup]:
    listed = [
        row for place, row in enumerate(storage.history(connection)) if place < SHOWN or row.status is Status.CHAMPION
    ]
    made = [_made(connection, row) for row in listed]
    text = replies.models(made, pausing.paused(connection), forgetting.pending(connection), texts)
    return text, keyboards.models([row.version for row in listed])


def _one(connection: Connection, version: int, texts: Texts) -> tuple[Markup, InlineKeyboardMarkup | None]:
    row = storage.get(connection, version)
    if row is None:
        return _unknown(connection, version, texts), None
    kept = version in storage.with_bundles(connection)
    text = replies.model(_made(connection, row), forgetting.unlearned(connection, version), kept, texts)
    return text, keyboards.model(version, kept and row.status is not Status.CHAMPION, texts)


def _made(connection: Connection, row: ModelRow) -> Made:
    return Made(row, None if row.run_id is None else runs.get(connection, row.run_id))


def _unknown(connection: Connection, version: int, texts: Texts) -> Markup:
    newest = [row.version for row in storage.history(connection)][:SHOWN]
    return texts.say("models-unknown", version=str(version), known=_listed(newest))


def _listed(versions: Collection[int]) -> str:
    return ", ".join(map(str, sorted(versions)))


def _version(args: Sequence[str]) -> int | None:
    """The version that was asked for; None for anything else."""
    given = args[0] if len(args) == 1 else ""
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= _DIGITS else None
