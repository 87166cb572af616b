"""What a person sees of themselves: their thirty days, their figures, and all of it in a file."""

import json

from bot.playground.chats import Chat, Message
from bot.playground.files import picture_size
from bot.playground.person import Person

from .conftest import House, says
from .test_privacy import TEXT, correct


def sent(chat: Chat, kind: str) -> Message | None:
    """The bot's photo or document."""
    return next((message for message in chat.messages.values() if message.media and message.media.kind == kind), None)


async def test_mood_is_a_picture_of_ones_own_days(house: House, ana: Person, ben: Person) -> None:
    await ben.hears(await ben.writes("i am so happy and thankful today"))
    await ana.writes("/mood")
    await ana.sees(says("still empty"))
    await ana.hears(await ana.writes("i feel so alone and sad without you"))
    await ana.writes("/mood")
    picture = await ana.sees(lambda chat: sent(chat, "photo"))
    assert picture.media is not None
    assert picture_size(picture.media.file.data) == (1280, 1024)
    assert picture.text.startswith("One message in 30 days, most often 😢 Sadness.")


async def test_mystats_tells_what_one_said_and_what_is_kept(house: House, ana: Person, dana: Person) -> None:
    await ana.writes("/mystats")
    await ana.sees(says("nothing of yours"))
    await correct(ana, consent=True)
    await ana.writes("/mystats")
    await ana.sees(says("One text of yours is kept", "One waits for the next retraining"))
    await dana.hears(await dana.writes("i am so happy and thankful today"))
    await dana.writes("/mystats")
    await dana.sees(says("Прочитано 1 ваше сообщение"))


async def test_export_is_all_of_ones_own_texts_too(house: House, ana: Person, ben: Person) -> None:
    await correct(ben, consent=True)
    await correct(ana, consent=True)
    await ana.hears(await ana.writes("what a day"))
    await ana.writes("/export")
    document = await ana.sees(lambda chat: sent(chat, "document"))
    assert document.media is not None
    assert document.media.file.name == "feelback.json"
    told = json.loads(document.media.file.data)
    assert [reading.get("text") for reading in told["readings"]] == [TEXT, None]
    assert [correction["label"] for correction in told["corrections"]] == ["sadness"]
    assert str(ben.id) not in document.media.file.data.decode()
