"""A person asks why a message was read as it was, and how the emotion of a long one moves."""

from pathlib import Path

import pytest

from bot.playground.chats import Message
from bot.playground.person import Person

from .conftest import House, shows

HAPPY = "ok <3 so today I'm really HAPPY, my cat is back"
LONG = (
    "I woke up so sad today. My grandmother is very ill, I cried all morning, I feel miserable and alone. "
    "Then my best friend came over with a cake, and we laughed so much! I am so happy and thankful now."
)


def underlined(message: Message) -> list[str]:
    """The words that are underlined, of a text whose characters count once each."""
    places = [one for one in message.body.entities if one["type"] == "underline"]
    text = message.text.encode("utf-16-le")
    return [text[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le") for one in places]


def stored(folder: Path) -> bytes:
    """All that the database's files hold."""
    return b"".join([file.read_bytes() for file in folder.glob("feelback.db*")])


async def explained(person: Person, text: str) -> tuple[Message, str]:
    """A reading whose reason was asked for; gives it, and what it said before."""
    reply = await person.hears(await person.writes(text))
    before = reply.text
    tap = await person.taps(reply, "Why?")
    await person.sees(lambda _: reply.text != before)
    assert tap.answered
    assert not tap.text
    return reply, before


async def test_the_words_that_carried_a_reading_are_underlined_in_place(house: House, ana: Person) -> None:
    reply, before = await explained(ana, HAPPY)
    assert reply.text.startswith(before)
    assert reply.text.endswith(HAPPY)
    assert "HAPPY" in underlined(reply)
    assert "Why?" not in str(reply.buttons)


async def test_what_is_explained_can_be_corrected_and_asked_again_after_undo(house: House, ana: Person) -> None:
    reply, before = await explained(ana, HAPPY)
    await ana.taps(reply, "Love")
    await ana.sees(shows(reply, "May I keep"))
    await ana.taps(reply, "No")
    await ana.sees(shows(reply, "no text is kept"))
    await ana.taps(reply, "Undo")
    await ana.sees(lambda _: reply.text == before)
    await ana.taps(reply, "Why?")
    await ana.sees(shows(reply, HAPPY))


async def test_that_there_is_no_emotion_can_be_explained(house: House, ana: Person) -> None:
    reply, before = await explained(ana, "the meeting is on tuesday at 3 in room 12")
    assert "no clear emotion" in before
    assert underlined(reply)


async def test_an_explanation_leaves_no_trace(house: House, ana: Person, tmp_path: Path) -> None:
    await explained(ana, HAPPY)
    assert b"my cat is back" not in stored(tmp_path)


async def test_what_cannot_be_seen_any_more_is_told_kindly(house: House, ana: Person) -> None:
    message = await ana.writes(HAPPY)
    reply = await ana.hears(message)
    before = reply.text
    await ana.removes(message)
    tap = await ana.taps(reply, "Why?")
    await ana.sees(lambda _: tap.answered)
    assert "can't see that message" in (tap.text or "")
    assert reply.text == before


async def test_how_the_emotion_of_a_long_message_moves_is_a_line(house: House, ana: Person) -> None:
    reply = await ana.hears(await ana.writes(LONG))
    line = "As it goes on: 😢 Sadness → 😊 Joy"
    assert line in reply.text.splitlines()
    await ana.taps(reply, "Why?")
    await ana.sees(shows(reply, "These words"))
    assert line in reply.text.splitlines()
    assert "As it goes on" not in (await ana.hears(await ana.writes(HAPPY))).text


async def test_in_russian(house: House, dana: Person) -> None:
    reply = await dana.hears(await dana.writes(HAPPY))
    await dana.taps(reply, "Почему?")
    await dana.sees(shows(reply, "слова", HAPPY))


@pytest.mark.parametrize("data", ["w:999999", "w:", "w:1:2"])
async def test_forged_questions_are_answered_and_change_nothing(house: House, data: str, ana: Person) -> None:
    reply = await ana.hears(await ana.writes(HAPPY))
    before = reply.text
    reply.keyboard[-1][-1]["callback_data"] = data
    tap = await ana.taps(reply, "Why?")
    await ana.sees(lambda _: tap.answered)
    assert tap.text
    assert reply.text == before
