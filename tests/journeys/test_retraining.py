"""A retraining from the request to the verdict, stopped on the way, and the schedule kept quiet."""

import asyncio

import pytest

from bot import application
from bot.playground.files import picture_size
from bot.playground.person import Person, reply_to
from bot.storage import models, pausing, runs, trainers
from bot.storage.runs import Outcome, Trigger

from .conftest import House, says, shows
from .training import Training, report


async def test_a_retraining_is_told_from_the_request_to_the_verdict(
    house: House, training: Training, ada: Person
) -> None:
    await ada.writes("/retrain")
    told = await ada.sees(says("Retraining", "50%"), within=20)
    await training.go_on()
    await ada.sees(shows(told, "Version 2 serves now"), within=20)
    lines = [line.split() for line in told.text.splitlines()]
    assert ["old", "new"] in lines
    assert ["Macro", "F1", "80.0%", "85.0%"] in lines
    assert all(words in told.text for words in ("✓ Macro F1: 80.0% → 85.0%", "– Held-out corrections: none", "✓ Ready"))
    assert "Trained from the shipped model and 2 corrected texts, judged by 100 messages" in told.text
    picture = await ada.sees(lambda chat: reply_to(chat, told))
    assert picture.media is not None
    assert picture_size(picture.media.file.data) == (1280, 832)
    await ada.writes("/help")
    await ada.sees(says("model 2"))
    await ada.writes("/stats")
    await ada.sees(says("Version 2 serves", "Last retraining: promoted"))


async def test_a_rejected_candidate_is_told_with_the_reason(house: House, training: Training, ada: Person) -> None:
    training.report = report(macro_f1=0.7)
    await house.stop()
    await house.start()
    await ada.writes("/retrain")
    told = await ada.sees(says("Retraining", "50%"), within=20)
    await training.go_on()
    await ada.sees(shows(told, "Version 2 is not taken", "✗ Macro F1: 80.0% → 70.0% (−0.5 points allowed)"), within=20)
    assert await house.database.read(models.champion_version) == 1


async def test_a_second_request_is_told_that_one_goes_on(house: House, training: Training, ada: Person) -> None:
    await ada.writes("/retrain")
    first = await ada.sees(says("Retraining", "50%"), within=20)
    await ada.writes("/retrain")
    await ada.sees(says("under way already"))
    await training.go_on()
    await ada.sees(shows(first, "Version 2 serves now"), within=20)


@pytest.mark.parametrize("way", ["button", "command"])
async def test_a_retraining_is_stopped(house: House, training: Training, ada: Person, way: str) -> None:
    await ada.writes("/retrain")
    told = await ada.sees(says("Retraining", "50%"), within=20)
    if way == "button":
        await ada.taps(told, "Cancel")
    else:
        await ada.writes("/cancel")
        await ada.sees(says("the retraining stops"))
    await ada.sees(shows(told, "The retraining was stopped"), within=20)
    assert not told.buttons
    assert await house.database.read(runs.active) is None


async def test_a_retraining_that_only_waits_is_stopped_at_once(house: House, ada: Person) -> None:
    await ada.writes("/cancel")
    await ada.sees(says("No retraining is under way"))
    await house.database.write(trainers.seen, "one that never takes it", application.now())
    await ada.writes("/retrain")
    told = await ada.sees(says("about to start"))
    async with asyncio.timeout(10):
        while await house.database.read(runs.active) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    tap = await ada.taps(told, "Cancel")
    await ada.sees(shows(told, "The retraining was stopped"))
    run = await house.database.read(runs.latest)
    assert run is not None
    assert run.outcome is Outcome.CANCELLED
    assert run.cancel_requested_by == ada.id
    assert tap.answered


async def test_the_schedule_is_paused_and_resumed(house: House, ada: Person, dana: Person) -> None:
    await house.stop()
    await house.start(admin_ids=frozenset({ada.id, dana.id}))
    await ada.writes("/resume")
    await ada.sees(says("The schedule is not paused"))
    await ada.writes("/pause")
    await ada.sees(says("The schedule is paused:"))
    await dana.writes("/pause")
    await dana.sees(says("Расписание на паузе с"))
    assert await house.database.read(pausing.paused)
    await dana.writes("/resume")
    await dana.sees(says("Расписание снова действует"))
    assert not await house.database.read(pausing.paused)


async def test_with_nobody_to_train_retrain_says_so_and_asks_for_nothing(house: House, ada: Person) -> None:
    await ada.writes("/retrain")
    await ada.sees(says("No process is there to train", "TRAINER=on"))
    assert await house.database.read(runs.latest) is None


async def test_what_became_of_a_scheduled_run_is_told_where_it_needs_an_admin(
    house: House, training: Training, ada: Person, dana: Person
) -> None:
    training.report = report(macro_f1=0.7)
    await house.stop()
    await house.start(admin_ids=frozenset({ada.id, dana.id}))
    for admin, hello in ((ada, "Hi!"), (dana, "Привет!")):
        await admin.writes("/start")
        await admin.sees(says(hello))
    await house.database.write(runs.request, Trigger.SCHEDULE, application.now())
    await training.go_on()
    await ada.sees(says("The scheduled retraining's version 2 is not taken", "✗ Macro F1: 80.0% → 70.0%"), within=20)
    await dana.sees(says("Версия 2, обученная по расписанию, не принята", "✗ Macro F1: 80.0% → 70.0%"), within=20)


async def test_a_run_that_nobody_asked_for_in_a_chat_is_told_to_nobody(
    house: House, training: Training, ada: Person
) -> None:
    await ada.writes("/start")
    await ada.sees(says("Hi!"))
    run = await house.database.write(runs.request, Trigger.OPERATOR, application.now())
    assert run is not None
    await training.go_on()
    await ada.writes("/stats")
    await ada.sees(says("Last retraining"))
    assert len([message for message in ada.chat.messages.values() if message.from_bot]) == 2


async def test_a_run_that_the_end_of_the_bot_cuts_off_is_told_as_failed(
    house: House, training: Training, ada: Person
) -> None:
    await ada.writes("/retrain")
    told = await ada.sees(says("Retraining", "50%"), within=20)
    await house.stop()
    assert "The retraining failed" in told.text
    await house.start()
    await ada.writes("/retrain")
    again = await ada.sees(says("Retraining", "50%", after=told.id), within=20)
    await training.go_on()
    await ada.sees(shows(again, "serves now"), within=20)
