"""Admins are told once of what needs them, whichever processes there are, in their language."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from telegram import Bot
from telegram.error import NetworkError, TelegramError

from bot.handlers.noticing import Notices
from bot.playground.person import Person
from bot.playground.server import Playground
from bot.storage import models, notices, people, runs
from bot.storage.database import Database
from bot.storage.models import RolledBack
from bot.storage.notices import Kind
from bot.storage.runs import Failure, Outcome, Trigger

from .conftest import Clock

STRANGER = 999_999
ENGLISH = [
    "A retraining failed, the old model goes on: the training was killed (SIGKILL), for want of memory maybe.",
    "The scheduled retraining's version 1 is not taken, the old one goes on. /models 1 tells more.",
    "Version 3 was taken back, version 2 serves again.",
    "Version 4 was rolled back, version 3 serves.",
    "Version 5 can't be loaded, what served before goes on: damaged. /rollback",
    "In the last day it was 10 people, the last of them in one minute.",
    "The database was away from 2026-03-01 12:00 to 2026-03-01 12:05 UTC.",
    "TEXT_KEYS is empty, so I keep no corrected text",
]
RUSSIAN = [
    "Обучение не удалось, остаётся прежняя модель: обучающий процесс был убит (SIGKILL)",
    "Версия 1, обученная по расписанию, не принята",
    "Версия 3 снята, снова работает версия 2.",
    "Версия 4 снята, работает версия 3.",
    "Версию 5 не удаётся загрузить",
    "За последние сутки — 10 человек, последний из них — в 1 минуте.",
    "База данных была недоступна с 2026-03-01 12:00 до 2026-03-01 12:05 UTC.",
    "TEXT_KEYS не задан",
]
CLAUSE = {"name": "behaviour", "passed": False, "figures": {"champion": 3, "candidate": 2, "cases": 4}}


def happen(connection: Connection, clock: Clock) -> None:
    """One of everything."""
    version = models.add(connection, b"candidate", metrics={}, base="data set", now=clock())
    ends: list[dict[str, Any]] = [
        {"outcome": Outcome.FAILED, "error": Failure.KILLED.told("SIGKILL")},
        {
            "outcome": Outcome.REJECTED,
            "candidate_version": version,
            "verdict": {"clauses": [CLAUSE, CLAUSE | {"passed": True}]},
        },
    ]
    for end in ends:
        runs.request(connection, Trigger.SCHEDULE, clock())
        run = runs.take(connection, "me", clock(), timedelta(minutes=1))
        assert run is not None
        runs.finish(connection, run.id, run.epoch, clock(), **end)
    taken_back = {"version": 3, "serves": 2, "reason": f"{RolledBack.AGREEMENT}: 10/60 55/60"}
    notices.add(connection, Kind.ROLLED_BACK, 3, clock(), taken_back)
    by_hand = {"version": 4, "serves": 3, "reason": RolledBack.OPERATOR}
    notices.add(connection, Kind.ROLLED_BACK, 4, clock(), by_hand)
    notices.add(connection, Kind.UNSERVABLE, 5, clock(), {"version": 5, "reason": "damaged"})
    notices.add(connection, Kind.FLOOD, "today", clock(), {"people": 10, "floods": 1})
    notices.add_outage(connection, clock(), clock() + timedelta(minutes=5))
    notices.add(connection, Kind.NO_KEYS, "", clock(), {})


def heard(person: Person) -> list[str]:
    return [message.text for message in person.chat.messages.values() if message.from_bot]


@pytest.fixture
def dana(playground: Playground) -> Person:
    return playground.person("Dana")


@pytest.fixture
def told(bot: Bot, database: Database, ada: Person, dana: Person, clock: Clock) -> Notices:
    """Tells two admins, and one who never wrote to the bot."""
    return Notices(bot, database, [ada.id, STRANGER, dana.id], clock=clock, never_left=lambda _: False)


async def test_everything_is_told_once_by_all_processes_together(
    database: Database, bot: Bot, ada: Person, dana: Person, clock: Clock, told: Notices
) -> None:
    for person in (ada, dana):
        await person.writes("/start")
    await database.write(people.note_language, dana.id, "ru", clock())
    await database.write(happen, clock)
    others = [
        Notices(bot, database, [dana.id, STRANGER, ada.id], clock=clock, never_left=lambda _: False) for _ in range(2)
    ]
    await asyncio.gather(*(one.look() for one in (told, *others)))
    await told.look()
    for person, expected in ((ada, ENGLISH), (dana, RUSSIAN)):
        said = heard(person)
        assert len(said) == len(expected)
        assert all(sum(words in text for text in said) == 1 for words in expected), said
    assert any("✗ Cases of behaviour met: 3 → 2 of 4" in text and "✓" not in text for text in heard(ada))
    assert await database.read(notices.untold) == []


async def test_who_asked_reads_of_a_failed_run_in_the_answer_to_them_alone(
    database: Database, ada: Person, dana: Person, clock: Clock, told: Notices
) -> None:
    for person in (ada, dana):
        await person.writes("/start")
    await database.write(runs.request, Trigger.ADMIN, clock(), requested_by=ada.id, chat_id=ada.id, message_id=1)
    await database.write(runs.take, "dies", clock(), timedelta(0))
    await database.write(runs.fail_expired, clock())
    await told.look()
    assert heard(ada) == []
    assert ["the process that ran it died" in text for text in heard(dana)] == [True]


async def test_what_did_not_go_out_is_told_later(
    database: Database, bot: Bot, ada: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada.writes("/start")

    def never_left(error: TelegramError) -> bool:
        return isinstance(error, NetworkError) and str(error) == "no way"

    async def no_way(*_: object) -> None:
        raise NetworkError("no way")

    told = Notices(bot, database, [ada.id], clock=clock, never_left=never_left)
    await database.write(notices.add, Kind.FLOOD, "today", clock(), {"people": 1, "floods": 10})
    with monkeypatch.context() as patch:
        patch.setattr(type(bot), "send_message", no_way)
        await told.look()
    assert heard(ada) == []
    await told.look()
    assert len(heard(ada)) == 1


@pytest.mark.parametrize(("minutes", "times"), [(0.5, 0), (5, 1)])
async def test_a_database_that_was_away_is_told_when_it_is_back(
    database: Database,
    ada: Person,
    clock: Clock,
    told: Notices,
    monkeypatch: pytest.MonkeyPatch,
    minutes: float,
    times: int,
) -> None:
    """But not a short moment."""
    await ada.writes("/start")

    async def away(*_: object) -> None:
        raise OperationalError("", None, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(database, "read", away)
        running = asyncio.create_task(told.run())
        await asyncio.sleep(0)
        running.cancel()
    clock.now += timedelta(minutes=minutes)
    await told.look()
    await told.look()
    assert ["The database was away from 2026-03-01 12:00 to 2026-03-01 12:05" in said for said in heard(ada)] == [
        True
    ] * times
