"""A message is edited: it is read anew in the same place, and what was said of it before no longer counts."""

from sqlalchemy import Connection, select

from bot.playground.chats import Message
from bot.playground.person import Person
from bot.storage import corrections
from bot.storage.corrections import KeptCorrection
from bot.storage.tables import readings, texts
from bot.storage.vault import Vault

from .conftest import House, says, shows

SAD = "i feel so alone and sad without you"
HAPPY = "i am so happy and thankful today"


async def corrected(person: Person, text: str = SAD) -> tuple[Message, Message]:
    """A message whose text is kept with a correction of it, and the reply to it."""
    message = await person.writes(text)
    reply = await person.hears(message)
    await person.taps(reply, "Anger")
    await person.sees(shows(reply, "May I keep"))
    await person.taps(reply, "Yes")
    await person.sees(shows(reply, "I'll learn from it"))
    return message, reply


async def kept(house: House) -> list[KeptCorrection]:
    """What may teach."""
    return await house.database.read(corrections.for_training)


async def counted(house: House) -> tuple[int, int, int]:
    """Readings, those of them that were withdrawn, and kept texts."""

    def count(connection: Connection) -> tuple[int, int, int]:
        withdrawn = connection.execute(select(readings.c.withdrawn_at)).scalars().all()
        kept = connection.execute(select(texts.c.reading_id)).all()
        return len(withdrawn), sum(moment is not None for moment in withdrawn), len(kept)

    return await house.database.read(count)


async def test_the_reply_changes_with_the_message_and_the_correction_is_withdrawn(house: House, ana: Person) -> None:
    message, reply = await corrected(ana)
    assert await counted(house) == (1, 0, 1)
    await ana.edits(message, HAPPY)
    await ana.sees(shows(reply, "😊 Joy ▰"))
    assert reply.buttons[0][0] == "✓ Yes"
    assert await counted(house) == (2, 1, 0)
    assert await kept(house) == []
    assert len([one for one in ana.chat.messages.values() if one.from_bot]) == 1


async def test_an_edit_of_looks_alone_takes_the_correction_back_too(house: House, ana: Person) -> None:
    message, reply = await corrected(ana)
    await ana.edits(message, SAD.upper())
    await ana.sees(shows(reply, "Sadness"))
    assert "taught" not in reply.text
    assert await counted(house) == (2, 1, 0)


async def test_what_is_said_of_the_edited_message_is_kept_with_its_new_text(house: House, ana: Person) -> None:
    message, reply = await corrected(ana)
    await ana.edits(message, HAPPY)
    await ana.sees(shows(reply, "😊 Joy ▰"))
    await ana.taps(reply, "Why?")
    await ana.sees(shows(reply, "These words", HAPPY))
    await ana.taps(reply, "Love")
    await ana.sees(shows(reply, "Love, got it", "I'll learn from it"))
    vault = Vault([key.get_secret_value() for key in house.settings.text_keys])
    assert [(vault.decrypt(one.cipher), one.label) for one in await kept(house)] == [(HAPPY, 2)]


async def test_a_button_of_the_old_reading_says_so(house: House, ana: Person) -> None:
    message, reply = await corrected(ana)
    undo = reply.keyboard
    await ana.edits(message, HAPPY)
    await ana.sees(shows(reply, "😊 Joy ▰"))
    reply.keyboard = undo
    tap = await ana.taps(reply, "Undo")
    await ana.sees(lambda _: tap.answered)
    assert "read it anew" in tap.text


async def test_a_tap_on_what_an_edit_is_about_to_change_keeps_no_text(house: House, ana: Person) -> None:
    await corrected(ana)
    message = await ana.writes(SAD)
    reply = await ana.hears(message)
    await house.stop()
    await ana.taps(reply, "Fear")
    await ana.edits(message, HAPPY)
    await house.start()
    await ana.sees(shows(reply, "😊 Joy ▰"))
    assert [one.label for one in await kept(house)] == [3]


async def test_a_message_left_without_words_is_not_read_any_more(house: House, ana: Person, png: bytes) -> None:
    message = await ana.sends("photo", png, SAD)
    reply = await ana.hears(message)
    await ana.edits(message, "")
    await ana.sees(shows(reply, "no words left"))
    assert reply.buttons == []
    assert await counted(house) == (1, 1, 0)


async def test_a_caption_that_comes_later_is_read(house: House, ana: Person, png: bytes) -> None:
    message = await ana.sends("photo", png)
    await ana.sees(says("words only"))
    await ana.edits(message, HAPPY)
    assert (await ana.sees(says("😊 Joy"))).reply_to is message


async def test_it_takes_no_second_reply_after_a_restart_and_speaks_russian(house: House, dana: Person) -> None:
    message = await dana.writes(SAD)
    reply = await dana.hears(message)
    await house.stop()
    await dana.edits(message, HAPPY)
    await house.start()
    await dana.sees(shows(reply, "😊 Радость ▰"))
    assert len([one for one in dana.chat.messages.values() if one.from_bot]) == 1
