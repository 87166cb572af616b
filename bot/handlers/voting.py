"""In a group every person may say what a reading should have been, one vote each, the last one counts.

The reply shows the votes. A text belongs to who wrote it: they alone are asked whether it may be kept, by a message of
its own below theirs, and until they agree votes count without it.
"""

from sqlalchemy import Connection
from telegram import Message, Update

from bot.handlers.context import Context, Parts, answer, edit, tap_of, texts_of
from bot.handlers.correcting import keep, may_ask
from bot.handlers.tapped import judged, original, show
from bot.replies import keyboards
from bot.replies.keyboards import Answer
from bot.replies.reading import Kept
from bot.storage import corrections, people
from bot.storage.readings import ReadingRow


async def vote(update: Update, context: Context) -> None:
    """Store what a person says, and show how the vote stands."""
    query, match = tap_of(update, context)
    texts, parts = texts_of(update), context.parts
    row = await judged(query, int(match[1]), parts, texts)
    if row is None:
        return
    await answer(query)
    message = original(query, row)
    asks = await parts.database.write(_vote, row, query.from_user.id, int(match[2]), message, parts)
    await show(query, row, parts, texts)
    if asks and message is not None:
        question = texts.say("consent-question")
        await message.reply_text(question, do_quote=True, reply_markup=keyboards.consent(row.id, texts))


async def take_back(update: Update, context: Context) -> None:
    """Take a person's vote back, and show how the vote stands."""
    query, match = tap_of(update, context)
    texts, parts = texts_of(update), context.parts
    row = await judged(query, int(match[1]), parts, texts)
    if row is None:
        return
    undone = await parts.database.write(corrections.undo, row.id, query.from_user.id, parts.clock())
    await answer(query, None if undone else texts.say("toast-no-vote"))
    await show(query, row, parts, texts)


async def consent(update: Update, context: Context) -> None:
    """Note whether the author lets their texts be kept; whoever else answers is told that it is not for them."""
    query, match = tap_of(update, context)
    texts, parts, given = texts_of(update), context.parts, match[2] == Answer.YES
    row = await judged(query, int(match[1]), parts, texts)
    if row is None:
        return
    if query.from_user.id != row.author_id:
        await answer(query, texts.say("toast-not-asked"))
        return
    await answer(query)
    kept = await parts.database.write(_consent, row, given, original(query, row), parts)
    await edit(query, texts.say(kept.value or "privacy-on"))


def _vote(
    connection: Connection, row: ReadingRow, person_id: int, label: int, message: Message | None, parts: Parts
) -> bool:
    """Store the vote, and the text where its author agreed; whether they are to be asked for that, being the voter."""
    corrections.put(connection, row.id, person_id, label, parts.clock())
    keep(connection, row, message, parts)
    return person_id == row.author_id and may_ask(connection, row, message, parts)


def _consent(connection: Connection, row: ReadingRow, given: bool, message: Message | None, parts: Parts) -> Kept:
    people.set_consent(connection, row.author_id, given, parts.clock())
    return keep(connection, row, message, parts) if given else Kept.REFUSED
