"""A run's message is edited when there is something new, and not more often than every two seconds."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from telegram import Bot

from bot.handlers.announcing import Announcer
from bot.playground.chats import Message
from bot.playground.person import Person
from bot.playground.server import Playground
from bot.storage.runs import Outcome, RunRow, State, Trigger

from .conftest import START, Clock

RUNNING = RunRow(
    id=1,
    trigger=Trigger.ADMIN,
    requested_by=7,
    chat_id=7,
    message_id=2,
    language="en",
    state=State.RUNNING,
    lease_owner=None,
    lease_until=None,
    epoch=1,
    heartbeat_at=None,
    stage="training",
    progress=0.25,
    fingerprint=None,
    base=None,
    report=None,
    verdict=None,
    outcome=None,
    error=None,
    log_tail=None,
    candidate_version=None,
    created_at=START,
    started_at=START,
    finished_at=None,
)


async def asked(bot: Bot, ada: Person, **changes: Any) -> tuple[RunRow, Message]:
    """A run that Ada asked for, and the message that answered her."""
    await ada.writes("/retrain")
    told = await bot.send_message(ada.id, "about to start")
    run = replace(RUNNING, chat_id=ada.id, message_id=told.message_id, **changes)
    return run, ada.chat.messages[told.message_id]


async def test_the_message_follows_the_run_to_its_end(bot: Bot, ada: Person, clock: Clock) -> None:
    run, message = await asked(bot, ada)
    announce = Announcer(bot, clock, clock.sleep)
    await announce(run)
    assert "25% training" in message.text
    await announce(replace(run, progress=0.5))
    assert "50% training" in message.text
    await announce(replace(run, state=State.DONE, outcome=Outcome.PROMOTED, candidate_version=2))
    assert "Version 2 serves now" in message.text


async def test_edits_keep_their_distance_but_the_end_does_not_wait(bot: Bot, ada: Person, clock: Clock) -> None:
    run, _ = await asked(bot, ada)
    announce = Announcer(bot, clock, clock.sleep)
    await announce(run)
    assert clock.now == START
    await announce(replace(run, progress=0.5))
    assert clock.now == START + timedelta(seconds=2)
    await announce(replace(run, state=State.DONE, outcome=Outcome.PROMOTED, candidate_version=2))
    assert clock.now == START + timedelta(seconds=2)


async def test_what_shows_nothing_new_is_not_sent(bot: Bot, ada: Person, clock: Clock, playground: Playground) -> None:
    run, message = await asked(bot, ada, progress=0.0)
    announce = Announcer(bot, clock, clock.sleep)
    await announce(run)
    with playground.telegram.follow() as events:
        await announce(run)
        assert events.empty()
    assert "0%" in message.text


async def test_it_speaks_the_language_of_who_asked(bot: Bot, ada: Person, clock: Clock) -> None:
    run, message = await asked(bot, ada, language="ru")
    await Announcer(bot, clock, clock.sleep)(run)
    assert "Обучение" in message.text


async def test_a_run_without_a_chat_is_told_to_nobody(bot: Bot, ada: Person, clock: Clock) -> None:
    run, message = await asked(bot, ada)
    await Announcer(bot, clock, clock.sleep)(replace(run, chat_id=None))
    assert message.text == "about to start"


async def test_a_message_that_is_gone_is_a_warning(
    bot: Bot, ada: Person, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    run, message = await asked(bot, ada)
    await ada.removes(message)
    await Announcer(bot, clock, clock.sleep)(run)
    assert "could not be edited" in caplog.text


async def test_a_message_that_shows_it_already_is_none(
    bot: Bot, ada: Person, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    run, _ = await asked(bot, ada, progress=0.0)
    await Announcer(bot, clock, clock.sleep)(run)
    await Announcer(bot, clock, clock.sleep)(run)
    assert not caplog.records
