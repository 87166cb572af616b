"""Claims: one process has an update, and what was sent, or may have been, is not sent again."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.storage import claims, people
from bot.storage.claims import KEPT, LONGEST, State, Taken
from bot.storage.database import Database
from tests.fault_table import Seen

BOT = 7_000_000_000
LEASE = timedelta(seconds=15)


def take(database: Database, now: datetime, owner: str = "one", update_id: int = 1, bot: int = BOT) -> State | None:
    taken = database.write_now(claims.take, bot, update_id, owner, now, LEASE)
    return taken if isinstance(taken, State) else None


def hold(database: Database, state: State, now: datetime, owner: str = "one") -> bool:
    return database.write_now(claims.hold, BOT, 1, owner, state, now, LEASE)


def end(database: Database, state: State, now: datetime, owner: str = "one", update_id: int = 1) -> None:
    database.write_now(claims.end, BOT, update_id, owner, state, now)


def test_an_update_is_had_by_one(database: Database, now: datetime) -> None:
    assert take(database, now) is None
    assert take(database, now, "two") is State.LEASED
    assert take(database, now, "two", update_id=2) is None
    assert take(database, now, "two", bot=BOT + 1) is None


async def test_of_many_that_try_together_one_gets_it(database: Database, now: datetime) -> None:
    owners = [str(number) for number in range(8)]
    taken = await asyncio.gather(*(database.write(claims.take, BOT, 1, owner, now, LEASE) for owner in owners))
    assert [state for state in taken if not isinstance(state, State)] == [Taken(None)]


@pytest.mark.parametrize("state", [State.DONE, State.UNKNOWN])
def test_what_ended_stays_ended(database: Database, now: datetime, state: State) -> None:
    take(database, now)
    hold(database, State.SENDING, now)
    end(database, state, now)
    for later in (now, now + LEASE, now + KEPT - LEASE):
        assert take(database, later, "two") is state
    assert database.read_now(claims.count, BOT) == {state: 1}


def test_a_lease_that_ran_out_is_taken_again_and_lost_to_who_had_it(database: Database, now: datetime) -> None:
    take(database, now)
    assert take(database, now + LEASE, "two") is None
    assert not hold(database, State.SENDING, now + LEASE)
    end(database, State.DONE, now + LEASE)
    assert take(database, now + LEASE, "three") is State.LEASED
    assert hold(database, State.SENDING, now + LEASE, "two")


def test_what_was_left_while_sending_is_unknown_for_ever(database: Database, now: datetime) -> None:
    take(database, now)
    assert hold(database, State.SENDING, now)
    assert take(database, now, "two") is State.SENDING
    assert take(database, now + LEASE, "two") is State.UNKNOWN
    assert take(database, now + LEASE, "two") is State.UNKNOWN


def test_a_lease_is_prolonged(database: Database, now: datetime) -> None:
    take(database, now)
    assert hold(database, State.LEASED, now + LEASE / 2)
    assert take(database, now + LEASE, "two") is State.LEASED


def test_a_claim_that_is_given_back_is_free(database: Database, now: datetime) -> None:
    take(database, now)
    database.write_now(claims.release, BOT, 1, "two")
    assert take(database, now, "two") is State.LEASED
    database.write_now(claims.release, BOT, 1, "one")
    assert take(database, now, "two") is None
    hold(database, State.SENDING, now, "two")
    database.write_now(claims.release, BOT, 1, "two")
    assert take(database, now, "one") is None
    end(database, State.DONE, now)
    database.write_now(claims.release, BOT, 1, "one")
    assert take(database, now, "two") is State.DONE


def test_what_ended_without_the_database_is_stored_when_it_is_back(database: Database, now: datetime) -> None:
    end(database, State.DONE, now)
    assert take(database, now, "two") is State.DONE


@pytest.mark.fault(
    "the clock jumps back by a day",
    promise="no update is held for longer than before",
)
def test_a_clock_that_jumped_ahead_holds_no_update_for_ever(database: Database, now: datetime, seen: Seen) -> None:
    take(database, now + timedelta(days=1))
    assert take(database, now, "two") is None
    hold(database, State.SENDING, now + LONGEST, "two")
    assert take(database, now, "three") is State.UNKNOWN
    seen("taken again")


def test_old_claims_are_pruned_and_their_ids_free(database: Database, now: datetime) -> None:
    for update_id in (1, 2):
        take(database, now, update_id=update_id)
        end(database, State.DONE, now + timedelta(seconds=update_id), update_id=update_id)
    later = now + KEPT + timedelta(seconds=1)
    assert take(database, later, "two") is None
    end(database, State.DONE, now, "two")
    assert database.write_now(claims.prune, later) == 1
    assert database.write_now(claims.prune, later) == 0
    assert database.read_now(claims.count, BOT) == {State.DONE: 1}


def test_with_an_update_comes_the_language_that_its_person_chose(database: Database, now: datetime) -> None:
    database.write_now(people.set_language, 7, "ru", now)
    database.write_now(people.set_consent, 8, True, now)
    taken = [
        database.write_now(claims.take, BOT, number, "one", now, LEASE, person)
        for number, person in enumerate((7, 8, 9, None))
    ]
    assert taken == [Taken("ru"), Taken(None), Taken(None), Taken(None)]
