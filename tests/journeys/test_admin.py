"""An admin's figures."""

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


async def test_stats_tell_agreement_by_emotion_and_by_version(house: House, ana: Person, ada: Person) -> None:
    await correct(ana, "i am so happy and thankful today", "✓")
    await correct(ana, "i am so happy and thankful today", "Love")
    await correct(ana, "i feel so alone and sad without you", "✓")
    await ada.writes("/stats")
    told = await ada.sees(says("3 readings", "3 corrections by one person"))
    lines = [line.split() for line in told.text.splitlines()]
    assert "People agreed with 67% of 3 judged readings:" in told.text
    assert ["Joy", "50.0%", "1/2"] in lines
    assert ["Sadness", "100.0%", "1/1"] in lines
    assert ["version", "1", "66.7%", "2/3"] in lines
