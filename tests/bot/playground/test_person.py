"""Acting as people, while the bot is a real one on the other side of HTTP."""

import asyncio

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    ReplyParameters,
)

from bot.playground.person import transcript
from bot.playground.server import Playground


async def echo(bot: Bot) -> None:
    """Reply once to the next message, with two buttons."""
    (update,) = await bot.get_updates(timeout=30)
    assert update.message is not None
    await bot.send_message(
        update.message.chat_id,
        f"you said {update.message.text}",
        reply_parameters=ReplyParameters(update.message.message_id),
        reply_markup=InlineKeyboardMarkup.from_row(
            [InlineKeyboardButton(face, callback_data=face) for face in ("joy", "joyful", "No joy")]
        ),
    )


async def test_a_person_writes_hears_taps_and_sees(bot: Bot, playground: Playground) -> None:
    ana = playground.person("Ana")
    answering = asyncio.create_task(echo(bot))
    message = await ana.writes("hello")
    reply = await ana.hears(message)
    assert (reply.text, reply.buttons) == ("you said hello", [["joy", "joyful", "No joy"]])
    await answering
    tap = await ana.taps(reply, "joy")
    await bot.answer_callback_query(tap.id, "noted")
    assert await ana.sees(lambda _: tap.answered and tap.text) == "noted"
    assert (await ana.taps(reply, "no")).data == "No joy"
    await ana.removes(message)
    assert message.id not in ana.chat.messages


@pytest.mark.parametrize(("label", "count"), [("sad", 0), ("jo", 3)])
async def test_a_button_must_be_told_clearly(playground: Playground, bot: Bot, label: str, count: int) -> None:
    ana = playground.person("Ana")
    message = await ana.writes("hello")
    await echo(bot)
    reply = await ana.hears(message)
    with pytest.raises(AssertionError, match=f"{count} buttons say '{label}'"):
        await ana.taps(reply, label)


async def test_waiting_in_vain_says_what_the_chat_held(playground: Playground) -> None:
    ana = playground.person("Ana")
    await ana.writes("anyone here?", reply_to=await ana.writes("hello"))
    with pytest.raises(AssertionError, match="anyone here") as raised:
        await ana.sees(lambda chat: len(chat.messages) > 2, within=0.01)
    assert transcript(ana.chat) in str(raised.value)


async def test_waiting_ends_with_the_playground(playground: Playground) -> None:
    waiting = asyncio.create_task(playground.person("Ana").sees(lambda chat: chat.messages, within=60))
    await asyncio.sleep(0)
    await playground.stop()
    with pytest.raises(AssertionError, match="did not see it"):
        await waiting


async def test_a_person_acts_in_a_group_and_in_inline_mode(bot: Bot, playground: Playground) -> None:
    ana, group = playground.person("Ana").among(playground.telegram.group), playground.telegram.group

    async def answer() -> None:
        (update,) = await bot.get_updates(timeout=30)
        assert update.inline_query is not None
        results = [
            InlineQueryResultArticle(name, name, InputTextMessageContent(f"I feel {name}")) for name in ("joy", "fear")
        ]
        await update.inline_query.answer(results)

    answering = asyncio.create_task(answer())
    query = await ana.asks("so happy")
    message = await ana.chooses(query, "Joy")
    await answering
    assert (message.chat, message.author, message.text) == (group, ana.user, "I feel joy")
    await ana.reacts(message, "👍")
    assert message.reactions == {ana.id: "👍"}
    mention = await ana.writes("@feelback_bot hi", reply_to=message)
    await ana.edits(mention, "@feelback_bot hello")
    passed_on = await playground.person("Ben").forwards(mention)
    assert (passed_on.text, passed_on.origin is not None) == ("@feelback_bot hello", True)
    kinds = [next(iter(update.to_dict().keys() - {"update_id"})) for update in await bot.get_updates()]
    assert kinds == ["inline_query", "message", "message", "edited_message", "message"]
