"""Why a message was read as it was: the words that carried it, shown in place. Nothing is stored."""

from telegram import Update

from bot.handlers.context import Context, answer, edit, tap_of, texts_of
from bot.handlers.tapped import original, own
from bot.handlers.telling import told_before
from bot.replies import keyboards, reading
from bot.replies.why import why as explanation


async def why(update: Update, context: Context) -> None:
    """Show the message under its reading, with the words underlined that made the bot say so.

    It is the model that serves now that is asked, of what was said then.
    """
    query, match = tap_of(update, context)
    texts = texts_of(update)
    row = await own(query, int(match[1]), context.parts, texts)
    if row is None:
        return
    text = original(query, row)
    if text is None:
        await answer(query, texts.say("toast-why-unreachable"))
        return
    await answer(query)
    told = told_before(row, text, context.parts)
    influences = context.parts.live.classifier.why(text, told.said.best if told.label is None else told.label)
    keyboard = keyboards.reading(row.id, told, texts, explained=True)
    await edit(query, explanation(reading.reading(told, texts), text, influences, texts), keyboard)
