"""Whether corrected texts may be kept: asked once, by the first correction, and kept to."""

from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.playground.chats import Message
from bot.playground.person import Person
from bot.storage import corrections, people
from bot.storage.corrections import KeptCorrection
from bot.storage.tables import corrections as corrections_table
from bot.storage.tables import texts
from bot.storage.vault import Vault
from ml.emotions import Emotion
from ml.text import is_held_out

from .conftest import House, says, shows

SAD = "this song makes me think of home"


async def asked(person: Person, text: str = SAD, face: str = "Sad") -> Message:
    """A message corrected for the first time: the reply is the question now."""
    reply = await person.hears(await person.writes(text))
    await person.taps(reply, face)
    await person.sees(shows(reply, "May I keep"))
    return reply


async def kept(house: House) -> list[KeptCorrection]:
    """The corrections that may teach."""
    return await house.database.read(corrections.for_training)


async def kept_rows(house: House) -> list[Any]:
    """Every kept text, as it lies in the database."""

    def rows(connection: Connection) -> list[Any]:
        return list(connection.execute(select(texts.c.cipher, texts.c.key, texts.c.held_out)))

    return await house.database.read(rows)


async def counted(house: House) -> int:
    """How many corrections are in the database."""

    def count(connection: Connection) -> int:
        return len(connection.execute(select(corrections_table.c.id)).all())

    return await house.database.read(count)


async def test_the_first_correction_asks_in_place_of_the_reading(house: House, ana: Person) -> None:
    reply = await asked(ana)
    assert reply.text.startswith("😢 Sadness, got it")
    assert all(words in reply.text for words in ("this one first", "encrypted", "admin", "/privacy"))
    assert reply.buttons == [["Yes, keep them", "No"]]
    assert await counted(house) == 1
    assert await kept(house) == []


async def test_a_yes_keeps_this_text_encrypted_and_every_later_one(house: House, ana: Person) -> None:
    reply = await asked(ana)
    await ana.taps(reply, "Yes, keep them")
    await ana.sees(shows(reply, "Sadness, got it", "I'll learn from it"))
    assert reply.buttons == [["↩ Undo"]]

    second = await ana.hears(await ana.writes("what a day at the sea"))
    await ana.taps(second, "Love")
    await ana.sees(shows(second, "Love, got it", "I'll learn from it"))

    vault = Vault([key.get_secret_value() for key in house.settings.text_keys])
    assert [(vault.decrypt(one.cipher), one.label, one.person_id) for one in await kept(house)] == [
        (SAD, Emotion.SADNESS, ana.id),
        ("what a day at the sea", Emotion.LOVE, ana.id),
    ]
    cipher, key, held_out = (await kept_rows(house))[0]
    assert SAD.encode() not in cipher
    assert key == vault.key_of(SAD.upper())
    assert held_out == is_held_out(SAD)


async def test_a_no_counts_the_correction_and_keeps_nothing_now_or_later(house: House, ana: Person) -> None:
    reply = await asked(ana)
    await ana.taps(reply, "No")
    await ana.sees(shows(reply, "Sadness, got it", "no text is kept"))
    assert reply.buttons == [["↩ Undo"]]
    second = await ana.hears(await ana.writes("what a day at the sea"))
    await ana.taps(second, "Love")
    await ana.sees(shows(second, "Love, got it"))
    assert await counted(house) == 2
    assert await kept_rows(house) == []


async def test_nobody_is_asked_twice(house: House, ana: Person) -> None:
    await asked(ana)
    second = await ana.hears(await ana.writes("what a day at the sea"))
    await ana.taps(second, "Love")
    await ana.sees(shows(second, "Love, got it"))
    assert "May I" not in second.text
    assert await kept_rows(house) == []


async def test_an_old_question_can_still_be_answered_after_a_restart(house: House, ana: Person) -> None:
    reply = await asked(ana)
    await house.stop()
    await ana.taps(reply, "Yes")
    await house.start()
    await ana.sees(shows(reply, "I'll learn from it"))
    assert len(await kept(house)) == 1


async def test_undo_lets_the_kept_text_go(house: House, ana: Person) -> None:
    reply = await asked(ana)
    await ana.taps(reply, "Yes")
    await ana.sees(shows(reply, "I'll learn from it"))
    await ana.taps(reply, "Undo")
    await ana.sees(lambda chat: len(reply.buttons) == 3)
    assert await kept_rows(house) == []
    await ana.taps(reply, "Sad")
    await ana.sees(shows(reply, "I'll learn from it"))
    assert len(await kept(house)) == 1


async def test_a_text_that_cannot_be_reached_is_counted_and_not_kept(house: House, ana: Person) -> None:
    reply = await asked(ana)
    await ana.taps(reply, "Yes")
    await ana.sees(shows(reply, "I'll learn from it"))
    second = await ana.hears(await ana.writes("what a day at the sea"))
    house.playground.telegram.make_inaccessible(ana.id)
    await ana.taps(second, "Love")
    await ana.sees(shows(second, "Love, got it", "not kept"))
    assert await counted(house) == 2
    assert len(await kept(house)) == 1


async def test_a_yes_whose_message_was_removed_is_counted_and_not_kept(house: House, ana: Person) -> None:
    message = await ana.writes(SAD)
    reply = await ana.hears(message)
    await ana.taps(reply, "Sad")
    await ana.sees(shows(reply, "May I keep"))
    await ana.removes(message)
    await ana.taps(reply, "Yes")
    await ana.sees(shows(reply, "not kept"))
    assert await house.database.read(people.consent, ana.id) is True
    assert await kept_rows(house) == []


async def test_where_a_text_cannot_be_reached_nobody_is_asked(house: House, ana: Person) -> None:
    message = await ana.writes(SAD)
    reply = await ana.hears(message)
    await ana.removes(message)
    await ana.taps(reply, "Sad")
    await ana.sees(shows(reply, "Sadness, got it"))
    assert reply.buttons == [["↩ Undo"]]


async def test_without_a_key_nobody_is_asked_and_nothing_kept_and_an_admin_is_told_once(
    house: House, caplog: pytest.LogCaptureFixture, ana: Person, ada: Person
) -> None:
    await ada.writes("/start")
    for _ in range(2):
        await house.stop()
        await house.start(text_keys=())
        await ada.sees(says("TEXT_KEYS is empty"))
    reply = await ana.hears(await ana.writes(SAD))
    await ana.taps(reply, "Sad")
    await ana.sees(shows(reply, "Sadness, got it"))
    assert reply.buttons == [["↩ Undo"]]
    assert await counted(house) == 1
    assert await kept_rows(house) == []
    assert any("TEXT_KEYS is empty" in record.message for record in caplog.records)
    assert sum("TEXT_KEYS" in message.text for message in ada.chat.messages.values()) == 1


async def test_in_russian(house: House, dana: Person) -> None:
    reply = await dana.hears(await dana.writes(SAD))
    await dana.taps(reply, "Грусть")
    await dana.sees(shows(reply, "Можно сохранять"))
    await dana.taps(reply, "Да")
    await dana.sees(shows(reply, "Буду на этом учиться"))
