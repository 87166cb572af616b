"""Telegram fails in every way that it can; nothing is answered twice, and only what nobody can know is not repeated."""

import logging

import pytest

from bot.application import NotPossibleError
from bot.delivery import sending
from bot.playground.chats import Message
from bot.playground.faults import (
    BLOCKED,
    MIGRATED,
    REPLY_GONE,
    TOO_OLD,
    Fault,
    Faults,
    doubled,
    failing,
    half,
    no_json,
    no_json_failure,
    refused,
    reset,
    reset_after,
    silent,
    silent_after,
    too_many,
)
from bot.playground.person import Person
from bot.storage import claims
from bot.storage.claims import State

from .conftest import House

HAPPY = "i am so happy and thankful today"
DOUBTFUL = [failing, silent, silent_after, reset, reset_after, half, no_json, no_json_failure]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram gets less time to answer than it would."""
    monkeypatch.setattr(sending, "READ_TIMEOUT", 0.3)


@pytest.fixture
def faults(quick: None, house: House) -> Faults:
    return house.playground.faults


async def ended(house: House) -> dict[State, int]:
    """How many updates ended in which state, once none is in hand."""
    await house.stop()
    return await house.database.read(claims.count, house.playground.telegram.bot.id)


def from_bot(person: Person) -> list[Message]:
    return [message for message in person.chat.messages.values() if message.from_bot]


def name(fault: Fault) -> str:
    return getattr(fault, "__name__", "refused")


@pytest.mark.parametrize("fault", DOUBTFUL, ids=name)
async def test_a_message_that_may_have_gone_out_is_not_sent_again(
    house: House, faults: Faults, ana: Person, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    faults.let("sendMessage", fault)
    lost = await ana.writes(HAPPY)
    await ana.hears(await ana.writes(HAPPY))
    assert sum(reply.reply_to is lost for reply in from_bot(ana)) == (
        fault in (silent_after, reset_after, half, no_json)
    )
    assert faults.over()
    assert await ended(house) == {State.UNKNOWN: 1, State.DONE: 1}
    assert "what a person wrote" not in caplog.text
    assert HAPPY not in caplog.text


@pytest.mark.parametrize("fault", DOUBTFUL, ids=name)
async def test_what_may_happen_twice_is_tried_again(house: House, faults: Faults, ana: Person, fault: Fault) -> None:
    reply = await ana.hears(await ana.writes(HAPPY))
    faults.let("editMessageText", fault)
    faults.let("answerCallbackQuery", fault)
    await ana.taps(reply, "Love")
    await ana.sees(lambda _: faults.over() and "✓" not in str(reply.buttons))
    assert await ended(house) == {State.DONE: 2}


@pytest.mark.parametrize("fault", [*DOUBTFUL, refused(502, "Bad Gateway"), too_many(1)], ids=name)
async def test_polling_goes_on(house: House, faults: Faults, ana: Person, fault: Fault) -> None:
    await ana.hears(await ana.writes(HAPPY))
    faults.let("getUpdates", fault)
    for _ in range(3):
        await ana.hears(await ana.writes(HAPPY), within=30)
    assert len(from_bot(ana)) == 4
    assert await ended(house) == {State.DONE: 4}


async def test_telegrams_wish_to_wait_is_heard(house: House, faults: Faults, ana: Person, ben: Person) -> None:
    faults.let("sendMessage", too_many(1), too_many(1))
    written = [await ana.writes(HAPPY), await ana.writes("i am so sad")]
    await ben.hears(await ben.writes(HAPPY))
    for message in written:
        await ana.hears(message)
    assert [reply.reply_to for reply in from_bot(ana)] == written
    assert await ended(house) == {State.DONE: 3}


async def test_a_wait_is_not_counted_as_the_updates_time(
    house: House, faults: Faults, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.handling.DEADLINE", 0.8)
    faults.let("sendMessage", too_many(1))
    await ana.hears(await ana.writes(HAPPY))
    assert len(from_bot(ana)) == 1


async def test_all_at_once_asked_to_wait(house: House, faults: Faults, ana: Person, ben: Person, chen: Person) -> None:
    faults.let("sendMessage", too_many(1), times=6)
    for message, person in [(await person.writes(HAPPY), person) for person in (ana, ben, chen)]:
        await person.hears(message)
    assert [len(from_bot(person)) for person in (ana, ben, chen)] == [1, 1, 1]


async def test_updates_doubled_and_reordered_are_answered_once(
    house: House, faults: Faults, ana: Person, ben: Person
) -> None:
    faults.let("getUpdates", doubled, times=20)
    written = [(person, await person.writes(HAPPY)) for _ in range(5) for person in (ana, ben)]
    for person, message in written:
        await person.hears(message)
    assert await ended(house) == {State.DONE: 10}
    assert (len(from_bot(ana)), len(from_bot(ben))) == (5, 5)


async def test_a_tap_that_is_too_old_to_answer_counts(house: House, faults: Faults, ana: Person) -> None:
    reply = await ana.hears(await ana.writes(HAPPY))
    faults.let("answerCallbackQuery", TOO_OLD)
    await ana.taps(reply, "Yes")
    await ana.sees(lambda _: "✓" not in str(reply.buttons))
    assert await ended(house) == {State.DONE: 2}


@pytest.mark.parametrize(
    ("fault", "apology"),
    [
        (REPLY_GONE, True),
        (BLOCKED, False),
        (MIGRATED, True),
        (refused(429, "Too Many Requests: retry after 900", retry_after=900), False),
    ],
    ids=["reply gone", "blocked", "migrated", "long wait"],
)
async def test_a_refusal_holds_up_nothing(
    house: House, faults: Faults, ana: Person, fault: Fault, apology: bool
) -> None:
    faults.let("sendMessage", fault)
    await ana.writes(HAPPY)
    await ana.hears(await ana.writes(HAPPY))
    assert len(from_bot(ana)) == 1 + apology
    assert await ended(house) == {State.DONE: 2}


async def test_a_revoked_token_is_a_clear_end(house: House, faults: Faults, ana: Person) -> None:
    await ana.hears(await ana.writes(HAPPY))
    faults.let("getUpdates", refused(401, "Unauthorized"), times=5)
    await ana.writes(HAPPY)
    with pytest.raises(NotPossibleError, match="TELEGRAM_BOT_TOKEN"):
        await house.ended()


async def test_who_floods_is_told_once_and_others_and_an_admin_feel_nothing(
    house: House, ana: Person, ben: Person, ada: Person
) -> None:
    await house.stop()
    await house.start(messages_a_minute=3)
    for _ in range(8):
        await ana.writes(HAPPY)
    await ana.sees(lambda chat: any("faster than I can listen" in message.text for message in chat.messages.values()))
    reply = await ben.hears(await ben.writes(HAPPY))
    assert reply.text.startswith("😊 Joy")
    await ana.taps(from_bot(ana)[0], "Yes")
    await ana.sees(lambda _: "✓" not in str(from_bot(ana)[0].buttons))
    assert len(from_bot(ana)) == 4
    for _ in range(4):
        assert (await ada.hears(await ada.writes(HAPPY))).text.startswith("😊 Joy")
    assert await ended(house) == {State.DONE: 14}
