"""What a bot in privacy mode hears in a group."""

import pytest
from telegram import Update

from bot.playground.chats import PEOPLE
from bot.playground.entities import Formatted
from bot.playground.telegram import Telegram

ANA, BEN = PEOPLE[:2]


@pytest.fixture
def telegram() -> Telegram:
    return Telegram()


async def heard(telegram: Telegram) -> list[str | None]:
    """What the messages say that the bot is told of."""
    messages = [Update.de_json(update).effective_message for update in await telegram.updates.collect()]
    return [message.text or message.caption for message in messages if message]


@pytest.mark.parametrize(
    "text",
    ["/emotion", "/emotion@feelback_bot", "what is this, @feelback_bot?", "@Feelback_Bot hi", "😀 @feelback_bot"],
)
async def test_what_is_meant_for_the_bot_reaches_it(telegram: Telegram, text: str) -> None:
    telegram.write(telegram.group.id, text, by=ANA)
    assert await heard(telegram) == [text]


@pytest.mark.parametrize(
    "text",
    ["hello", "/emotion@another_bot", "what is /emotion", "@feelback_bots hi", "a@feelback_bot"],
)
async def test_what_people_say_to_each_other_does_not(telegram: Telegram, text: str) -> None:
    told = telegram.write(telegram.group.id, text, by=ANA)
    telegram.write(telegram.group.id, "indeed", by=BEN, reply_to=told.id)
    telegram.edit(telegram.group.id, told.id, f"{text}!", by=ANA)
    assert await heard(telegram) == []


async def test_answers_to_the_bot_reach_it_and_captions_and_edits_count_as_texts_do(telegram: Telegram) -> None:
    said = telegram.send(telegram.group.id, Formatted("hello all"))
    telegram.write(telegram.group.id, "hello bot", by=ANA, reply_to=said.id)
    voice = telegram.attach("voice", b"ogg")
    told = telegram.write(telegram.group.id, "listen, @feelback_bot", by=BEN, media=voice)
    telegram.edit(telegram.group.id, told.id, "listen well, @feelback_bot", by=BEN)
    assert await heard(telegram) == ["hello bot", "listen, @feelback_bot", "listen well, @feelback_bot"]


async def test_an_admin_hears_everything(telegram: Telegram) -> None:
    telegram.group.bot_is_admin = True
    telegram.write(telegram.group.id, "hello", by=ANA)
    assert await heard(telegram) == ["hello"]
