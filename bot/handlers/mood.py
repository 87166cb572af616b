"""What a person can see of themselves: how they felt of late, and their figures."""

from datetime import UTC, datetime, time, timedelta

from telegram import Update

from bot.handlers.context import Context, texts_of
from bot.replies import charts, personal
from bot.storage import personal as stored


async def mood(update: Update, context: Context) -> None:
    """Show the emotions of one's last thirty days."""
    message, person = update.effective_message, update.effective_user
    if message is None or person is None:
        return
    texts, today = texts_of(update), context.parts.clock().astimezone(UTC).date()
    since = datetime.combine(today - timedelta(days=charts.DAYS - 1), time(), UTC)
    counts = await context.parts.database.read(stored.mood, person.id, since)
    if not counts:
        await message.reply_text(texts.say("mood-nothing"))
        return
    picture = await charts.draw(charts.mood, counts, today, texts)
    await message.reply_photo(picture, caption=personal.mood_caption(counts, texts), filename="mood.png")


async def mystats(update: Update, context: Context) -> None:
    """Tell what was read of one, what one corrected, and what that taught."""
    if update.effective_message is None or update.effective_user is None:
        return
    figures = await context.parts.database.read(stored.figures, update.effective_user.id)
    await update.effective_message.reply_text(personal.figures(figures, texts_of(update)))
