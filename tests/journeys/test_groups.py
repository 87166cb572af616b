"""In a group the bot reads what is addressed to it, everybody votes, and a text is its author's to give."""

import pytest
from sqlalchemy import Connection, select

from bot.playground.chats import Message
from bot.playground.person import Person
from bot.storage import corrections
from bot.storage.tables import corrections as votes
from bot.storage.tables import readings, texts

from .conftest import House, says, shows

HAPPY = "i am so happy and thankful today"
SAD = "i feel so alone and sad without you"
ASK = "/emotion@feelback_bot"


@pytest.fixture
def friends(house: House, ana: Person, ben: Person, ada: Person, dana: Person) -> tuple[Person, ...]:
    """Ana, Ben, Ada, who is an admin of the group, and Dana in a group with the bot."""
    return tuple(person.among(house.playground.telegram.group) for person in (ana, ben, ada, dana))


async def quiet(house: House, person: Person) -> None:
    """Make sure that all that was sent before is handled, and see that nothing is said to it."""
    before = [message for message in person.chat.messages.values() if message.from_bot]
    marker = await person.writes("/help")
    await person.hears(marker)
    after = [message for message in person.chat.messages.values() if message.from_bot]
    assert [message for message in after if message.reply_to is not marker] == before


async def asked(asker: Person, target: Message) -> Message:
    """What the bot says of a message that is answered with /emotion."""
    await asker.writes(ASK, reply_to=target)
    return await asker.hears(target)


async def stored(house: House) -> list[tuple[int, int]]:
    """Standing votes: who says what."""

    def rows(connection: Connection) -> list[tuple[int, int]]:
        query = select(votes.c.person_id, votes.c.label).where(votes.c.undone_at.is_(None)).order_by(votes.c.id)
        return [(row.person_id, row.label) for row in connection.execute(query)]

    return await house.database.read(rows)


async def kept(house: House) -> int:
    """How many texts are kept."""
    return await house.database.read(lambda connection: len(connection.execute(select(texts.c.reading_id)).all()))


async def test_only_what_is_addressed_to_the_bot_is_read(house: House, friends: tuple[Person, ...]) -> None:
    ana, ben, *_ = friends
    house.playground.telegram.group.bot_is_admin = True  # it is shown everything
    await ana.writes(HAPPY)
    await ben.writes(SAD, reply_to=await ana.writes("well"))
    await ben.writes("mail me at ben@feelback_bot.org or @feelback_bots")
    await quiet(house, ana)
    named = await ana.writes(f"@Feelback_Bot {HAPPY}")
    reply = await ana.hears(named)
    assert reply.text.startswith("😊 Joy ▰")
    assert (await ben.hears(await ben.writes(SAD, reply_to=reply))).text.startswith("😢 Sadness ▰")
    target = await ana.writes(SAD)
    assert (await asked(ben, target)).text.startswith("😢 Sadness ▰")
    target = await ana.writes(HAPPY)
    await ben.writes("@feelback_bot", reply_to=target)
    assert (await ben.hears(target)).text.startswith("😊 Joy ▰")
    authors = await house.database.read(
        lambda connection: list(connection.execute(select(readings.c.author_id).order_by(readings.c.id)).scalars())
    )
    assert authors == [ana.id, ben.id, ana.id, ana.id]


@pytest.mark.parametrize("text", [ASK, "@feelback_bot"])
async def test_how_to_ask_is_said_where_nothing_is_pointed_at(
    house: House, text: str, friends: tuple[Person, ...]
) -> None:
    ana, *_ = friends
    assert "Answer a message with /emotion" in (await ana.hears(await ana.writes(text))).text


async def test_help_says_why_only_some_messages_are_heard_and_private_matters_stay_private(
    house: House, friends: tuple[Person, ...]
) -> None:
    ana, *_, dana = friends
    assert "Anyone may vote" in (await ana.hears(await ana.writes("/start@feelback_bot"))).text
    told = await ana.hears(await ana.writes("/help@feelback_bot"))
    assert all(words in told.text for words in ("@feelback_bot", "/emotion", "Telegram hides", "Anyone may vote"))
    assert "Телеграм мне не показывает" in (await dana.hears(await dana.writes("/help"))).text
    assert "write to me at @feelback_bot" in (await ana.hears(await ana.writes("/privacy"))).text
    await ana.writes("/start@other_bot")
    await ana.writes("/nothing")
    await quiet(house, ana)
    menu = house.playground.telegram.menu(ana.chat, ana.user)
    assert {command["command"] for command in menu} == {"emotion", "help"}


async def test_everybody_votes_once_and_the_reply_shows_how_it_stands(
    house: House, friends: tuple[Person, ...]
) -> None:
    ana, ben, ada, dana = friends
    reply = await asked(ben, await ana.writes(HAPPY))
    before = reply.text
    await ben.taps(reply, "Love")
    await ben.sees(shows(reply, "You say: ❤️ Love 1"))
    await ada.taps(reply, "Love")
    await dana.taps(reply, "✓")
    await ben.sees(shows(reply, "You say: ❤️ Love 2, 😊 Joy 1"))
    assert reply.text.startswith(before)
    await ben.taps(reply, "Fear")
    await ben.sees(shows(reply, "You say: 😊 Joy 1, ❤️ Love 1, 😨 Fear 1"))
    await ben.taps(reply, "Undo")
    await ben.sees(shows(reply, "You say: 😊 Joy 1, ❤️ Love 1"))
    tap = await ben.taps(reply, "Undo")
    await ben.sees(lambda _: tap.answered)
    assert "haven't said anything" in tap.text
    assert sorted(await stored(house)) == [(dana.id, 1), (ada.id, 2)]
    assert await kept(house) == 0
    await dana.taps(reply, "Undo")
    await ada.taps(reply, "Undo")
    await ada.sees(lambda _: reply.text == before)
    assert "↩ Undo" not in str(reply.buttons)
    assert [len(row) for row in reply.buttons] == [4, 3, 1]


async def test_a_text_is_kept_when_its_author_alone_agrees(house: House, friends: tuple[Person, ...]) -> None:
    ana, ben, *_ = friends
    message = await ana.writes(HAPPY)
    reply = await asked(ben, message)
    await ben.taps(reply, "Love")
    await ben.sees(shows(reply, "Love 1"))
    assert not [one for one in ana.chat.messages.values() if "May I keep" in one.text]
    await ana.taps(reply, "Surprise")
    question = await ana.sees(says("May I keep"))
    assert question.reply_to is message
    tap = await ben.taps(question, "Yes")
    await ben.sees(lambda _: tap.answered)
    assert "whoever wrote the message" in tap.text
    assert await kept(house) == 0
    await ana.taps(question, "Yes")
    await ana.sees(shows(question, "I'll learn from it"))
    assert question.buttons == []
    assert await kept(house) == 1
    teaching = await house.database.read(corrections.for_training)
    assert [(one.person_id, one.author_id) for one in teaching] == [(ana.id, ana.id)]  # Ben has not agreed to anything
    second = await asked(ben, await ana.writes(SAD))
    await ben.taps(second, "Fear")
    await ben.sees(shows(second, "Fear 1"))
    assert await kept(house) == 2


async def test_a_no_keeps_nothing_and_is_not_asked_for_again(house: House, friends: tuple[Person, ...]) -> None:
    ana, *_ = friends
    reply = await asked(ana, await ana.writes(HAPPY))
    await ana.taps(reply, "Love")
    question = await ana.sees(says("May I keep"))
    await ana.taps(question, "No")
    await ana.sees(shows(question, "no text is kept"))
    second = await asked(ana, await ana.writes(SAD))
    await ana.taps(second, "Fear")
    await ana.sees(shows(second, "Fear 1"))
    await quiet(house, ana)
    assert await kept(house) == 0


async def test_a_message_has_one_reading_however_often_it_is_asked_for(
    house: House, friends: tuple[Person, ...]
) -> None:
    ana, ben, _, dana = friends
    message = await ana.writes(HAPPY)
    reply = await asked(ben, message)
    await ben.taps(reply, "Love")
    await ben.sees(shows(reply, "Love 1"))
    await dana.writes(ASK, reply_to=message)
    again = await dana.sees(says("Вы говорите: ❤️ Любовь 1", after=reply.id))
    await ana.taps(again, "Страх")
    await ana.sees(shows(again, "❤️"))
    count = await house.database.read(lambda connection: len(connection.execute(select(readings.c.id)).all()))
    assert count == 1


async def test_who_votes_next_does_not_change_the_language(house: House, friends: tuple[Person, ...]) -> None:
    ana, *_, dana = friends
    reply = await asked(ana, await ana.writes(HAPPY))
    await dana.taps(reply, "Love")
    await dana.sees(shows(reply, "You say: ❤️ Love 1"))
    await dana.taps(reply, "Why?")
    await dana.sees(shows(reply, "These words", "Love 1"))


async def test_channels_and_anonymous_admins_are_read_but_are_no_people(
    house: House, friends: tuple[Person, ...]
) -> None:
    ana, ben, ada, _ = friends
    telegram = house.playground.telegram
    anonymous = await ada.writes(f"@feelback_bot {HAPPY}", written_as=telegram.group)
    reply = await ada.hears(anonymous)
    assert reply.text.startswith("😊 Joy")
    channel = await ada.writes(f"@feelback_bot {SAD}", written_as=telegram.channel)
    assert (await ada.hears(channel)).text.startswith("😢 Sadness")
    await ben.taps(reply, "Love")
    await ben.sees(shows(reply, "Love 1"))
    await ada.taps(reply, "Love")
    await ada.sees(shows(reply, "Love 2"))
    await quiet(house, ana)
    authors = await house.database.read(
        lambda connection: list(connection.execute(select(readings.c.author_id).order_by(readings.c.id)).scalars())
    )
    assert authors == [telegram.group.id, telegram.channel.id]
    assert await kept(house) == 0


async def test_a_tap_by_nobody_is_no_vote(house: House, friends: tuple[Person, ...]) -> None:
    ana, ben, *_ = friends
    reply = await asked(ben, await ana.writes(HAPPY))
    nobody = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
    pressed = {"message": reply.as_json(), "chat_instance": "1", "data": reply.keyboard[0][1]["callback_data"]}
    house.playground.telegram.updates.push("callback_query", {"id": "1", "from": nobody} | pressed)
    await quiet(house, ana)
    assert await stored(house) == []


async def test_an_edit_of_what_was_read_withdraws_the_votes(house: House, friends: tuple[Person, ...]) -> None:
    ana, ben, *_ = friends
    message = await ana.writes(f"@feelback_bot {SAD}")
    reply = await ana.hears(message)
    await ben.taps(reply, "Love")
    await ben.sees(shows(reply, "Love 1"))
    await ana.edits(message, f"@feelback_bot {HAPPY}")
    await ana.sees(shows(reply, "😊 Joy"))
    assert "You say" not in reply.text
    assert await stored(house) == []
    house.playground.telegram.group.bot_is_admin = True
    unread = await ana.writes(SAD)
    await ana.edits(unread, HAPPY)
    await quiet(house, ana)


async def test_what_was_taught_in_private_is_not_told_in_a_group(
    house: House, friends: tuple[Person, ...], ana: Person
) -> None:
    reply = await ana.hears(await ana.writes(HAPPY))
    await ana.taps(reply, "Sad")
    await ana.sees(shows(reply, "May I keep"))
    await ana.taps(reply, "Yes")
    await ana.sees(shows(reply, "I'll learn"))
    among, ben, *_ = friends
    assert (await asked(ben, await among.writes(HAPPY))).text.startswith("😊 Joy")


async def test_a_flood_counts_what_is_addressed_to_the_bot_alone(house: House, friends: tuple[Person, ...]) -> None:
    ana, *_ = friends
    await house.stop()
    house.playground.telegram.group.bot_is_admin = True
    await house.start(messages_a_minute=2)
    for _ in range(5):
        await ana.writes("well")
    for _ in range(2):
        await ana.hears(await ana.writes(f"@feelback_bot {HAPPY}"))
    assert "faster than I can listen" in (await ana.hears(await ana.writes(f"@feelback_bot {HAPPY}"))).text
