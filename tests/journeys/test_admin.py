"""An admin's day: figures, and a retraining from the request to the verdict."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import application
from bot.playground.person import Person
from bot.storage import models, runs
from bot.storage.runs import Trigger

from .conftest import House, says, shows
from .training import Training, report


@pytest.fixture
async def training(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Training]:
    """The house with a trainer."""
    training = Training(tmp_path)
    monkeypatch.setattr(application, "means", training.means)
    await house.stop()
    await house.start(trainer=True)
    yield training
    await house.stop()


async def correct(person: Person, text: str, face: str) -> None:
    """Write, and correct what was read."""
    reply = await person.hears(await person.writes(text))
    await person.taps(reply, face)
    await person.sees(lambda chat: len(reply.buttons) == 1)


async def test_stats_start_with_nothing(house: House, ada: Person) -> None:
    await ada.writes("/stats")
    told = await ada.sees(says("0 readings"))
    assert "Nobody has judged" in told.text
    assert "Version 1 serves" in told.text


async def test_stats_tell_agreement_by_emotion_and_by_version(house: House, ana: Person, ada: Person) -> None:
    await correct(ana, "i am so happy and thankful today", "✓")
    await correct(ana, "i am so happy and thankful today", "Love")
    await correct(ana, "i feel so alone and sad without you", "✓")
    await ada.writes("/stats")
    told = await ada.sees(says("3 readings", "3 corrections by one person"))
    lines = [line.split() for line in told.text.splitlines()]
    assert "People agreed with 67% of 3 judged readings:" in told.text
    assert ["Joy", "50.0%", "1/2"] in lines
    assert ["Sadness", "100.0%", "1/1"] in lines
    assert ["version", "1", "66.7%", "2/3"] in lines


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
    assert all(words in told.text for words in ("✓ Macro F1 is no worse", "– no held-out corrections", "✓ Ready"))
    assert "Trained from the shipped model and 2 corrected texts, judged by 100 messages" in told.text
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
    await ada.sees(shows(told, "Version 2 is not taken", "✗ macro F1 80.0% to 70.0%"), within=20)
    assert await house.database.read(models.champion_version) == 1


async def test_a_second_request_is_told_that_one_goes_on(house: House, training: Training, ada: Person) -> None:
    await ada.writes("/retrain")
    first = await ada.sees(says("Retraining", "50%"), within=20)
    await ada.writes("/retrain")
    await ada.sees(says("under way already"))
    await training.go_on()
    await ada.sees(shows(first, "Version 2 serves now"), within=20)


async def test_with_nobody_to_train_retrain_says_so_and_asks_for_nothing(house: House, ada: Person) -> None:
    await ada.writes("/retrain")
    await ada.sees(says("No process is there to train", "TRAINER=on"))
    assert await house.database.read(runs.latest) is None


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
