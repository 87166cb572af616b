"""The database goes away, hangs, is locked or full: people are answered, and nothing is said to be kept."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import text

from bot.application import serve
from bot.playground.chats import Message
from bot.playground.person import Person
from bot.playground.server import Playground
from bot.settings import Settings, load
from bot.storage import claims
from bot.storage.claims import State
from bot.storage.database import Database
from bot.storage.migration import upgrade
from tests.fault_table import Seen

from .conftest import House
from .faults import Wire
from .replica import free_port

HAPPY = "i am so happy and thankful today"


def from_bot(person: Person) -> list[Message]:
    return [message for message in person.chat.messages.values() if message.from_bot]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this shell's settings nor a developer's `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def wire(postgres_url: str) -> AsyncIterator[Wire]:
    """A port before the PostgreSQL server, whose tables are there."""
    await asyncio.to_thread(upgrade, postgres_url)
    folder = parse_qs(urlsplit(postgres_url).query)["host"][0]
    wire = Wire(lambda: asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432"))
    await wire.up()
    yield wire
    await wire.down()


def house_over(wire: Wire, playground: Playground, postgres_url: str, **changes: Any) -> House:
    settings = load(
        telegram_bot_token=playground.token,
        telegram_api_url=playground.url,
        database_url=f"postgresql://postgres@127.0.0.1:{wire.port}/postgres",
        trainer="off",
        messages_a_minute=10_000,
        **changes,
    )
    return House(playground, settings, Database(postgres_url))


@pytest.fixture
async def remote(wire: Wire, playground: Playground, postgres_url: str) -> AsyncIterator[House]:
    """A house whose bot reaches its database over the wire."""
    house = house_over(wire, playground, postgres_url)
    with house.database:
        await house.start()
        yield house
        wire.let_go()
        await house.stop()


async def ended(house: House) -> dict[State, int]:
    await house.stop()
    return await house.database.read(claims.count, house.playground.telegram.bot.id)


@pytest.mark.fault(
    "PostgreSQL goes away and comes back",
    promise="messages are read without buttons, each once; claims are stored when it is back",
)
async def test_while_it_is_down_messages_are_read_without_buttons(
    remote: House, wire: Wire, ana: Person, caplog: pytest.LogCaptureFixture, seen: Seen
) -> None:
    with_buttons = await ana.hears(await ana.writes(HAPPY))
    await wire.down()
    without = await ana.hears(await ana.writes(HAPPY))
    assert without.text == with_buttons.text
    assert without.buttons == []
    await ana.hears(await ana.writes(HAPPY))
    await wire.up()
    async with asyncio.timeout(20):
        while not (await ana.hears(await ana.writes(HAPPY))).buttons:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    written = [message for message in ana.chat.messages.values() if not message.from_bot]
    assert [reply.reply_to for reply in from_bot(ana)] == written
    assert await ended(remote) == {State.DONE: len(written)}
    assert "the database is away" in caplog.text
    assert "the database is back" in caplog.text
    amiss = len(from_bot(ana)) - len(written)
    seen(f"while it was away {len(without.buttons)} buttons; lost or doubled {amiss}; all claims done")


@pytest.mark.fault(
    "PostgreSQL is away for a moment when a button is tapped",
    promise="the tap counts",
)
async def test_a_tap_while_it_is_down_counts_when_it_is_back_soon(
    remote: House, wire: Wire, ana: Person, seen: Seen
) -> None:
    reply = await ana.hears(await ana.writes(HAPPY))
    before = reply.text
    await wire.down()
    await ana.taps(reply, "Love")
    assert reply.text == before
    await wire.up()
    await ana.sees(lambda _: "❤️ Love, got it" in reply.text, within=20)
    seen(f"shown: {reply.text.splitlines()[0]}")


@pytest.mark.fault(
    "the same by webhook",
    promise="503 until it is back; then the tap counts",
)
async def test_a_tap_by_webhook_while_it_is_down_is_brought_again_and_counts(
    wire: Wire, playground: Playground, postgres_url: str, ana: Person, seen: Seen
) -> None:
    port = free_port()
    hook = {"webhook_url": f"http://127.0.0.1:{port}/hook", "webhook_secret": "s3cret", "port": port}
    house = house_over(wire, playground, postgres_url, **hook)
    with house.database:
        await house.start()
        reply = await ana.hears(await ana.writes(HAPPY))
        await wire.down()
        await ana.taps(reply, "Love")
        async with asyncio.timeout(20), httpx.AsyncClient(trust_env=False) as http:
            while 'outcome="put off"} 0\n' in (await http.get(f"http://127.0.0.1:{port}/metrics")).text:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert len(playground.telegram.updates) == 1
        await wire.up()
        await ana.sees(lambda _: "❤️ Love, got it" in reply.text, within=20)
        assert await ended(house) == {State.DONE: 2}
    seen(f"shown: {reply.text.splitlines()[0]}")


@pytest.mark.fault(
    "PostgreSQL is away for longer than an update may take when a button is tapped",
    promise="the person is told; nothing is said to be stored",
)
async def test_a_tap_while_it_is_down_for_long_is_told_to_have_failed(
    remote: House, wire: Wire, ana: Person, monkeypatch: pytest.MonkeyPatch, seen: Seen
) -> None:
    monkeypatch.setattr("bot.delivery.handling.DEADLINE", 1.5)
    reply = await ana.hears(await ana.writes(HAPPY))
    before = reply.text
    await wire.down()
    await ana.taps(reply, "Love")
    await ana.sees(lambda _: any("Something went wrong" in message.text for message in from_bot(ana)))
    assert reply.text == before
    seen(from_bot(ana)[-1].text)


@pytest.mark.fault(
    "PostgreSQL's connections are cut, again and again",
    promise="they are made anew",
)
async def test_connections_that_are_cut_are_made_anew(remote: House, wire: Wire, ana: Person, seen: Seen) -> None:
    for _ in range(4):
        await ana.hears(await ana.writes(HAPPY))
        wire.cut()
    await ana.hears(await ana.writes(HAPPY))
    assert len(from_bot(ana)) == 5
    await remote.stop()
    seen(f"{len(from_bot(ana))} of 5 answered")


@pytest.mark.fault(
    "PostgreSQL hangs",
    promise="people wait for seconds, and are answered without buttons",
)
async def test_a_database_that_hangs_lets_people_wait_for_seconds_and_not_for_ever(
    remote: House, wire: Wire, ana: Person, monkeypatch: pytest.MonkeyPatch, seen: Seen
) -> None:
    monkeypatch.setattr("bot.delivery.claims.PATIENCE", 0.3)
    monkeypatch.setattr("bot.handlers.reading.PATIENCE", 0.3)
    await ana.hears(await ana.writes(HAPPY))
    wire.hold_up()
    for _ in range(3):
        assert (await ana.hears(await ana.writes(HAPPY))).buttons == []
    wire.let_go()
    async with asyncio.timeout(20):
        while not (await ana.hears(await ana.writes(HAPPY))).buttons:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    replies = [reply.reply_to for reply in from_bot(ana)]
    assert len(replies) == len(set(map(id, replies)))
    seen("answered without buttons while it hung, with them afterwards; none twice")


@pytest.mark.fault(
    "PostgreSQL is down at the start",
    promise="the bot waits, says so, and starts when it is there",
)
async def test_a_database_that_is_down_at_the_start_is_waited_for(
    wire: Wire, playground: Playground, postgres_url: str, ana: Person, caplog: pytest.LogCaptureFixture, seen: Seen
) -> None:
    await wire.down()
    house = house_over(wire, playground, postgres_url)
    with house.database:
        await house.start()
        message = await ana.writes(HAPPY)
        async with asyncio.timeout(20):
            while "DATABASE_URL can't be used: OperationalError. Trying on." not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await wire.up()
        assert (await ana.hears(message, within=20)).buttons
        await house.stop()
    seen("waited, said so; what came meanwhile was answered")


async def test_it_can_be_stopped_while_it_waits_for_the_database(
    wire: Wire, playground: Playground, postgres_url: str
) -> None:
    await wire.down()
    house = house_over(wire, playground, postgres_url)
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(house.settings, stop))
    stop.set()
    async with asyncio.timeout(20):
        await serving
    house.database.close()


@pytest.mark.fault(
    "a SQLite file is locked by another program",
    promise="people are answered without buttons until it is free",
)
async def test_a_locked_file_is_a_database_that_is_away(
    house: House, ana: Person, monkeypatch: pytest.MonkeyPatch, seen: Seen
) -> None:
    monkeypatch.setattr("bot.delivery.claims.PATIENCE", 0.3)
    monkeypatch.setattr("bot.handlers.reading.PATIENCE", 0.3)
    await ana.hears(await ana.writes(HAPPY))
    path = house.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert (await ana.hears(await ana.writes(HAPPY))).buttons == []
        other.execute("ROLLBACK")
    async with asyncio.timeout(20):
        while not (await ana.hears(await ana.writes(HAPPY))).buttons:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    seen("no buttons while it was locked, buttons afterwards")


@pytest.mark.fault(
    "the disk is full",
    promise="people are answered without buttons",
)
async def test_a_full_disk_is_a_database_that_is_away(
    house: House, ana: Person, monkeypatch: pytest.MonkeyPatch, seen: Seen
) -> None:
    """SQLite says the same when it may not grow (`max_page_count`) as when the disk is full."""

    def pages(connection: Any) -> int:
        return int(connection.execute(text("PRAGMA page_count")).scalar_one())

    await ana.hears(await ana.writes(HAPPY))
    limit = await house.database.read(pages)
    monkeypatch.setattr("bot.storage.database.SQLITE_SETTINGS", (f"max_page_count = {limit}",))
    await house.stop()
    await house.start(messages_a_minute=10_000)
    async with asyncio.timeout(60):
        while (await ana.hears(await ana.writes(HAPPY))).buttons:
            pass
    assert (await ana.hears(await ana.writes(HAPPY))).text.startswith("😊 Joy")
    seen("read, without buttons")
