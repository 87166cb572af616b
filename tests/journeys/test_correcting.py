"""A reading is confirmed, corrected and given back."""

from datetime import UTC, datetime

import pytest

from bot.handlers.routes import UPDATES
from bot.playground.chats import Message, Tap
from bot.playground.person import Person
from bot.storage import corrections, people, readings
from bot.storage.readings import ReadingRow
from ml.emotions import NO_EMOTION, Emotion

from .conftest import House, shows

HAPPY = "i am so happy and thankful today"


@pytest.fixture
async def quiet(house: House) -> House:
    """A house in which everybody has said no to keeping texts, so that nobody is asked."""
    for chat in house.playground.telegram.chats.values():
        await house.database.write(people.set_consent, chat.person.id, given=False, now=datetime.now(UTC))
    return house


async def read(house: House, person: Person, text: str = HAPPY) -> tuple[Message, ReadingRow]:
    """Write and be answered; gives the answer and the reading."""
    reply = await person.hears(await person.writes(text))
    row = await house.database.read(readings.get, reading_id(reply))
    assert row is not None
    return reply, row


def reading_id(reply: Message) -> int:
    """What the first button carries between its colons."""
    return int(reply.keyboard[0][0]["callback_data"].split(":")[1])


async def answered(person: Person, reply: Message) -> Tap:
    """A tap on the first button, once it was answered."""
    tap = await person.taps(reply, reply.buttons[0][0])
    await person.sees(lambda chat: tap.answered)
    return tap


async def label(house: House, row: ReadingRow) -> int | None:
    """What the reading stands corrected to."""
    correction = await house.database.read(corrections.get, row.id, row.author_id)
    return None if correction is None else correction.label


async def test_one_tap_corrects(quiet: House, ana: Person) -> None:
    reply, row = await read(quiet, ana)
    tap = await ana.taps(reply, "Love")
    await ana.sees(shows(reply, "❤️ Love, got it"))
    assert tap.answered
    assert reply.buttons == [["↩ Undo"]]
    assert await label(quiet, row) == Emotion.LOVE


async def test_one_tap_confirms(quiet: House, ana: Person) -> None:
    reply, row = await read(quiet, ana)
    await ana.taps(reply, "✓")
    await ana.sees(shows(reply, "Joy, as I thought"))
    assert await label(quiet, row) == Emotion.JOY


async def test_no_emotion_is_a_correction_too(quiet: House, ana: Person) -> None:
    reply, row = await read(quiet, ana)
    await ana.taps(reply, "None")
    await ana.sees(shows(reply, "No emotion, got it"))
    assert await label(quiet, row) == NO_EMOTION


async def test_undo_brings_the_reading_back_and_another_correction_may_follow(quiet: House, ana: Person) -> None:
    reply, row = await read(quiet, ana)
    before, buttons = reply.text, reply.buttons
    await ana.taps(reply, "Fear")
    await ana.sees(shows(reply, "Fear"))
    await ana.taps(reply, "Undo")
    await ana.sees(shows(reply, before))
    assert reply.buttons == buttons
    assert await label(quiet, row) is None
    await ana.taps(reply, "Anger")
    await ana.sees(shows(reply, "Anger, got it"))
    assert await label(quiet, row) == Emotion.ANGER


async def test_pressing_again_is_harmless(quiet: House, ana: Person) -> None:
    reply, row = await read(quiet, ana)
    taps = [await ana.taps(reply, "Love") for _ in range(3)]
    await ana.sees(shows(reply, "Love"))
    await ana.sees(lambda chat: all(tap.answered for tap in taps))
    undos = [await ana.taps(reply, "Undo") for _ in range(3)]
    await ana.sees(lambda chat: all(tap.answered for tap in undos))
    await ana.hears(await ana.writes("well"))
    assert "Joy" in reply.text
    assert await label(quiet, row) is None
    assert not any(tap.text for tap in taps + undos)


async def test_the_last_of_several_taps_counts(quiet: House, ana: Person) -> None:
    reply, row = await read(quiet, ana)
    for face in ("Love", "Fear", "Surprise"):
        await ana.taps(reply, face)
    await ana.sees(shows(reply, "Surprise, got it"))
    assert await label(quiet, row) == Emotion.SURPRISE


async def test_old_buttons_work_after_a_restart(quiet: House, ana: Person) -> None:
    reply, row = await read(quiet, ana)
    await quiet.stop()
    await ana.taps(reply, "Love")
    await quiet.start()
    await ana.sees(shows(reply, "Love, got it"))
    assert await label(quiet, row) == Emotion.LOVE


async def test_in_russian(quiet: House, dana: Person) -> None:
    reply, _ = await read(quiet, dana)
    assert reply.text.startswith("😊 Радость")
    await dana.taps(reply, "Любовь")
    await dana.sees(shows(reply, "Любовь — понятно"))
    assert reply.buttons == [["↩ Отменить"]]


async def test_another_persons_reading_cannot_be_corrected(quiet: House, ana: Person, ben: Person) -> None:
    _, row = await read(quiet, ana)
    own, _ = await read(quiet, ben)
    for kind, rest in (("c", ":2"), ("u", ""), ("k", ":y")):
        own.keyboard[0][0]["callback_data"] = f"{kind}:{row.id}{rest}"
        assert "don't remember" in (await answered(ben, own)).text
    assert await label(quiet, row) is None
    assert "Joy" in own.text
    assert await quiet.database.read(people.consent, ben.id) is False


@pytest.mark.parametrize(
    "data", ["c:999999:1", "c:999999999999999999:1", "u:999999", "k:999999:y", "c:1:9", "c::", "x", "p:q", "🙂", "f"]
)
async def test_stale_and_unknown_buttons_are_answered_and_change_nothing(quiet: House, data: str, ana: Person) -> None:
    reply, row = await read(quiet, ana)
    text = reply.text
    reply.keyboard[0][0]["callback_data"] = data
    assert (await answered(ana, reply)).text
    assert reply.text == text
    assert await label(quiet, row) is None


async def test_a_tap_that_came_too_late_to_be_answered_still_counts(quiet: House, ana: Person) -> None:
    reply, row = await read(quiet, ana)
    tap = await ana.taps(reply, "Love")
    quiet.playground.telegram._taps.pop(tap.id)
    await ana.sees(shows(reply, "Love, got it"))
    assert await label(quiet, row) == Emotion.LOVE


async def test_a_correction_counts_where_the_reply_is_gone(quiet: House, ana: Person) -> None:
    reply, row = await read(quiet, ana)
    await quiet.stop()
    tap = await ana.taps(reply, "Love")
    await ana.removes(reply)
    await quiet.start()
    await ana.sees(lambda chat: tap.answered)
    await ana.hears(await ana.writes("well"))
    assert await label(quiet, row) == Emotion.LOVE


def test_taps_are_asked_for() -> None:
    assert "callback_query" in UPDATES
