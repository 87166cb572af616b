"""The bot behind a webhook: what keeps it from starting, a conversation, its counters, and back to polling."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from bot.application import NotPossibleError, serve
from bot.playground.faults import refused
from bot.playground.person import Person
from bot.storage import claims
from bot.storage.claims import State
from tests.fault_table import Seen

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


@pytest.mark.fault(
    "no process is there for a while, behind a webhook",
    promise="what came meanwhile is answered by the next",
)
async def test_what_came_while_no_process_was_there_is_answered_by_the_next(
    hooked: House, ana: Person, seen: Seen
) -> None:
    await ana.hears(await ana.writes(HAPPY))
    await hooked.stop()
    assert hooked.playground.telegram.updates.webhook
    message = await ana.writes(HAPPY)
    await hooked.start()
    await ana.hears(message, within=20)
    assert sum(each.from_bot for each in ana.chat.messages.values()) == 2
    seen(f"{sum(each.from_bot for each in ana.chat.messages.values())} of 2 answered")


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


@pytest.mark.parametrize(
    ("version", "told"),
    [
        pytest.param(
            "0001",
            "feelback migrate",
            marks=pytest.mark.fault("a migration is missing", promise="no start; it says which command to run"),
        ),
        pytest.param(
            "9999",
            "newer version",
            marks=pytest.mark.fault("the tables are of a newer version", promise="no start; it says so"),
        ),
    ],
)
async def test_there_is_no_start_on_the_tables_of_another_version(
    house: House, version: str, told: str, seen: Seen
) -> None:
    await house.stop()
    stamp = text("UPDATE alembic_version SET version_num = :version")
    await house.database.write(lambda c: c.execute(stamp, {"version": version}))
    with pytest.raises(NotPossibleError, match=told) as caught:
        await serve(house.settings, asyncio.Event())
    seen(str(caught.value))


@pytest.mark.fault(
    "the token is revoked, behind a webhook",
    promise="the process ends, and says in a sentence why; the message is left for the next",
)
async def test_a_token_that_is_revoked_ends_it(hooked: House, ana: Person, seen: Seen) -> None:
    await ana.hears(await ana.writes(HAPPY))
    playground = hooked.playground
    playground.faults.let("sendMessage", refused(401, "Unauthorized"))
    message = await ana.writes(HAPPY)
    with pytest.raises(NotPossibleError, match="TELEGRAM_BOT_TOKEN"):
        await hooked.ended()
    assert await hooked.database.read(claims.count, playground.telegram.bot.id) == {State.DONE: 1}
    await hooked.start()
    await ana.hears(message, within=20)
    seen("ended, naming TELEGRAM_BOT_TOKEN; answered after a new start")


@pytest.mark.fault(
    "a newer version migrates while an old process runs",
    promise="the old one goes on",
)
async def test_an_old_version_that_runs_goes_on_over_a_newer_ones_tables(house: House, ana: Person, seen: Seen) -> None:
    """A migration adds and never takes away what the version before uses."""
    await ana.hears(await ana.writes(HAPPY))
    await house.database.write(lambda c: c.execute(text("ALTER TABLE readings ADD COLUMN later TEXT")))
    await house.database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    assert (await ana.hears(await ana.writes(HAPPY))).buttons
    seen("answered, with buttons")
