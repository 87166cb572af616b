"""Faults that are switched on strike until they are switched off, and only where they belong."""

import httpx
import pytest
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.playground.chats import PEOPLE
from bot.playground.faults import SWITCHES
from bot.playground.server import Playground

ANA = PEOPLE[0].id

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
        ("reply-gone", BadRequest, False),
        ("migrated", ChatMigrated, False),
        ("blocked", Forbidden, False),
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
    chat = playground.telegram.chats[ANA]
    playground.telegram.write(ANA, "hello")
    playground.faults.switch(name, on=True)
    for strikes in (1, 2):
        with pytest.raises(error):
            await bot.send_message(ANA, "hi", read_timeout=0.1)
        assert {"name": name, "on": True, "struck": strikes} in playground.faults.as_json()["switches"]
    assert len(chat.messages) == 1 + 2 * sent
    playground.faults.switch(name, on=False)
    await bot.send_message(ANA, "hi")
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


async def test_every_switch_is_of_a_method_that_there_is(http: httpx.AsyncClient, playground: Playground) -> None:
    for method in {method for switch in SWITCHES.values() for method in switch.methods}:
        assert (await http.get(f"/bot{playground.token}/{method}")).status_code != 404
