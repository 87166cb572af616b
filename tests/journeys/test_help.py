"""Greetings, help, the command menu, and what a command is that nobody knows."""

from importlib.metadata import version

import pytest

from bot.playground.chats import ADMIN
from bot.playground.person import Person
from bot.storage import days
from ml.emotions import Emotion

from .conftest import House, says, shows


async def test_start_says_in_a_few_lines_what_this_is(house: House, ana: Person) -> None:
    await ana.writes("/start")
    told = await ana.sees(says("emotion"))
    assert len(told.text.splitlines()) == 3
    assert all(command in told.text for command in ("/help", "/privacy"))


@pytest.mark.parametrize(("example", "emotion"), [("got the job", "Joy"), ("my grandmother", "Sadness")])
async def test_an_example_is_read_in_place_and_nothing_is_stored(
    house: House, ana: Person, example: str, emotion: str
) -> None:
    await ana.writes("/start")
    told = await ana.sees(says("emotion"))
    assert [len(row) for row in told.buttons] == [1, 1]
    await ana.taps(told, example)
    await ana.sees(shows(told, "Hi!", example, emotion))
    again = await ana.taps(told, example)
    await ana.sees(lambda chat: again.answered)
    assert len(told.buttons) == 2
    assert await house.database.read(days.total) == 0


@pytest.mark.parametrize("command", ["/help", "/emotion"])
async def test_help_names_the_emotions_the_commands_and_the_versions(house: House, command: str, ana: Person) -> None:
    await ana.writes(command)
    told = await ana.sees(says("six emotions"))
    assert all(emotion.label in told.text for emotion in Emotion)
    assert all(command in told.text for command in ("/privacy", "/forget"))
    assert f"Feelback {version('feelback')}, model 1" in told.text
    assert "/stats" not in told.text


@pytest.mark.parametrize("command", ["/stats", "/retrain", "/nothing", "/stats now", "/correct"])
async def test_an_unknown_command_and_an_admins_get_the_same_gentle_line(
    house: House, command: str, ana: Person
) -> None:
    await ana.writes(command)
    told = await ana.sees(says("/help"))
    assert told.text == "I don't know this command. /help lists those I do."


async def test_help_names_an_admins_commands_to_admins(house: House, ada: Person) -> None:
    await ada.writes("/help")
    told = await ada.sees(says("six emotions", "as an admin"))
    commands = ("/stats", "/review", "/retrain", "/cancel", "/models", "/rollback", "/pause", "/resume")
    assert all(command in told.text for command in commands)


async def test_in_russian(house: House, dana: Person) -> None:
    await dana.writes("/start")
    await dana.sees(says("Привет"))
    await dana.writes("/help")
    await dana.sees(says("шесть эмоций", "грусть"))
    await dana.writes("/stats")
    await dana.sees(says("Такой команды я не знаю"))


async def test_the_menu_is_in_the_persons_language_and_an_admins_has_more(
    house: House, ada: Person, ana: Person, dana: Person
) -> None:
    telegram = house.playground.telegram
    await ada.writes("/start")
    await ada.sees(lambda chat: telegram.commands(f"chat:{ADMIN.id}", "ru"))
    menu = {command["command"]: command["description"] for command in telegram.menu(ana.chat)}
    assert set(menu) == {"start", "help", "mood", "mystats", "language", "privacy", "export", "forget"}
    assert {command["command"] for command in telegram.menu(ada.chat)} == {
        *menu,
        "stats",
        "review",
        "models",
        "rollback",
        "retrain",
        "cancel",
        "pause",
        "resume",
    }
    assert all(command["description"] != menu[command["command"]] for command in telegram.menu(dana.chat))


async def test_a_server_that_knows_no_menus_is_no_end(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ana: Person
) -> None:
    await house.stop()
    monkeypatch.setattr(house.playground.telegram, "set_commands", lambda *_: 1 / 0)
    await house.start()
    await ana.hears(await ana.writes("i am happy"))
    assert any("menu could not be set" in record.message for record in caplog.records)
