"""The bot behind a webhook: what keeps it from starting, a conversation, its counters, and back to polling."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from bot.application import NotPossibleError, serve
from bot.playground.person import Person

from .conftest import House
from .replica import free_port

HAPPY = "i am so happy and thankful today"
SECRET = "the-secret-of-the-hook"


@pytest.fixture
async def hooked(house: House) -> House:
    """The house, behind a webhook."""
    await house.stop()
    port = free_port()
    settings = {"WEBHOOK_URL": f"http://127.0.0.1:{port}/hook", "WEBHOOK_SECRET": SECRET, "PORT": port}
    house.settings = type(house.settings)(
        **house.settings.model_dump() | {name.lower(): value for name, value in settings.items()}
    )
    await house.start()
    return house


async def get(house: House, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(f"http://127.0.0.1:{house.settings.port}{path}")


async def test_a_conversation(hooked: House, ana: Person, ben: Person) -> None:
    reply = await ana.hears(await ana.writes(HAPPY))
    await ana.taps(reply, "Love")
    await ana.sees(lambda _: "✓" not in str(reply.buttons))
    await ben.hears(await ben.writes(HAPPY))
    assert (await get(hooked, "/readyz")).status_code == 200
    async with asyncio.timeout(10):
        while 'feelback_updates_total{outcome="answered"} 3\n' not in (await get(hooked, "/metrics")).text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    figures = (await get(hooked, "/metrics")).text
    assert "feelback_model_version 1\n" in figures
    for hidden in (SECRET, hooked.playground.token, str(ana.id), "happy"):
        assert hidden not in figures


async def test_what_came_while_no_process_was_there_is_answered_by_the_next(hooked: House, ana: Person) -> None:
    await ana.hears(await ana.writes(HAPPY))
    await hooked.stop()
    assert hooked.playground.telegram.updates.webhook
    message = await ana.writes(HAPPY)
    await hooked.start()
    await ana.hears(message, within=20)
    assert sum(each.from_bot for each in ana.chat.messages.values()) == 2


async def test_polling_takes_over_from_a_webhook(hooked: House, ana: Person) -> None:
    await ana.hears(await ana.writes(HAPPY))
    await hooked.stop()
    await hooked.start(webhook_url=None)
    await ana.hears(await ana.writes(HAPPY), within=20)
    assert not hooked.playground.telegram.updates.webhook


async def test_without_a_secret_there_is_no_start(house: House) -> None:
    settings = house.settings.model_copy(update={"webhook_url": "https://example.org/hook"})
    with pytest.raises(NotPossibleError, match="WEBHOOK_SECRET"):
        await serve(settings, asyncio.Event())


async def test_a_port_that_is_taken_is_told(hooked: House) -> None:
    with pytest.raises(NotPossibleError, match=f"PORT={hooked.settings.port}: Address already in use"):
        await serve(hooked.settings, asyncio.Event())


async def test_an_old_version_does_not_start_on_a_newer_ones_tables(house: House) -> None:
    await house.stop()
    await house.database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(NotPossibleError, match="newer version"):
        await serve(house.settings, asyncio.Event())


async def test_an_old_version_that_runs_goes_on_over_a_newer_ones_tables(house: House, ana: Person) -> None:
    """A migration adds and never takes away what the version before uses."""
    await ana.hears(await ana.writes(HAPPY))
    await house.database.write(lambda c: c.execute(text("ALTER TABLE readings ADD COLUMN later TEXT")))
    await house.database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    assert (await ana.hears(await ana.writes(HAPPY))).buttons
