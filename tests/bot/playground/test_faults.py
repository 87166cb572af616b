"""Faults that are switched on strike until they are switched off, and only where they belong."""

import time
from email.utils import parsedate_to_datetime

import httpx
import pytest
from telegram import Bot, ReplyParameters
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.playground.chats import GROUP_ID, PEOPLE
from bot.playground.faults import SWITCHES
from bot.playground.server import Playground

ANA = PEOPLE[0].id
IN_GROUP = ("migrated", "too-many-here")

pytestmark = pytest.mark.filterwarnings("ignore:.*retry_after")


@pytest.mark.parametrize(
    ("name", "error", "sent"),
    [
        ("too-many", RetryAfter, False),
        ("failing", NetworkError, False),
        ("silent", TimedOut, False),
        ("silent-after", TimedOut, True),
        ("reset", NetworkError, False),
        ("reset-after", NetworkError, True),
        ("half", NetworkError, True),
        ("no-json", TelegramError, True),
        ("migrated", ChatMigrated, False),
        ("blocked", Forbidden, False),
        ("too-many-here", RetryAfter, False),
        ("revoked", InvalidToken, False),
    ],
)
async def test_a_message_goes_wrong_until_the_fault_is_switched_off(
    bot: Bot,
    playground: Playground,
    caplog: pytest.LogCaptureFixture,
    name: str,
    error: type[Exception],
    sent: bool,
) -> None:
    chat = playground.telegram.chats[GROUP_ID if name in IN_GROUP else ANA]
    playground.telegram.write(chat.id, "hello", by=PEOPLE[0])
    playground.faults.switch(name, on=True)
    for strikes in (1, 2):
        with pytest.raises(error):
            await bot.send_message(chat.id, "hi", read_timeout=0.1)
        assert {"name": name, "on": True, "struck": strikes} in playground.faults.as_json()["switches"]
    assert len(chat.messages) == 1 + 2 * sent
    playground.faults.switch(name, on=False)
    await bot.send_message(chat.id, "hi")
    await bot.shutdown()
    await playground.stop()
    assert [record.message for record in caplog.records if record.name.startswith("uvicorn")] == []
    assert not any(switch["on"] for switch in playground.faults.as_json()["switches"])


async def test_updates_come_twice_and_taps_are_too_old(bot: Bot, playground: Playground) -> None:
    for text in ("a", "b"):
        playground.telegram.write(ANA, text)
    for name in ("doubled", "too-old", "unchanged"):
        playground.faults.switch(name, on=True)
    texts = [update.effective_message and update.effective_message.text for update in await bot.get_updates()]
    assert texts == ["b", "a", "a", "b"]
    with pytest.raises(BadRequest, match="too old"):
        await bot.answer_callback_query("1")
    message = await bot.send_message(ANA, "hi")
    with pytest.raises(BadRequest, match="not modified"):
        await message.edit_text("hello")


async def test_a_poll_that_brings_nothing_meets_nothing(bot: Bot, playground: Playground) -> None:
    playground.faults.switch("doubled", on=True)
    await bot.get_updates()
    assert not playground.faults.struck


async def test_a_fault_of_one_chat_leaves_the_others_alone(bot: Bot, playground: Playground) -> None:
    playground.telegram.write(ANA, "hello")
    for name in IN_GROUP:
        playground.faults.switch(name, on=True)
    await bot.send_message(ANA, "hi")
    assert not playground.faults.struck


async def test_a_message_that_is_gone_is_answered_if_that_is_allowed_for(bot: Bot, playground: Playground) -> None:
    hello = playground.telegram.write(ANA, "hello").id
    playground.faults.switch("reply-gone", on=True)
    with pytest.raises(BadRequest, match="replied not found"):
        await bot.send_message(ANA, "hi", reply_parameters=ReplyParameters(hello))
    optional = ReplyParameters(hello, allow_sending_without_reply=True)
    assert (await bot.send_message(ANA, "hi", reply_parameters=optional)).reply_to_message is None
    await bot.send_message(ANA, "unasked")
    assert playground.faults.struck["reply-gone"] == 2


async def test_ids_begin_anew_once_nothing_waits(bot: Bot, playground: Playground) -> None:
    async def ids_of(*texts: str) -> list[int]:
        for text in texts:
            playground.telegram.write(ANA, text)
        given = [update.update_id for update in await bot.get_updates()]
        await bot.get_updates(given[-1] + 1)
        await bot.get_updates()
        return given

    playground.faults.switch("ids-anew", on=True)
    first, second, third = await ids_of("a"), await ids_of("b", "c"), await ids_of("d")
    assert third[-1] < second[0] == second[1] - 1
    playground.faults.switch("ids-anew", on=False)
    fourth, fifth = await ids_of("e"), await ids_of("f")
    assert fifth == [fourth[0] + 1]
    assert first not in (second, third)


async def test_telegrams_clock_jumps_and_jumps_back(http: httpx.AsyncClient, playground: Playground) -> None:
    async def times() -> tuple[float, float]:
        told = parsedate_to_datetime((await http.get("/")).headers["date"])
        return playground.telegram.write(ANA, "hello").date - time.time(), told.timestamp() - time.time()

    playground.faults.switch("clock", on=True)
    assert await times() == pytest.approx((3600, 3600), abs=5)
    playground.faults.switch("clock", on=False)
    assert await times() == pytest.approx((0, 0), abs=5)


async def test_every_switch_is_of_a_method_that_there_is(http: httpx.AsyncClient, playground: Playground) -> None:
    for method in {method for switch in SWITCHES.values() for method in switch.methods}:
        assert (await http.get(f"/bot{playground.token}/{method}")).status_code != 404
