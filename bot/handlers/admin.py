"""How the bot is doing, for an admin. For others an admin's commands don't exist."""

from sqlalchemy import Connection
from telegram import Update

from bot.handlers.context import Context, texts_of
from bot.replies.statistics import Standing, statistics
from bot.storage import corrections, models, runs
from bot.storage.statistics import overview


async def stats(update: Update, context: Context) -> None:
    """Show the figures."""
    if update.effective_message is not None:
        standing = await context.parts.database.read(_standing)
        await update.effective_message.reply_text(statistics(standing, texts_of(update)))


def _standing(connection: Connection) -> Standing:
    return Standing(
        overview(connection), models.champion(connection), corrections.count_new(connection), runs.latest(connection)
    )
