"""An admin looks at the models, goes back to one, and sees what is still to be forgotten."""

import logging
from dataclasses import replace

import pytest

from bot import application
from bot.playground.chats import Message
from bot.playground.person import Person
from bot.storage import models, retention
from ml.bundle import SHIPPED, Bundle

from .conftest import House, says, shows
from .training import Training


async def told(admin: Person, command: str, *words: str) -> Message:
    """Give a command, and wait for the answer."""
    asked = await admin.writes(command)
    return await admin.sees(says(*words, after=asked.id), within=20)


async def promoted(house: House, forgettings: int | None = None) -> int:
    """Another model serves, which the shipped one becomes the predecessor of; its version."""
    bundle = Bundle.load(SHIPPED)
    content = replace(bundle, made=bundle.made | {"serves": "next"}).to_bytes()
    version = await house.database.write(
        models.add, content, metrics={}, base="data set", run_id=99, forgettings=forgettings, now=application.now()
    )
    await house.database.write(models.promote, version, application.now())
    return version


async def test_an_admin_goes_back_and_the_same_is_not_promoted_again(
    house: House, training: Training, ada: Person, dana: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    await house.stop()
    await house.start(admin_ids=frozenset({ada.id, dana.id}))
    figure = f"macro F1 {Bundle.load(SHIPPED).metrics['macro_f1']:.1%}"
    await told(ada, "/models", "✅ 1 serves", "shipped with the bot", figure)
    run = await told(ada, "/retrain", "Retraining", "50%")
    await training.go_on()
    await ada.sees(shows(run, "Version 2 serves now"), within=20)
    shown = await told(ada, "/models", "✅ 2 serves", "asked for by an admin", "macro F1 80.0% → 85.0%", figure)
    await ada.taps(shown, "2")
    await ada.sees(shows(shown, "Version 2 serves", "✓ Macro F1: 80.0% → 85.0%", "✓ Cases of behaviour met"))
    assert shown.buttons == [["‹ All models"]]
    await ada.taps(shown, "All models")
    await ada.sees(shows(shown, "the newest first"))
    await ada.taps(shown, "1")
    await ada.sees(shows(shown, "Version 1 served before", "Accuracy", "messages with an emotion that never train."))
    await ada.taps(shown, "Let version 1 serve")
    await ada.sees(shows(shown, "Version 1 serves now", "/rollback 2 goes back"))
    assert f"admin {ada.id} let model version 1 serve again" in caplog.text
    await told(ada, "/help", "model 1")

    run = await told(dana, "/retrain", "Обучение", "50\xa0%")
    await training.go_on()
    again = ("Версия 2 не принята", "✓ Полнота: хуже всего у эмоции «грусть»", "✗ Новизна: нет, это снова версия 2")
    await dana.sees(shows(run, *again), within=20)
    await told(ada, "/models 2", "Version 2 was rolled back", "Rolled back by an admin")
    await told(ada, "/rollback 2", "Version 2 serves now")
    await told(ada, "/help", "model 2")


async def test_what_cannot_serve_is_told_with_what_can(house: House, ada: Person) -> None:
    await ada.writes("/start")
    await ada.sees(says("/help"))
    await promoted(house)
    await house.database.write(models.roll_back, 1, application.now())
    for command in ("/rollback", "/rollback two", "/rollback 1 2", "/models x"):
        await told(ada, command, "Which one? /models shows the versions")
    for command in ("/rollback 9", "/models 9"):
        await told(ada, command, "There is no version 9. There are: 1, 2.")
    await told(ada, "/rollback 1", "Version 1 serves already")
    await house.database.write(retention.bundles_but, 0)
    await told(ada, "/rollback 2", "Version 2 can't serve again: its file was deleted. There are still: 1.")
    gone = await told(ada, "/models 2", "Its file was deleted")
    assert gone.buttons == [["‹ All models"]]


async def test_a_pending_forgetting_is_shown_until_a_model_free_of_it_serves(
    house: House, training: Training, ana: Person, ada: Person
) -> None:
    reply = await ana.hears(await ana.writes("this song makes me think of home"))
    await ana.taps(reply, "Sad")
    await ana.sees(shows(reply, "May I keep"))
    await ana.taps(reply, "Yes")
    await ana.sees(shows(reply, "I'll learn from it"))
    await promoted(house, forgettings=0)
    sure = await told(ana, "/forget", "Delete all I have of you")
    await ana.taps(sure, "Yes")
    await ana.sees(shows(sure, "Done."))
    await told(ada, "/models", "A forgetting is pending since")
    run = await told(ada, "/retrain", "Retraining", "50%")
    await training.go_on()
    await ada.sees(shows(run, "Version 3 serves now"), within=20)
    shown = await told(ada, "/models", "✅ 3 serves")
    assert "pending" not in shown.text
    await told(ada, "/models 3", "Free of one forgetting that the version before was not; serves since")


async def test_in_russian(house: House, ana: Person, dana: Person) -> None:
    await house.stop()
    await house.start(admin_ids=frozenset({dana.id}))
    await told(dana, "/pause", "Расписание на паузе")
    await promoted(house)
    shown = await told(dana, "/models", "✅ 2 работает", "из поставки", "Расписание на паузе с")
    await dana.taps(shown, "1")
    await dana.sees(shows(shown, "Версия 1 работала раньше", "Точность"))
    await told(dana, "/rollback 7", "Версии 7 нет. Есть: 1, 2.")
    await told(dana, "/rollback 1", "Теперь работает версия 1")
    await told(dana, "/models 2", "Версия 2 снята", "Снята администратором")
    await told(ana, "/models", "I don't know this command")
