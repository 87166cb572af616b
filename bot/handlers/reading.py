"""A message comes, its emotion is told."""

from telegram import Update

from bot.handlers.context import Context, texts_of, words_of
from bot.replies import keyboards, reading
from bot.storage import readings


async def read(update: Update, context: Context) -> None:
    """Reply to a text or caption with what is heard in it, and with a button for each thing it might be instead."""
    message, author = update.effective_message, update.effective_user
    if message is None or author is None:
        return
    parts, texts = context.parts, texts_of(update)
    model = parts.live.served
    said = model.classifier.read(words_of(message))
    reading_id = await parts.database.write(
        readings.add,
        chat_id=message.chat_id,
        message_id=message.message_id,
        author_id=author.id,
        reading=said,
        model_version=model.version,
        now=parts.clock(),
    )
    reply = await message.reply_text(
        reading.reading(said, texts),
        do_quote=True,
        reply_markup=keyboards.reading(reading_id, reading.shown_label(said), texts),
    )
    await parts.database.write(readings.set_reply, reading_id, reply.message_id)
