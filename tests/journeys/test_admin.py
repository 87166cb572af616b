"""An admin's figures."""

from bot.playground.files import picture_size
from bot.playground.person import Person

from .conftest import House, says


async def correct(person: Person, text: str, face: str) -> None:
    """Write, and correct what was read."""
    reply = await person.hears(await person.writes(text))
    await person.taps(reply, face)
    await person.sees(lambda chat: len(reply.buttons) == 1)


async def test_stats_start_with_nothing(house: House, ada: Person) -> None:
    await ada.writes("/stats")
    told = await ada.sees(says("0 readings"))
    assert "Nobody has judged" in told.text
    assert "Version 1 serves" in told.text


async def test_stats_are_a_picture_and_a_few_lines(house: House, ana: Person, ada: Person) -> None:
    await correct(ana, "i am so happy and thankful today", "✓")
    await correct(ana, "i am so happy and thankful today", "Love")
    await correct(ana, "i feel so alone and sad without you", "✓")
    await ada.writes("/stats")
    told = await ada.sees(says("3 readings", "3 corrections by one person"))
    assert "People agreed with 67% of 3 judged readings" in told.text
    assert "The next may start" in told.text
    assert told.media is not None
    assert picture_size(told.media.file.data) == (1280, 1571)
