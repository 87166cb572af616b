"""Updates in hand: claimed, in time, once; also while the database is away, and when another process has them."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import Connection, delete, event, select
from sqlalchemy.exc import OperationalError
from telegram import Chat, Message, Update, User

from bot.delivery import claims as module
from bot.delivery import handling
from bot.delivery.claims import CURRENT, LEASE, Claims, InHand
from bot.delivery.handling import Handling, Outcome
from bot.storage import claims as table
from bot.storage import people
from bot.storage.claims import State
from bot.storage.database import Database
from bot.storage.tables import claims as claims_table
from bot.storage.tables import people as people_table

from .conftest import Desk

BOT = 7
NOW = datetime(2026, 3, 4, tzinfo=UTC)
AWAY = OperationalError("…", {}, Exception())


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Switch:
    """Lets every transaction of a database fail, or wait."""

    def __init__(self, database: Database) -> None:
        self.away = False
        for engine in (database._writer, database._reader):
            event.listen(engine, "begin", self._begin, insert=True)

    def _begin(self, _: Connection) -> None:
        if self.away:
            raise AWAY


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def claims(database: Database, clock: Clock) -> Claims:
    return Claims(database, BOT, clock)


@pytest.fixture
def switch(database: Database) -> Switch:
    return Switch(database)


def update(text: str, update_id: int = 1, person: int = 5) -> Update:
    user = User(person, "Ana", is_bot=False)
    return Update(update_id, Message(1, NOW, Chat(person, "private"), from_user=user, text=text))


async def stored(database: Database) -> dict[State, int]:
    return await database.read(table.count, BOT)


async def test_an_update_is_answered_once_by_all_processes(
    database: Database, claims: Claims, clock: Clock, desk: Desk
) -> None:
    other = Claims(database, BOT, clock)
    assert await desk.handling(claims).start(update("one")) is Outcome.ANSWERED
    assert await desk.handling(other).start(update("one")) is Outcome.REPEATED
    assert desk.handled == ["one"]
    assert await stored(database) == {State.DONE: 1}


async def test_an_update_in_hand_is_not_begun_again(claims: Claims, desk: Desk) -> None:
    desk.hold = {"one"}
    hands = desk.handling(claims)
    task = hands.start(update("one"))
    assert hands.start(update("one")) is task
    assert len(hands) == 1
    desk.go_on.set()
    assert await task is Outcome.ANSWERED
    assert len(hands) == 0


async def test_what_another_process_has_is_waited_for(
    database: Database, claims: Claims, clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "_LOOK_AGAIN", 0.01)
    desk.hold = {"one"}
    first = desk.handling(Claims(database, BOT, clock)).start(update("one"))
    await desk.has(desk.started, "one")
    second = desk.handling(claims).start(update("one"))
    desk.go_on.set()
    assert list(await asyncio.gather(first, second)) == [Outcome.ANSWERED, Outcome.REPEATED]
    assert desk.handled == ["one"]


async def test_what_a_process_that_died_had_is_answered_by_another(
    database: Database, claims: Claims, clock: Clock, desk: Desk
) -> None:
    await Claims(database, BOT, clock).take(1, None)
    clock.now += LEASE
    assert await desk.handling(claims).start(update("one")) is Outcome.ANSWERED


async def test_what_a_process_that_died_was_sending_is_not_sent_again(
    database: Database, claims: Claims, clock: Clock, desk: Desk
) -> None:
    claim = await Claims(database, BOT, clock).take(1, None)
    assert not isinstance(claim, State)
    await claim.send()
    clock.now += LEASE
    assert await desk.handling(claims).start(update("one")) is Outcome.UNKNOWN
    assert desk.started == []
    assert await stored(database) == {State.UNKNOWN: 1}


async def test_who_slept_past_its_lease_sends_nothing(
    database: Database, claims: Claims, clock: Clock, desk: Desk
) -> None:
    async def slow(_: Update) -> None:
        clock.now += LEASE
        assert await desk.handling(Claims(database, BOT, clock)).start(update("one")) is Outcome.ANSWERED
        claim = CURRENT.get()
        assert claim is not None
        await claim.send()
        raise AssertionError("it would have sent")

    hands = Handling(claims, slow, desk.failed, desk.flooded, counted=lambda _: None, patient=True)
    assert await asyncio.create_task(asyncio.wait_for(hands.start(update("one")), 10)) is Outcome.REPEATED
    assert desk.handled == ["one"]
    assert desk.failures == []


def note(connection: Connection, person: int) -> int:
    """Something to store."""
    people.set_consent(connection, person, True, NOW)
    return person


def noted(connection: Connection) -> list[int]:
    return list(connection.execute(select(people_table.c.id).order_by(people_table.c.id)).scalars())


async def test_what_a_handler_stores_goes_along_with_its_claim(
    database: Database, claims: Claims, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions, write = count(), database.write_now
    monkeypatch.setattr(database, "write_now", lambda *given: (next(transactions), write(*given))[1])
    in_hand = InHand(database)

    async def sends(_: Update) -> None:
        assert await in_hand.store_and_send(note, 1) == 1
        claim = CURRENT.get()
        assert claim is not None
        assert await stored(database) == {State.SENDING: 1}
        await claim.send()
        await in_hand.at_end(note, 2)
        assert await database.read(noted) == [1]

    hands = Handling(claims, sends, desk.failed, desk.flooded, counted=lambda _: None, patient=True)
    assert await hands.start(update("one")) is Outcome.ANSWERED
    assert await database.read(noted) == [1, 2]
    assert next(transactions) == 3
    assert await stored(database) == {State.DONE: 1}


async def test_who_lost_its_claim_stores_nothing(database: Database, claims: Claims, clock: Clock, desk: Desk) -> None:
    async def slow(_: Update) -> None:
        clock.now += LEASE
        assert await desk.handling(Claims(database, BOT, clock)).start(update("one")) is Outcome.ANSWERED
        await InHand(database).store_and_send(note, 1)

    hands = Handling(claims, slow, desk.failed, desk.flooded, counted=lambda _: None, patient=True)
    assert await hands.start(update("one")) is Outcome.REPEATED
    assert desk.failures == []
    assert await database.read(noted) == []


async def test_of_what_several_store_together_only_what_is_of_a_lost_claim_is_not(
    database: Database, claims: Claims, desk: Desk
) -> None:
    all_here = asyncio.Barrier(4)

    async def stores(given: Update) -> None:
        if given.update_id == 3:
            await database.write(lambda connection: connection.execute(delete(claims_table).filter_by(update_id=3)))
        await all_here.wait()
        await InHand(database).store_and_send(note, given.update_id)

    hands = Handling(claims, stores, desk.failed, desk.flooded, counted=lambda _: None, patient=True)
    outcomes = await asyncio.gather(*(hands.start(update("one", number, person=number)) for number in range(1, 5)))
    assert outcomes == [Outcome.ANSWERED, Outcome.ANSWERED, Outcome.REPEATED, Outcome.ANSWERED]
    assert await database.read(noted) == [1, 2, 4]


async def test_without_a_claim_it_is_stored_all_the_same(
    database: Database, claims: Claims, desk: Desk, switch: Switch
) -> None:
    in_hand = InHand(database)
    await in_hand.store_and_send(note, 1)
    await in_hand.at_end(note, 2)

    async def sends(_: Update) -> None:
        switch.away = False
        await in_hand.store_and_send(note, 3)
        await in_hand.at_end(note, 4)

    switch.away = True
    hands = Handling(claims, sends, desk.failed, desk.flooded, counted=lambda _: None, patient=True)
    assert await hands.start(update("one")) is Outcome.ANSWERED
    await claims.store()
    assert await database.read(noted) == [1, 2, 3, 4]
    assert await stored(database) == {State.DONE: 1}


async def test_while_the_database_is_away_people_are_answered_and_nothing_twice(
    database: Database, claims: Claims, clock: Clock, desk: Desk, switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    hands = desk.handling(claims)
    switch.away = True
    assert await hands.start(update("one", 1)) is Outcome.ANSWERED
    assert await hands.start(update("one", 1)) is Outcome.REPEATED
    assert await hands.start(update("two", 2)) is Outcome.ANSWERED
    assert claims.away
    switch.away = False
    assert await hands.start(update("three", 3)) is Outcome.ANSWERED
    assert await hands.start(update("two", 2)) is Outcome.REPEATED
    assert desk.handled == ["one", "two", "three"]
    assert await stored(database) == {State.DONE: 3}
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]


async def test_what_ended_meanwhile_is_stored_at_the_end(
    database: Database, claims: Claims, desk: Desk, switch: Switch
) -> None:
    hands = desk.handling(claims)
    switch.away = True
    await hands.start(update("one"))
    switch.away = False
    await hands.finish()
    assert await stored(database) == {State.DONE: 1}


async def test_a_database_that_goes_between_claim_and_end_changes_nothing(
    database: Database, claims: Claims, clock: Clock, desk: Desk, switch: Switch
) -> None:
    async def sends(_: Update) -> None:
        switch.away = True
        claim = CURRENT.get()
        assert claim is not None
        await claim.send()
        claim.sent += 1

    hands = Handling(claims, sends, desk.failed, desk.flooded, counted=lambda _: None, patient=True)
    assert await hands.start(update("one")) is Outcome.ANSWERED
    switch.away = False
    clock.now += LEASE
    assert await hands.start(update("one")) is Outcome.REPEATED
    assert await hands.start(update("two", 2)) is Outcome.ANSWERED
    switch.away = False
    await claims.store()
    assert await stored(database) == {State.DONE: 2}


async def test_a_database_that_hangs_is_not_waited_for_by_everybody(
    database: Database, claims: Claims, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    monkeypatch.setattr(module, "REST", 60.0)
    asked = []
    written = database.write

    async def hang(function: Callable[..., object], *args: object, **kwargs: object) -> object:
        asked.append(function)
        await asyncio.Event().wait()
        return await written(function, *args, **kwargs)

    monkeypatch.setattr(database, "write", hang)
    hands = desk.handling(claims)
    assert [await hands.start(update(str(number), number)) for number in range(5)] == [Outcome.ANSWERED] * 5
    assert len(asked) == 1


async def test_who_is_patient_tries_again_until_the_database_is_back(
    claims: Claims, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "_LOOK_AGAIN", 0.01)
    desk.fail = {"tap": AWAY}
    task = desk.handling(claims).start(update("tap"))
    async with asyncio.timeout(10):
        while desk.started.count("tap") < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    desk.fail = {}
    assert await task is Outcome.ANSWERED
    assert desk.failures == []


async def test_patience_ends_before_the_deadline_does(
    claims: Claims, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "_LOOK_AGAIN", 0.01)
    monkeypatch.setattr(handling, "DEADLINE", 0.2)
    desk.fail = {"tap": AWAY}
    assert await desk.handling(claims).start(update("tap")) is Outcome.FAILED
    assert desk.failures == ["OperationalError"]


async def test_who_is_not_patient_leaves_the_update_as_it_was(database: Database, claims: Claims, desk: Desk) -> None:
    desk.fail = {"tap": AWAY}
    assert await desk.handling(claims, patient=False).start(update("tap")) is Outcome.PUT_OFF
    assert await stored(database) == {}


async def test_what_is_cut_off_is_free_for_the_next_process(
    database: Database, claims: Claims, clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "GRACE", 0.05)
    desk.hold = {"one"}
    hands = desk.handling(claims)
    hands.start(update("one"))
    await desk.has(desk.started, "one")
    await hands.finish()
    desk.hold = set()
    assert await desk.handling(Claims(database, BOT, clock)).start(update("one")) is Outcome.ANSWERED


async def test_a_flood_is_answered_by_how_much_it_is_over_and_ends_with_the_minute(
    claims: Claims, clock: Clock, desk: Desk
) -> None:
    hands = desk.handling(claims, limit=2)
    for number in range(6):
        await hands.start(update("flood", number))
    assert await hands.start(update("calm", 10, person=6)) is Outcome.ANSWERED
    assert desk.handled == ["flood", "flood", "calm"]
    assert desk.failures == ["1 over", "2 over", "3 over", "4 over"]
    assert hands.counts == {Outcome.ANSWERED: 3, Outcome.FLOODED: 4}
    clock.now += timedelta(minutes=1)
    assert await hands.start(update("flood", 11)) is Outcome.ANSWERED


async def test_old_claims_are_forgotten_in_the_background(
    database: Database, claims: Claims, clock: Clock, desk: Desk
) -> None:
    await desk.handling(claims).start(update("one"))
    clock.now += table.KEPT
    tending = asyncio.create_task(claims.tend())
    async with asyncio.timeout(10):
        while await stored(database):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    tending.cancel()
