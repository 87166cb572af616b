"""The queue of updates: offsets, limits, kinds, and who may wait."""

import asyncio

import pytest

from bot.playground.refusal import Refusal
from bot.playground.updates import Updates


@pytest.fixture
def updates() -> Updates:
    updates = Updates()
    for number in range(1, 6):
        updates.push("message", {"number": number})
    return updates


async def ids(updates: Updates, offset: int = 0, limit: int = 100) -> list[int]:
    return [update["update_id"] for update in await updates.collect(offset, limit)]


async def test_without_an_offset_the_same_updates_come_again(updates: Updates) -> None:
    assert await ids(updates) == await ids(updates) == [1, 2, 3, 4, 5]


async def test_an_offset_acknowledges_what_lies_before_it(updates: Updates) -> None:
    assert await ids(updates, 3) == [3, 4, 5]
    assert await ids(updates) == [3, 4, 5]
    assert len(updates) == 3


async def test_a_limit_leaves_the_rest(updates: Updates) -> None:
    assert await ids(updates, 2, 2) == [2, 3]
    assert await ids(updates, 4) == [4, 5]


async def test_a_negative_offset_counts_from_the_end_and_forgets_the_rest(updates: Updates) -> None:
    assert await ids(updates, -2) == [4, 5]
    assert await ids(updates) == [4, 5]


async def test_ids_go_on_rising_when_all_are_acknowledged(updates: Updates) -> None:
    assert await ids(updates, 6) == []
    updates.push("message", {})
    assert await ids(updates, 6) == [6]


async def test_a_poll_waits_for_the_next_update(updates: Updates) -> None:
    poll = asyncio.create_task(updates.collect(6, timeout=50))
    await asyncio.sleep(0)
    assert not poll.done()
    updates.push("message", {"number": 6})
    assert await poll == [{"update_id": 6, "message": {"number": 6}}]


async def test_a_poll_ends_with_nothing_after_its_timeout(updates: Updates) -> None:
    assert await updates.collect(6, timeout=0.01) == []


async def test_a_second_poll_ends_the_first_with_a_conflict(updates: Updates) -> None:
    first = asyncio.create_task(updates.collect(6, timeout=50))
    await asyncio.sleep(0)
    second = asyncio.create_task(updates.collect(6, timeout=50))
    with pytest.raises(Refusal, match="Conflict: terminated by other getUpdates request"):
        await first
    updates.push("message", {})
    assert len(await second) == 1


async def test_a_poll_that_was_given_up_leaves_the_next_one_alone(updates: Updates) -> None:
    first = asyncio.create_task(updates.collect(6, timeout=50))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    updates.push("message", {})
    assert await ids(updates, 6) == [6]


async def test_there_is_no_polling_while_a_webhook_is_set(updates: Updates) -> None:
    updates.webhook = "https://example.org"
    with pytest.raises(Refusal, match="can't use getUpdates method while webhook is active") as refused:
        await updates.collect()
    assert refused.value.code == 409


async def test_unwanted_kinds_are_not_queued(updates: Updates) -> None:
    updates.drop()
    updates.push("message_reaction", {})
    assert len(updates) == 0
    updates.allow(["message_reaction"])
    updates.push("message", {})
    updates.push("message_reaction", {})
    assert [set(update) for update in await updates.collect()] == [{"update_id", "message_reaction"}]
    updates.allow([])
    updates.push("message", {})
    assert len(updates) == 2


async def test_closing_ends_the_poll_and_holds_no_other(updates: Updates) -> None:
    poll = asyncio.create_task(updates.collect(6, timeout=50))
    await asyncio.sleep(0)
    updates.close()
    assert await poll == []
    assert await updates.collect(6, timeout=50) == []
