"""Telegram fails in every way that it can; nothing is answered twice, and only what nobody can know is not repeated."""

import asyncio
import logging

import pytest
from sqlalchemy import select

from bot.application import NotPossibleError
from bot.delivery import sending
from bot.playground.chats import Message
from bot.playground.faults import (
    BLOCKED,
    MIGRATED,
    TOO_OLD,
    UNCHANGED,
    Fault,
    Faults,
    doubled,
    failing,
    half,
    no_json,
    no_json_failure,
    refused,
    reply_gone,
    reset,
    reset_after,
    silent,
    silent_after,
    too_many,
)
from bot.playground.person import Person
from bot.storage import claims
from bot.storage.claims import State
from bot.storage.tables import corrections
from ml.emotions import Emotion
from tests.fault_table import Seen

from .conftest import House, says, shows

HAPPY = "i am so happy and thankful today"
DOUBTFUL = {
    failing: "a status of 500",
    silent: "no answer, and no effect",
    silent_after: "no answer, after the effect",
    reset: "a connection reset before the effect",
    reset_after: "a connection reset after the effect",
    half: "half an answer",
    no_json: "an answer that is no JSON",
    no_json_failure: "a proxy's page in place of a refusal",
}
ONCE = "it is not sent again, and counted as unknown; what comes next is answered"
HELD_UP = "the update is done, and what comes next is answered"


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


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=name(fault), marks=pytest.mark.fault(f"{what}, to a message", promise=ONCE))
        for fault, what in DOUBTFUL.items()
    ],
)
async def test_a_message_that_may_have_gone_out_is_not_sent_again(
    house: House, faults: Faults, ana: Person, fault: Fault, caplog: pytest.LogCaptureFixture, seen: Seen
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
    arrived = sum(reply.reply_to is lost for reply in from_bot(ana))
    seen(f"sent once, arrived {arrived}; unknown 1; the next answered")


@pytest.mark.fault(
    "any of these, to an edit and to the answer of a tap",
    promise="both are tried again, and the tap counts",
)
@pytest.mark.parametrize("fault", DOUBTFUL, ids=name)
async def test_what_may_happen_twice_is_tried_again(
    house: House, faults: Faults, ana: Person, fault: Fault, seen: Seen
) -> None:
    reply = await ana.hears(await ana.writes(HAPPY))
    faults.let("editMessageText", fault)
    faults.let("answerCallbackQuery", fault)
    await ana.taps(reply, "Love")
    await ana.sees(lambda _: faults.over() and "✓" not in str(reply.buttons))
    assert await ended(house) == {State.DONE: 2}
    seen(f"shown: {reply.text.splitlines()[0]}")


@pytest.mark.fault(
    "any of these, a 502 or a 429, to getUpdates",
    promise="it polls on, and nothing is lost",
)
@pytest.mark.parametrize("fault", [*DOUBTFUL, refused(502, "Bad Gateway"), too_many(1)], ids=name)
async def test_polling_goes_on(house: House, faults: Faults, ana: Person, fault: Fault, seen: Seen) -> None:
    await ana.hears(await ana.writes(HAPPY))
    faults.let("getUpdates", fault)
    for _ in range(3):
        await ana.hears(await ana.writes(HAPPY), within=30)
    assert len(from_bot(ana)) == 4
    assert await ended(house) == {State.DONE: 4}
    seen(f"{len(from_bot(ana))} of 4 answered")


@pytest.mark.fault(
    "429 with retry_after, in one chat",
    promise="it waits as long, in the chat's order, and others do not",
)
async def test_telegrams_wish_to_wait_is_heard(
    house: House, faults: Faults, ana: Person, ben: Person, seen: Seen
) -> None:
    faults.let("sendMessage", too_many(1), too_many(1))
    written = [await ana.writes(HAPPY), await ana.writes("i am so sad")]
    await ben.hears(await ben.writes(HAPPY))
    for message in written:
        await ana.hears(message)
    assert [reply.reply_to for reply in from_bot(ana)] == written
    assert await ended(house) == {State.DONE: 3}
    seen(f"{len(from_bot(ana)) + len(from_bot(ben))} of 3 answered, in order")


async def test_a_wait_is_not_counted_as_the_updates_time(
    house: House, faults: Faults, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.handling.DEADLINE", 0.8)
    faults.let("sendMessage", too_many(1))
    await ana.hears(await ana.writes(HAPPY))
    assert len(from_bot(ana)) == 1


@pytest.mark.fault(
    "429 with retry_after, in all chats",
    promise="each waits, and is answered once",
)
async def test_all_at_once_asked_to_wait(
    house: House, faults: Faults, ana: Person, ben: Person, chen: Person, seen: Seen
) -> None:
    faults.let("sendMessage", too_many(1), times=6)
    for message, person in [(await person.writes(HAPPY), person) for person in (ana, ben, chen)]:
        await person.hears(message)
    assert [len(from_bot(person)) for person in (ana, ben, chen)] == [1, 1, 1]
    seen(f"{sum(len(from_bot(person)) for person in (ana, ben, chen))} of 3 answered")


@pytest.mark.fault(
    "updates doubled and in the wrong order",
    promise="each is answered once",
)
async def test_updates_doubled_and_reordered_are_answered_once(
    house: House, faults: Faults, ana: Person, ben: Person, seen: Seen
) -> None:
    faults.let("getUpdates", doubled, times=20)
    written = [(person, await person.writes(HAPPY)) for _ in range(5) for person in (ana, ben)]
    for person, message in written:
        await person.hears(message)
    assert await ended(house) == {State.DONE: 10}
    assert (len(from_bot(ana)), len(from_bot(ben))) == (5, 5)
    seen(f"{len(from_bot(ana)) + len(from_bot(ben))} answers to 10")


@pytest.mark.fault(
    "a tap that is too old to answer",
    promise="the tap counts",
)
async def test_a_tap_that_is_too_old_to_answer_counts(house: House, faults: Faults, ana: Person, seen: Seen) -> None:
    reply = await ana.hears(await ana.writes(HAPPY))
    faults.let("answerCallbackQuery", TOO_OLD)
    await ana.taps(reply, "Yes")
    await ana.sees(lambda _: "✓" not in str(reply.buttons))
    assert await ended(house) == {State.DONE: 2}
    seen(f"shown: {reply.text.splitlines()[0]}")


@pytest.mark.parametrize(
    ("fault", "apology"),
    [
        pytest.param(
            refused(400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
            True,
            marks=pytest.mark.fault("a message is refused", promise=HELD_UP),
        ),
        pytest.param(BLOCKED, False, marks=pytest.mark.fault("the bot is blocked", promise=HELD_UP)),
        pytest.param(
            refused(429, "Too Many Requests: retry after 900", retry_after=900),
            False,
            marks=pytest.mark.fault("429 with a retry_after of more than 60 s", promise=HELD_UP),
        ),
    ],
    ids=["refused", "blocked", "long wait"],
)
async def test_a_refusal_holds_up_nothing(
    house: House, faults: Faults, ana: Person, fault: Fault, apology: bool, seen: Seen
) -> None:
    faults.let("sendMessage", fault)
    await ana.writes(HAPPY)
    await ana.hears(await ana.writes(HAPPY))
    assert len(from_bot(ana)) == 1 + apology
    assert await ended(house) == {State.DONE: 2}
    seen(f"{len(from_bot(ana)) - apology} of 2 answered, {'an' if apology else 'no'} apology")


@pytest.mark.fault("message to be replied not found", promise="the answer comes without a quote")
async def test_a_message_that_is_gone_is_answered(house: House, faults: Faults, ana: Person, seen: Seen) -> None:
    faults.let("sendMessage", reply_gone)
    await ana.writes(HAPPY)
    reply = await ana.sees(says("Joy"))
    assert reply.reply_to is None
    await ana.taps(reply, "Love")
    await ana.sees(shows(reply, "Love, got it"))
    seen(f"answered without a quote, and corrected: {reply.text.splitlines()[0]}")


@pytest.mark.fault("Telegram's clock jumps", promise="nothing changes: the bot goes by its own")
async def test_telegrams_clock_does_not_matter(house: House, faults: Faults, ana: Person, seen: Seen) -> None:
    answered = 0
    for on in (True, False):
        faults.switch("clock", on=on)
        await ana.hears(await ana.writes(HAPPY))
        answered += 1
    first, last = (message.date for message in list(ana.chat.messages.values())[1::2])
    assert first > last
    seen(f"{answered} of 2 answered, the second an hour before the first")


@pytest.mark.fault("message is not modified, to an edit", promise="the tap counts, and nothing is said")
async def test_an_edit_that_changes_nothing_is_no_error(house: House, faults: Faults, ana: Person, seen: Seen) -> None:
    reply = await ana.hears(await ana.writes(HAPPY))
    faults.let("editMessageText", UNCHANGED)
    await ana.taps(reply, "Love")
    async with asyncio.timeout(10):
        while not faults.over():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await ended(house) == {State.DONE: 2}
    assert len(from_bot(ana)) == 1
    (correction,) = await house.database.read(lambda connection: connection.execute(select(corrections)).all())
    seen(f"stored: {Emotion(correction.label).label}; messages beside the reading: {len(from_bot(ana)) - 1}")


@pytest.mark.fault("a group became a supergroup (migrate_to_chat_id)", promise=HELD_UP)
async def test_a_group_that_became_a_supergroup_is_read_on(
    house: House, faults: Faults, ana: Person, seen: Seen
) -> None:
    group = house.playground.telegram.group
    ana = ana.among(group)
    faults.let("sendMessage", MIGRATED)
    await ana.writes(f"@feelback_bot {HAPPY}")
    await ana.hears(await ana.writes(f"@feelback_bot {HAPPY}"))
    assert len(from_bot(ana)) == 1
    assert await ended(house) == {State.DONE: 2}
    seen(f"{len(from_bot(ana))} of 2 answered, no apology")


@pytest.mark.fault(
    "the token is revoked while it polls",
    promise="the process ends, and says in a sentence why",
)
async def test_a_revoked_token_is_a_clear_end(house: House, faults: Faults, ana: Person, seen: Seen) -> None:
    await ana.hears(await ana.writes(HAPPY))
    faults.let("getUpdates", refused(401, "Unauthorized"), times=5)
    await ana.writes(HAPPY)
    with pytest.raises(NotPossibleError, match="TELEGRAM_BOT_TOKEN"):
        await house.ended()
    seen("ended, naming TELEGRAM_BOT_TOKEN")


@pytest.mark.fault(
    "a person writes more than MESSAGES_A_MINUTE",
    promise="they are told so once; others and admins feel nothing",
)
async def test_who_floods_is_told_once_and_others_and_an_admin_feel_nothing(
    house: House, ana: Person, ben: Person, ada: Person, seen: Seen
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
    seen(f"{len(from_bot(ana)) - 1} of 8 answered, told once")
