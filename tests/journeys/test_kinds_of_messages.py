"""Forwards, replies, quotes, pictures, voices and stickers."""

import pytest
from sqlalchemy import select

from bot.handlers import wordless
from bot.playground.chats import Kind
from bot.playground.person import Person
from bot.storage import people
from bot.storage.tables import texts

from .conftest import House, says, shows

HAPPY = "i am so happy and thankful today"
SAD = "i feel so alone and sad without you"


async def kept(house: House) -> int:
    """How many texts are kept."""
    return await house.database.read(lambda connection: len(connection.execute(select(texts.c.reading_id)).all()))


@pytest.mark.parametrize("hidden", [False, True])
async def test_a_forwarded_text_is_read_and_explained_but_never_kept(
    house: House, hidden: bool, ana: Person, ben: Person
) -> None:
    forwarded = await ana.forwards(await ben.writes(HAPPY), hidden=hidden)
    reply = await ana.hears(forwarded)
    assert reply.text.startswith("😊 Joy")
    await ana.taps(reply, "Why?")
    await ana.sees(shows(reply, HAPPY))
    await ana.taps(reply, "Love")
    await ana.sees(shows(reply, "Love, got it"))
    assert "May I keep" not in reply.text
    own = await ana.hears(await ana.writes(SAD))
    await ana.taps(own, "Fear")
    await ana.sees(shows(own, "May I keep"))
    await ana.taps(own, "Yes")
    await ana.sees(shows(own, "I'll learn"))
    await ana.taps(reply, "Undo")
    await ana.sees(shows(reply, "😊 Joy"))
    await ana.taps(reply, "Love")
    await ana.sees(shows(reply, "Love, got it", "a forwarded text is somebody else's"))
    assert await kept(house) == 1


async def test_of_a_reply_and_of_a_quote_the_persons_own_words_are_read(house: House, ana: Person) -> None:
    message = await ana.writes(SAD)
    reply = await ana.hears(message)
    assert (await ana.hears(await ana.writes(HAPPY, reply_to=message, quote="alone and sad"))).text.startswith("😊 Joy")
    assert (await ana.hears(await ana.writes(HAPPY, reply_to=reply))).text.startswith("😊 Joy")


@pytest.mark.parametrize("kind", ["document", "video", "voice"])
async def test_captions_of_all_kinds_are_read(house: House, kind: Kind, ana: Person) -> None:
    assert (await ana.hears(await ana.sends(kind, b"data", HAPPY))).text.startswith("😊 Joy")


async def test_what_has_no_words_gets_one_gentle_line_once_a_while(
    house: House, monkeypatch: pytest.MonkeyPatch, png: bytes, ana: Person, dana: Person
) -> None:
    album = [await ana.sends("photo", png) for _ in range(3)]
    told = await ana.hears(album[0])
    assert "I read words only" in told.text
    await ana.sends("sticker", b"data")
    await house.stop()
    await house.start()
    await ana.sends("voice", b"data")
    await ana.hears(await ana.writes(HAPPY))
    assert len([message for message in ana.chat.messages.values() if "words only" in message.text]) == 1
    await dana.sends("sticker", b"data")
    await dana.sees(says("только слова"))
    monkeypatch.setattr(wordless, "EVERY", wordless.EVERY * 0)
    await ana.sends("voice", b"data")
    await ana.sees(says("words only", after=told.id))
    await ana.writes("/forget")
    await ana.taps(await ana.sees(says("Delete all")), "Yes")
    await ana.sees(says("Done"))
    assert await house.database.read(people.consent, ana.id) is None


async def test_in_a_group_pictures_pass_in_silence(house: House, png: bytes, ana: Person) -> None:
    house.playground.telegram.group.bot_is_admin = True
    among = ana.among(house.playground.telegram.group)
    await among.sends("photo", png)
    await among.sends("sticker", b"data")
    told = await among.hears(await among.writes("/help"))
    assert [message for message in among.chat.messages.values() if message.from_bot] == [told]


async def test_what_is_nobodys_word_to_the_bot_is_passed_over_quietly(
    house: House, caplog: pytest.LogCaptureFixture, ana: Person, ada: Person
) -> None:
    telegram = house.playground.telegram
    await ana.chooses(await ana.asks(HAPPY))  # via the bot, in their private chat
    await ada.among(telegram.channel).writes(HAPPY)
    person = ana.user.as_json()
    here = {"message_id": 900, "date": 1, "chat": ana.chat.as_json(), "from": person}
    poll = {"id": "1", "question": HAPPY, "options": [], "total_voter_count": 0, "is_closed": False}
    poll |= {"is_anonymous": True, "type": "regular", "allows_multiple_answers": False, "allows_revoting": True}
    poll |= {"members_only": False}
    changed = {"user": person, "status": "member"}
    member = {"chat": telegram.group.as_json(), "from": person, "date": 1, "old_chat_member": changed}
    for kind, content in {
        "message": here | {"poll": poll},
        "edited_message": here | {"location": {"longitude": 1.0, "latitude": 2.0}},
        "channel_post": here | {"text": HAPPY},
        "poll": poll,
        "chat_member": member | {"new_chat_member": changed},
        "something_new": {"text": HAPPY},
    }.items():
        telegram.updates._waiting.append({"update_id": telegram.updates._last_id + 1, kind: content})
        telegram.updates._last_id += 1
    joined = here | {"chat": telegram.group.as_json(), "new_chat_members": [person]}
    telegram.updates.push("message", joined)
    await ana.hears(await ana.writes(HAPPY))
    assert len([message for message in ana.chat.messages.values() if message.from_bot]) == 1
    elsewhere = [*telegram.group.messages.values(), *telegram.channel.messages.values()]
    assert not any(message.from_bot for message in elsewhere)
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
