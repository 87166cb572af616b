"""A text that its author corrected is read as corrected for them from then on, before any training."""

import pytest
from sqlalchemy import select

from bot.playground.chats import Message
from bot.playground.person import Person
from bot.storage.tables import readings

from .conftest import House, says, shows

TEXT = "Oh well, this is FINE!"
AGAIN = "oh well this is fine!"
TAUGHT = "❤️ Love, as you taught me."


async def reads(person: Person, text: str = AGAIN) -> Message:
    """The answer to a text."""
    return await person.hears(await person.writes(text))


async def teaches(person: Person, face: str = "Love", consent: str = "Yes") -> Message:
    """Correct a text for the first time, and answer what is asked then."""
    reply = await reads(person, TEXT)
    assert "taught" not in reply.text
    await person.taps(reply, face)
    await person.sees(shows(reply, "May I keep"))
    await person.taps(reply, consent)
    await person.sees(lambda _: reply.buttons == [["↩ Undo"]])
    return reply


async def test_a_corrected_text_is_read_as_corrected_for_its_author_alone(
    house: House, ana: Person, ben: Person
) -> None:
    await teaches(ana)
    reply = await reads(ana)
    assert reply.text == TAUGHT
    assert reply.buttons[0][0] == "✓ Yes"
    assert "Why?" not in str(reply.buttons)
    assert "taught" not in (await reads(ben)).text
    assert "taught" not in (await reads(ana, "oh well this is fine, or is it")).text
    taught = await house.database.read(
        lambda connection: list(connection.execute(select(readings.c.taught).order_by(readings.c.id)).scalars())
    )
    assert taught == [None, 2, None, None]


async def test_it_lasts_over_a_restart_and_the_last_word_counts(house: House, ana: Person) -> None:
    await teaches(ana)
    await house.stop()
    await house.start()
    reply = await reads(ana)
    assert reply.text == TAUGHT
    await ana.taps(reply, "✓")
    await ana.sees(shows(reply, "Love, as I thought"))
    second = await reads(ana)
    await ana.taps(second, "Fear")
    await ana.sees(shows(second, "Fear, got it"))
    assert (await reads(ana)).text == "😨 Fear, as you taught me."
    await ana.taps(second, "Undo")
    await ana.sees(shows(second, TAUGHT))
    assert (await reads(ana)).text == TAUGHT


async def test_undo_ends_it(house: House, ana: Person) -> None:
    reply = await teaches(ana)
    await ana.taps(reply, "Undo")
    await ana.sees(lambda _: len(reply.buttons) > 1)
    assert "taught" not in (await reads(ana)).text


@pytest.mark.parametrize(
    ("command", "question", "face", "end"),
    [("/forget", "Delete all", "Yes", "Done"), ("/privacy", "You agreed", "Stop", "not agreed")],
)
async def test_being_forgotten_and_taking_consent_back_end_it(
    house: House, command: str, question: str, face: str, end: str, ana: Person
) -> None:
    await teaches(ana)
    await ana.writes(command)
    asked = await ana.sees(says(question))
    await ana.taps(asked, face)
    await ana.sees(shows(asked, end))
    assert "taught" not in (await reads(ana)).text


async def test_without_consent_nothing_is_remembered(house: House, ana: Person) -> None:
    await teaches(ana, consent="No")
    assert "taught" not in (await reads(ana)).text


async def test_even_what_cannot_be_read_can_be_taught_and_in_russian(house: House, dana: Person) -> None:
    reply = await reads(dana, "Ну вот и славно")
    assert "По-русски" in reply.text
    await dana.taps(reply, "Радость")
    await dana.sees(shows(reply, "Можно сохранять"))
    await dana.taps(reply, "Да")
    await dana.sees(shows(reply, "учиться"))
    assert (await reads(dana, "ну вот и славно!")).text != (await reads(dana, "ну вот и славно")).text
    assert (await reads(dana, "ну вот и славно")).text == "😊 Радость — так вы меня научили."
