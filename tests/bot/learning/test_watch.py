"""A model with which people agree less goes, once, and chance alone seldom takes one back."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from sqlalchemy import Connection

from bot.learning.watch import A_PERSON, FALSE_ALARMS, LOOKS, Watch, at_most, find_worse, first_drop
from bot.storage import corrections, models, notices, people, readings, review
from bot.storage.database import Database
from bot.storage.models import Status
from bot.storage.notices import Kind
from bot.storage.statistics import Agreement
from bot.storage.tables import people as table
from ml.classifier import Reading
from ml.emotions import Emotion

Judge = Callable[..., Awaitable[None]]
Until = Callable[[Callable[[], Awaitable[Any]]], Awaitable[None]]

READING = Reading(Emotion.JOY, None, 0.1, (0, 1, 0, 0, 0, 0), "test")


@pytest.fixture
def judge(database: Database, clock: Any) -> Judge:
    """People judge readings of a model: `agreed` of `judged` agree, `each` of every person."""
    messages, persons = count(1), count(1)

    def store(
        connection: Connection, version: int, judged: int, agreed: int, each: int, taught: int | None, now: datetime
    ) -> None:
        person = 0
        for number in range(judged):
            if number % each == 0:
                person = next(persons)
            reading_id = readings.add(
                connection,
                chat_id=person,
                message_id=next(messages),
                author_id=person,
                reading=READING,
                model_version=version,
                now=now,
                taught=taught,
            )
            label = Emotion.JOY if number * agreed % judged < agreed else Emotion.FEAR
            corrections.put(connection, reading_id, person, label, now)

    async def judge(version: int, judged: int, agreed: int, each: int = A_PERSON, taught: int | None = None) -> None:
        await database.write(store, version, judged, agreed, each, taught, clock())

    return judge


@pytest.fixture
async def promoted(database: Database, champion: int, another: Callable[[], bytes], clock: Any) -> int:
    """The version of a model that was promoted over the champion."""
    version = await database.write(models.add, another(), metrics={}, base="data set", now=clock())
    await database.write(models.promote, version, clock())
    return version


async def test_a_significant_drop_rolls_back_and_is_told_once(
    database: Database, clock: Any, champion: int, promoted: int, judge: Judge
) -> None:
    await judge(champion, 200, 160)
    await judge(promoted, 60, 20)
    replicas = [Watch(database, clock=clock) for _ in range(3)]
    answers = await asyncio.gather(*(replica.look() for replica in replicas))
    (taken_back,) = filter(None, answers)
    (notice,) = await database.read(notices.untold)
    assert (notice.kind, notice.details["version"], notice.details["serves"]) == (Kind.ROLLED_BACK, promoted, champion)
    assert (taken_back.version, taken_back.serves) == (promoted, champion)
    assert taken_back.before == Agreement(200, 160)
    assert taken_back.after.judged == 50
    model = await database.read(models.get, promoted)
    assert model is not None
    assert model.status is Status.ROLLED_BACK
    assert model.reason == "people agreed less: 17/50 160/200"
    assert await database.read(models.champion_version) == champion
    assert await replicas[0].look() is None


@pytest.mark.parametrize("agreed", [60, 43])
async def test_as_much_or_a_little_less_agreement_changes_nothing(
    database: Database, champion: int, promoted: int, judge: Judge, agreed: int
) -> None:
    await judge(champion, 100, 80)
    await judge(promoted, 60, agreed)
    assert await database.read(find_worse) is None


async def test_few_people_cannot_take_a_model_back(
    database: Database, champion: int, promoted: int, judge: Judge
) -> None:
    await judge(champion, 100, 80)
    await judge(promoted, 4 * 200, 0, each=200)
    assert await database.read(find_worse) is None
    await judge(promoted, A_PERSON, 0)
    assert await database.read(find_worse) is not None


async def test_few_judgements_before_or_after_are_too_few(
    database: Database, champion: int, promoted: int, judge: Judge
) -> None:
    await judge(champion, LOOKS[0] - 1, 40)
    await judge(promoted, LOOKS[0] - 1, 0)
    assert await database.read(find_worse) is None
    await judge(promoted, 1, 0)
    assert await database.read(find_worse) is None
    await judge(champion, 1, 1)
    assert await database.read(find_worse) is not None


async def test_what_was_answered_from_memory_is_no_score(
    database: Database, champion: int, promoted: int, judge: Judge
) -> None:
    await judge(champion, 100, 80)
    await judge(promoted, 100, 0, taught=Emotion.FEAR)
    assert await database.read(find_worse) is None


async def test_blocked_people_do_not_count(
    database: Database, clock: Any, champion: int, promoted: int, judge: Judge
) -> None:
    await judge(champion, 100, 80)
    await judge(promoted, 100, 0)

    def block(connection: Connection) -> None:
        for person in range(11, 21):
            people.set_consent(connection, person, True, clock())
            connection.execute(table.update().where(table.c.id == person).values(blocked_at=clock()))
        assert len(review.blocked(connection)) == 10

    assert await database.read(find_worse) is not None
    await database.write(block)
    assert await database.read(find_worse) is None


async def test_what_was_rolled_back_to_is_not_watched(
    database: Database, clock: Any, champion: int, promoted: int, judge: Judge
) -> None:
    await judge(promoted, 100, 90)
    await judge(champion, 100, 10)
    await database.write(models.roll_back, champion, clock())
    assert await database.read(find_worse) is None


async def test_it_looks_on_whatever_fails(
    database: Database, clock: Any, champion: int, promoted: int, judge: Judge, until: Until
) -> None:
    watching = asyncio.create_task(Watch(database, clock=clock, interval=0.01).run())
    await judge(champion, 100, 80)
    await judge(promoted, 100, 0)

    async def done() -> bool:
        return await database.read(models.champion_version) == champion

    await until(done)
    watching.cancel()
    await asyncio.wait((watching,))


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 60), st.integers(1, 60))
def test_the_test_is_fishers(agreed: int, judged: int, agreed_before: int, judged_before: int) -> None:
    agreed, agreed_before = min(agreed, judged), min(agreed_before, judged_before)
    table = [[agreed, judged - agreed], [agreed_before, judged_before - agreed_before]]
    assert at_most(agreed, judged, agreed_before, judged_before) == pytest.approx(
        fisher_exact(table, alternative="less").pvalue
    )


def crowd(chance: random.Random, share: float, many: int) -> list[bool]:
    return [chance.random() < share for _ in range(many)]


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_chance_alone_takes_back_one_in_a_hundred_at_most(share: float) -> None:
    chance = random.Random(1)  # noqa: S311
    alarms = sum(first_drop(crowd(chance, share, 400), crowd(chance, share, 800)) is not None for _ in range(400))
    assert alarms <= 400 * FALSE_ALARMS + 4, "two standard deviations above what is promised"


def test_a_large_drop_is_found_soon() -> None:
    chance = random.Random(2)  # noqa: S311
    looks = [first_drop(crowd(chance, 0.8, 400), crowd(chance, 0.6, 800)) or 10_000 for _ in range(50)]
    assert sorted(looks)[25] <= 100
    assert max(looks) <= 200
