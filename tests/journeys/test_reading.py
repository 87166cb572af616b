"""A person writes, and is told what is heard in it."""

import asyncio

import pytest
from sqlalchemy import select

from bot.playground.faults import held
from bot.playground.person import Person
from bot.storage import readings
from bot.storage.readings import ReadingRow
from bot.storage.tables import readings as table
from ml.emotions import Emotion

from .conftest import House


async def stored(house: House) -> list[ReadingRow]:
    """Every reading in the database."""
    ids = await house.database.read(lambda connection: connection.execute(select(table.c.id)).scalars().all())
    rows = [await house.database.read(readings.get, reading_id) for reading_id in ids]
    return [row for row in rows if row is not None]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("i am so happy and thankful today", "😊 Joy ▰"),
        ("i feel so alone and sad without you", "😢 Sadness ▰"),
        ("i am terrified of what might come", "😨 Fear ▰"),
        ("this makes me so angry", "😠 Anger ▰"),
    ],
)
async def test_a_message_is_answered_with_its_emotion_and_buttons(
    house: House, text: str, start: str, ana: Person
) -> None:
    reply = await ana.hears(await ana.writes(text))
    assert reply.text.startswith(start)
    assert [len(row) for row in reply.buttons] == [4, 3, 1]
    assert reply.buttons[0][0] == "✓ Yes"


async def test_a_message_without_emotion_is_said_to_have_none(house: House, ana: Person) -> None:
    reply = await ana.hears(await ana.writes("the meeting is on tuesday at 3 in room 12"))
    assert "no clear emotion" in reply.text
    assert reply.buttons[1][-1] == "😐 None"


async def test_another_language_is_answered_in_the_persons_own(house: House, dana: Person) -> None:
    reply = await dana.hears(await dana.writes("Сегодня чудесный день, и я так рада вас видеть"))
    assert "По-русски" in reply.text
    assert "😢 Грусть" in reply.buttons[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Сегодня чудесный день!", ("looks like Russian", "По-русски", "only English")),
        ("Сьогодні чудовий день!", ("Another language", "only English")),
        ("今日はいい天気ですね", ("Another language", "only English")),
    ],
)
async def test_another_language_is_answered_in_the_persons_own_with_a_hint(
    house: House, text: str, words: tuple[str, ...], ana: Person
) -> None:
    reply = await ana.hears(await ana.writes(text))
    assert all(word in reply.text for word in words)
    assert reply.text.endswith("What would you say?")


async def test_the_bot_is_seen_typing_only_where_it_takes_long(house: House, ana: Person) -> None:
    faults = house.playground.faults
    await ana.hears(await ana.writes("i am happy"))
    assert "sendChatAction" not in faults.calls
    go_on = asyncio.Event()
    faults.let("sendMessage", held(go_on))
    message = await ana.writes("i am still happy")
    with house.playground.telegram.follow() as events:
        while (event := await asyncio.wait_for(events.get(), 10)) != {
            "type": "action",
            "chat": ana.id,
            "action": "typing",
        }:
            assert event is not None
    go_on.set()
    await ana.hears(message)
    await ana.hears(await ana.writes("i am happy again"))
    assert faults.calls["sendChatAction"] == 1


async def test_a_caption_is_read_like_a_text(house: House, ana: Person, png: bytes) -> None:
    assert (await ana.hears(await ana.sends("photo", png, "i love you with all my heart"))).text.startswith("❤️ Love")


async def test_a_reading_is_stored_without_its_text(house: House, ana: Person) -> None:
    message = await ana.writes("i am so happy and thankful today")
    reply = await ana.hears(message)
    await ana.hears(await ana.writes("so happy"))  # the first reply's id is stored after it was sent
    row = (await stored(house))[0]
    assert (row.chat_id, row.message_id, row.author_id) == (ana.id, message.id, ana.id)
    assert (row.emotion, row.reply_id, row.model_version) == (Emotion.JOY, reply.id, 1)
    assert sum(row.probabilities) == pytest.approx(1)


@pytest.mark.parametrize(
    "text",
    [
        "<b>happy</b> & <script>sad</script>",
        "😀" * 2048,
        "happy \ud83d alone",
        "\u202ehappy\u202c \u200bday\u0000",
        "a" * 4096,
        "?",
    ],
)
async def test_whatever_is_written_is_answered_once_and_never_echoed(house: House, text: str, ana: Person) -> None:
    reply = await ana.hears(await ana.writes(text))
    assert not any(part in reply.text for part in ("<b>", "script", "happy"))
    assert len(await stored(house)) == 1


async def test_messages_of_many_people_are_each_answered_once_and_in_order(
    house: House, ana: Person, ben: Person, chen: Person
) -> None:
    people = (ana, ben, chen)
    written = [(person, await person.writes(f"i am happy number {turn}")) for turn in range(20) for person in people]
    replies = [await person.hears(message) for person, message in written]
    assert len({(reply.chat.id, reply.id) for reply in replies}) == len(written)
    for person in people:
        mine = [reply for reply in person.chat.messages.values() if reply.from_bot]
        assert [reply.reply_to.id for reply in mine if reply.reply_to] == list(range(1, 21))


async def test_what_came_while_the_bot_was_away_is_answered_after_its_start(house: House, ana: Person) -> None:
    await ana.hears(await ana.writes("i am happy"))
    await house.stop()
    message = await ana.writes("i am happy again")
    await house.start()
    assert (await ana.hears(message)).text.startswith("😊 Joy")
    assert len(await stored(house)) == 2
