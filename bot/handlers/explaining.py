"""Why a message was read as it was: the words that carried it, shown in place. Nothing is stored."""

from telegram import Update

from bot.handlers.context import Context, answer, edit, tap_of, texts_of, words_of
from bot.handlers.tapped import judged, original, told_under
from bot.replies import keyboards, reading
from bot.replies.why import why as explanation


async def why(update: Update, context: Context) -> None:
    """Show the message under its reading, with the words underlined that made the bot say so.

    It is the model that serves now that is asked, of what was said then.
    """
    query, match = tap_of(update, context)
    texts = texts_of(update)
    row = await judged(query, int(match[1]), context.parts, texts)
    if row is None:
        return
    message = original(query, row)
    if message is None:
        await answer(query, texts.say("toast-why-unreachable"))
        return
    await answer(query)
    text = words_of(message)
    told, texts = await told_under(query, row, context.parts, texts)
    influences = context.parts.live.classifier.why(text, told.said.best if told.label is None else told.label)
    keyboard = keyboards.reading(row.id, told, texts, explained=True)
    await edit(query, explanation(reading.reading(told, texts), text, influences, texts), keyboard)
