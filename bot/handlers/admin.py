"""How the bot is doing, for an admin. For others an admin's commands don't exist."""

from datetime import UTC, date, timedelta

from sqlalchemy import Connection
from telegram import Update

from bot.handlers.context import Context, texts_of, typing
from bot.learning.schedule import next_fire
from bot.replies import charts
from bot.replies.statistics import Standing, statistics
from bot.storage import corrections, days, forgetting, models, pausing, runs
from bot.storage.statistics import overview


async def stats(update: Update, context: Context) -> None:
    """Show the figures: a few lines, and once there are readings, a picture."""
    message, parts, texts = update.effective_message, context.parts, texts_of(update)
    if message is None:
        return
    async with typing(message):
        now = parts.clock().astimezone(UTC)
        await parts.database.write(days.roll_up, now)
        standing = await parts.database.read(_standing, now.date() - timedelta(days=charts.DAYS - 1))
        told = statistics(standing, next_fire(parts.cron, now), texts)
        if not standing.overview.readings:
            await message.reply_text(told)
            return
        picture = await charts.draw(charts.statistics, standing.by_day, standing.overview, now.date(), texts)
    await message.reply_photo(picture, told, filename="stats.png")


def _standing(connection: Connection, since: date) -> Standing:
    pending = forgetting.pending(connection)
    return Standing(
        overview=overview(connection),
        by_day=days.by_day(connection, since),
        champion=models.champion(connection),
        waiting=corrections.count_new(connection),
        last_run=runs.latest(connection),
        forgettings=0 if pending is None else pending.count,
        paused=pausing.paused(connection) is not None,
    )
