"""👍 on a reading confirms it; 👎 says that it is wrong, and is asked which it is."""

import pytest

from bot.playground.chats import Message
from bot.playground.person import Person
from bot.storage import corrections, people, readings
from bot.storage.readings import ReadingRow
from ml.emotions import Emotion

from .conftest import House, shows

HAPPY = "i am so happy and thankful today"
ASK = "What would you say?"


async def read(house: House, person: Person, text: str = HAPPY) -> tuple[Message, ReadingRow]:
    """The reply to a text, and the reading that it tells. The reply's id is stored after it was sent."""
    reply = await person.hears(await person.writes(text))
    while (row := await house.database.read(readings.told_by, reply.chat.id, reply.id)) is None:
        pass
    return reply, row


async def label(house: House, row: ReadingRow, person: Person) -> int | None:
    """What the person says of the reading."""
    correction = await house.database.read(corrections.get, row.id, person.id)
    return None if correction is None else correction.label


async def test_thumbs_up_confirms_and_keeps_no_text(house: House, ana: Person) -> None:
    reply, row = await read(house, ana)
    before = reply.text
    await ana.reacts(reply, "👍")
    await ana.sees(shows(reply, "😊 Joy, as I thought"))
    assert reply.buttons == [["↩ Undo"]]
    assert await label(house, row, ana) == Emotion.JOY
    assert await house.database.read(people.consent, ana.id) is None
    await ana.reacts(reply)
    await ana.sees(lambda _: reply.text == before)
    assert await label(house, row, ana) is None


async def test_thumbs_down_asks_which_and_stores_nothing(house: House, ana: Person) -> None:
    reply, row = await read(house, ana)
    before, buttons = reply.text, reply.buttons
    await ana.reacts(reply, "👎")
    await ana.sees(shows(reply, before, ASK))
    assert reply.buttons == buttons
    assert await label(house, row, ana) is None
    await ana.taps(reply, "Love")
    await ana.sees(shows(reply, "Love, got it"))
    await ana.reacts(reply, "👍")  # to the thanks
    await ana.reacts(reply, "👎")
    await ana.reacts(reply)
    await ana.hears(await ana.writes("well"))
    assert await label(house, row, ana) == Emotion.LOVE
    assert "Love, got it" in reply.text


async def test_a_change_of_mind_takes_the_confirmation_back(house: House, ana: Person) -> None:
    reply, row = await read(house, ana)
    await ana.reacts(reply, "👍")
    await ana.sees(shows(reply, "as I thought"))
    await ana.reacts(reply, "👎")
    await ana.sees(shows(reply, ASK))
    assert await label(house, row, ana) is None


async def test_other_emoji_and_other_messages_mean_nothing(house: House, ana: Person) -> None:
    reply, row = await read(house, ana)
    before = reply.text
    await ana.reacts(reply, "❤")
    await ana.reacts(await ana.writes("/start"), "👍")
    unsure, torn = await read(house, ana, "Сегодня чудесный день")
    await ana.reacts(unsure, "👍")
    await ana.hears(await ana.writes("well"))
    assert reply.text == before
    assert await label(house, row, ana) is None
    assert await label(house, torn, ana) is None


async def test_in_a_group_reactions_are_votes_where_telegram_tells_of_them(
    house: House, ana: Person, ben: Person
) -> None:
    group = house.playground.telegram.group
    ana, ben = ana.among(group), ben.among(group)
    reply, row = await read(house, ana, f"@feelback_bot {HAPPY}")
    await ben.reacts(reply, "👍")  # the bot is no admin, and hears nothing of it
    group.bot_is_admin = True
    await ana.reacts(reply, "👍")
    await ana.sees(shows(reply, "You say: 😊 Joy 1"))
    await ben.reacts(reply, "👎")
    await ben.sees(shows(reply, "You say: 😊 Joy 1", ASK))
    await ana.reacts(reply)
    await ana.sees(lambda _: "You say" not in reply.text)
    assert await label(house, row, ana) is None


async def test_a_reaction_of_nobody_is_no_vote(house: House, ana: Person) -> None:
    telegram = house.playground.telegram
    among = ana.among(telegram.group)
    reply, row = await read(house, among, f"@feelback_bot {HAPPY}")
    told = {"chat": telegram.group.as_json(), "message_id": reply.id, "date": 1, "old_reaction": []}
    liked = {"new_reaction": [{"type": "emoji", "emoji": "👍"}]}
    telegram.updates.push("message_reaction", told | liked | {"actor_chat": telegram.group.as_json()})
    bot = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
    telegram.updates.push("message_reaction", told | liked | {"user": bot})
    await among.hears(await among.writes("/help"))
    assert await house.database.read(corrections.tally, row.id) == {}


@pytest.mark.usefixtures("house")
async def test_in_russian(house: House, dana: Person) -> None:
    reply, _ = await read(house, dana)
    await dana.reacts(reply, "👎")
    await dana.sees(shows(reply, "А как по-вашему?"))
