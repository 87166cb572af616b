"""Polling: an update is acknowledged after it was handled, a chat's in order, and nothing that fails ends it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from telegram import Bot

from bot.delivery import handling, polling
from bot.delivery.claims import Claims
from bot.delivery.polling import Polling
from bot.delivery.sending import Request, Sender, TokenRefusedError
from bot.playground.person import Person
from bot.playground.server import Playground
from tests.fault_table import Seen

from .conftest import Desk


@asynccontextmanager
async def polled(playground: Playground, desk: Desk, claims: Claims) -> AsyncIterator[None]:
    """Poll with a new poller, as a process that has just started; stop in order at the end."""
    one, two = Sender(playground.url), Request(playground.url)
    bot = Bot(playground.token, f"{playground.url}/bot", request=one, get_updates_request=two)
    stop = asyncio.Event()
    async with one, two:
        running = asyncio.create_task(Polling(bot, desk.handling(claims), ("message",)).run(stop))
        yield
        stop.set()
        await running


async def long_poll(playground: Playground) -> None:
    """Wait until the bot waits for updates, all before being acknowledged."""

    def waits() -> bool:
        return len(playground.telegram.updates) == 0 and playground.telegram.updates._poll is not None

    async with asyncio.timeout(10):
        while not waits():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_updates_are_handled_and_then_acknowledged(playground: Playground, claims: Claims, ana: Person) -> None:
    desk = Desk()
    async with polled(playground, desk, claims):
        await ana.writes("one")
        await ana.writes("two")
        await desk.has(desk.handled, "one", "two")
    assert desk.handled == ["one", "two"]
    assert len(playground.telegram.updates) == 0


async def test_what_was_not_finished_comes_again(
    playground: Playground, claims: Claims, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "GRACE", 0.05)
    desk = Desk(hold={"two"})
    async with polled(playground, desk, claims):
        for text in ("one", "two", "three"):
            await ana.writes(text)
        await desk.has(desk.started, "two")
    assert desk.handled == ["one"]
    after_restart = Desk()
    async with polled(playground, after_restart, claims):
        await after_restart.has(after_restart.handled, "two", "three")
    assert after_restart.handled == ["two", "three"]


async def test_a_slow_chat_keeps_its_order_and_holds_up_no_other(
    playground: Playground, claims: Claims, ana: Person, ben: Person
) -> None:
    desk = Desk(hold={"slow"})
    async with polled(playground, desk, claims):
        await ana.writes("slow")
        await ana.writes("after")
        await desk.has(desk.started, "slow")
        for text in ("b1", "b2", "b3"):
            await ben.writes(text)
        await desk.has(desk.handled, "b1", "b2", "b3")
        assert "after" not in desk.started
        desk.go_on.set()
        await desk.has(desk.handled, "slow", "after")
    assert [text for text in desk.handled if text in ("slow", "after")] == ["slow", "after"]
    assert sorted(desk.started) == ["after", "b1", "b2", "b3", "slow"]


async def test_what_comes_next_is_asked_for_as_soon_as_all_is_finished(
    playground: Playground, claims: Claims, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "_PACE", 60.0)
    desk = Desk()
    async with polled(playground, desk, claims):
        for text in ("one", "two", "three"):
            await ana.writes(text)
            await desk.has(desk.handled, text)


@pytest.mark.fault(
    "an update that takes longer than its deadline",
    promise="it is given up, and what comes next is answered",
)
async def test_an_update_that_fails_or_takes_too_long_is_given_up(
    playground: Playground,
    claims: Claims,
    ana: Person,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    seen: Seen,
) -> None:
    monkeypatch.setattr(handling, "DEADLINE", 0.05)
    desk = Desk(hold={"endless secret"}, fail={"bad secret": ValueError()})
    async with polled(playground, desk, claims):
        for text in ("bad secret", "endless secret", "good"):
            await ana.writes(text)
        await desk.has(desk.handled, "good")
    assert desk.handled == ["good"]
    assert len(playground.telegram.updates) == 0
    assert desk.failures == ["ValueError"]
    assert "update 2 took longer" in caplog.text
    assert "secret" not in caplog.text
    seen(f"answered: {', '.join(desk.handled)}")


async def test_more_than_a_hundred_wait_without_being_lost(playground: Playground, claims: Claims, ana: Person) -> None:
    texts = [str(number) for number in range(250)]
    for text in texts:
        await ana.writes(text)
    desk = Desk()
    async with polled(playground, desk, claims):
        await desk.has(desk.handled, *texts)
    assert desk.handled == texts


async def test_a_webhook_that_is_in_the_way_is_removed(
    playground: Playground, claims: Claims, ana: Person, caplog: pytest.LogCaptureFixture
) -> None:
    playground.telegram.updates.webhook = "https://example.org/hook"
    await ana.writes("one")
    desk = Desk()
    async with polled(playground, desk, claims):
        await desk.has(desk.handled, "one")
    assert "webhook" in caplog.text


async def test_a_refused_token_is_an_end(playground: Playground, claims: Claims) -> None:
    async with asyncio.timeout(10), Bot(playground.token, f"{playground.url}/bot") as bot:
        other = Playground(token="1:new-token")
        await playground.stop()
        await other.start(int(playground.url.rpartition(":")[2]))
        desk = Desk()
        with pytest.raises(TokenRefusedError):
            await Polling(bot, desk.handling(claims), ("message",)).run(asyncio.Event())
        await other.stop()


@pytest.mark.fault(
    "the Bot API server goes away and comes back",
    promise="it polls on",
)
async def test_a_server_that_goes_and_comes_back_is_polled_on(
    playground: Playground, claims: Claims, ana: Person, caplog: pytest.LogCaptureFixture, seen: Seen
) -> None:
    desk = Desk()
    async with polled(playground, desk, claims):
        await ana.writes("one")
        await desk.has(desk.handled, "one")
        port = int(playground.url.rpartition(":")[2])
        telegram = playground.telegram
        await playground.stop()
        async with asyncio.timeout(10):
            while "could not ask for updates" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        again = Playground(telegram, playground.token)
        telegram._closed = telegram.updates._closed = False
        await again.start(port)
        await ana.writes("two")
        await desk.has(desk.handled, "two")
    await again.stop()
    seen(f"answered: {', '.join(desk.handled)}")


@pytest.mark.fault(
    "update ids that start again lower",
    promise="they are handled like any",
)
async def test_ids_that_begin_anew_lower_are_not_lost(
    playground: Playground, claims: Claims, ana: Person, seen: Seen
) -> None:
    playground.faults.switch("ids-anew", on=True)
    ids: list[int] = []
    desk = Desk()
    async with polled(playground, desk, claims):
        for text in ("before the week", "after it", "after another"):
            await ana.writes(text)
            ids.append(playground.telegram.updates.waiting()[-1]["update_id"])
            await desk.has(desk.handled, text)
            await long_poll(playground)
            playground.telegram.updates.hurry()  # a long poll ends with nothing
            await long_poll(playground)
    assert ids[2] < ids[1]
    seen(f"answered: {', '.join(desk.handled)}")


async def test_what_can_not_be_read_holds_up_nothing(
    playground: Playground, claims: Claims, ana: Person, caplog: pytest.LogCaptureFixture
) -> None:
    playground.telegram.updates.push("message", {"text": "secret"})
    await ana.writes("good")
    desk = Desk()
    async with polled(playground, desk, claims):
        await desk.has(desk.handled, "good")
    assert len(playground.telegram.updates) == 0
    assert "update 1 can't be read: KeyError" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.fault(
    "409: another process polls",
    promise="the log says what it means",
)
async def test_another_poller_is_reported(
    playground: Playground, claims: Claims, caplog: pytest.LogCaptureFixture, seen: Seen
) -> None:
    async with polled(playground, Desk(), claims), asyncio.timeout(10):
        await long_poll(playground)
        other = asyncio.create_task(playground.telegram.updates.collect(0, timeout=5))
        while "another process polls with the same token" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        other.cancel()
    seen("another process polls with the same token; only one may")
