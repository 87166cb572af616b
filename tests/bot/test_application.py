"""Putting together: what keeps the bot from starting, what does not, and signals."""

import asyncio
import os
import signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.application import NotPossibleError, kept, limits, means, now, serve, stop_on_signals
from bot.learning.retention import Retention
from bot.learning.samples import Limits
from bot.learning.trainer import ALIVE
from bot.playground.chats import ADMIN, Chat
from bot.playground.server import Playground
from bot.settings import Settings, load
from bot.storage import corrections, models, people, readings, runs, trainers
from bot.storage.database import Database
from bot.storage.migration import upgrade
from bot.storage.models import Status
from bot.storage.runs import Trigger
from ml.bundle import SHIPPED, Bundle
from ml.classifier import Reading
from ml.emotions import Emotion


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this shell's settings nor a developer's `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def settings_for(playground: Playground, tmp_path: Path, **changes: Any) -> Settings:
    """Settings of a bot that can start, on a database with every table."""
    url = f"sqlite:///{tmp_path}/feelback.db"
    upgrade(url)
    given = {"telegram_bot_token": playground.token, "telegram_api_url": playground.url, "database_url": url}
    return load(**given | {"trainer": "off"} | changes)


async def test_a_refused_token_is_told_in_a_sentence_without_the_token(playground: Playground, tmp_path: Path) -> None:
    settings = settings_for(playground, tmp_path, telegram_bot_token="1:not-this-one")
    with pytest.raises(NotPossibleError) as raised:
        await serve(settings, asyncio.Event())
    assert str(raised.value).startswith("127.0.0.1 refuses")
    assert "TELEGRAM_BOT_TOKEN" in str(raised.value)
    assert "not-this-one" not in str(raised.value)


async def test_a_server_that_is_not_there_yet_is_waited_for(
    playground: Playground, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = int(playground.url.rpartition(":")[2])
    settings, again = settings_for(playground, tmp_path), Playground(token=playground.token)
    await playground.stop()
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(settings, stop))
    async with asyncio.timeout(30):
        while "can't be reached" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await again.start(port)
    ana = again.person("Ana")
    await ana.hears(await ana.writes("i am happy"), within=30)
    stop.set()
    await serving
    await again.stop()


async def test_it_can_be_stopped_while_it_waits_for_the_server(playground: Playground, tmp_path: Path) -> None:
    settings = settings_for(playground, tmp_path)
    await playground.stop()
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(settings, stop))
    stop.set()
    async with asyncio.timeout(20):
        await serving


async def test_a_trainer_without_the_extra_is_a_warning(
    playground: Playground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.application.can_train", lambda: False)
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(settings_for(playground, tmp_path, trainer="on"), stop))
    ana, ada = playground.person("Ana"), playground.person("Ada")
    await ana.hears(await ana.writes("i am happy"), within=30)
    await ada.writes("/start")
    stop.set()
    await serving
    assert "the extra `train` is not installed" in caplog.text


async def test_a_process_that_only_trains_is_there_for_runs_and_takes_no_message(
    playground: Playground, tmp_path: Path
) -> None:
    settings, stop = settings_for(playground, tmp_path, trainer="on"), asyncio.Event()
    await playground.person("Ana").writes("hello")
    with Database(settings.database_url) as database:
        serving = asyncio.create_task(serve(settings, stop, takes_updates=False))
        async with asyncio.timeout(30):
            while not await database.read(trainers.alive, now() - ALIVE):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        stop.set()
        await serving
    assert len(playground.telegram.updates) == 1
    assert "getUpdates" not in playground.faults.calls


async def test_a_process_that_could_do_nothing_does_not_start(playground: Playground, tmp_path: Path) -> None:
    with pytest.raises(NotPossibleError, match="TRAINER=on"):
        await serve(settings_for(playground, tmp_path), asyncio.Event(), takes_updates=False)


async def test_a_start_puts_away_what_a_dead_trainer_left_and_tells_who_asked(
    playground: Playground, tmp_path: Path
) -> None:
    settings, ada = settings_for(playground, tmp_path), playground.person("Ada")
    question, left = await ada.writes("i am happy"), means(settings).folder / "run-left"
    left.mkdir(parents=True)
    with Database(settings.database_url) as database:
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(settings, stop))
        answer = await ada.hears(question, within=30)
        stop.set()
        await serving
        await database.write(runs.request, Trigger.ADMIN, now(), chat_id=ada.id, message_id=answer.id, language="en")
        await database.write(runs.take, "dead", now() - timedelta(hours=1), timedelta(seconds=30))
        left.mkdir(exist_ok=True)
        stop.clear()
        serving = asyncio.create_task(serve(settings, stop))
        await ada.sees(lambda chat: "The retraining failed" in chat.messages[answer.id].text, within=30)
        stop.set()
        await serving
    assert not left.exists()


def judged(connection: Connection, version: int, agreed: int) -> None:
    """Ten people judge six readings each of a model."""
    for number in range(60):
        person = 1000 * version + number % 10
        reading_id = readings.add(
            connection,
            chat_id=person,
            message_id=number,
            author_id=person,
            reading=Reading(Emotion.JOY, None, 0.1, (0, 1, 0, 0, 0, 0), "test"),
            model_version=version,
            now=now(),
        )
        corrections.put(connection, reading_id, person, Emotion.JOY if number < agreed else Emotion.FEAR, now())


async def test_a_model_that_people_agree_less_with_is_taken_back_and_the_admins_are_told(
    playground: Playground, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stranger, dana = 999_999, playground.person("Dana")
    admins = f"{stranger},{ADMIN.id},{dana.id}"
    settings, ada = settings_for(playground, tmp_path, admin_ids=admins), playground.person("Ada")
    shipped = Bundle.load(SHIPPED)
    await ada.writes("/start")
    await dana.writes("/start")
    with Database(settings.database_url) as database:
        for bundle, agreed in ((shipped, 55), (replace(shipped, made={"by": "test"}), 10)):
            version = await database.write(models.add, bundle.to_bytes(), metrics={}, base="data set", now=now())
            await database.write(models.promote, version, now())
            await database.write(judged, version, agreed)
        await database.write(people.set_language, dana.id, "ru", now())
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(settings, stop))
        said, said_in_russian = "Version 2 was taken back, version 1 serves again", "Версия 2 снята"
        await ada.sees(lambda chat: says(chat, said), within=30)
        await dana.sees(lambda chat: says(chat, said_in_russian), within=30)
        async with asyncio.timeout(30):
            while "an admin could not be told" not in caplog.text:  # noqa: ASYNC110 - a log has no event to wait for
                await asyncio.sleep(0.01)
        stop.set()
        await serving
        taken_back = await database.read(models.get, 2)
    assert taken_back is not None
    assert taken_back.status is Status.ROLLED_BACK
    assert str(stranger) not in caplog.text


def says(chat: Chat, words: str) -> bool:
    """Whether a message of the chat has these words."""
    return any(words in message.text for message in chat.messages.values())


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("sqlite:///data/feelback.db", "data/runs"),
        ("sqlite:////srv/f/feelback.db", "/srv/f/runs"),
        ("postgresql://u@h/n", "var/runs"),
    ],
)
def test_a_runs_files_lie_beside_the_database(url: str, folder: str) -> None:
    assert means(load(database_url=url)).folder == Path(folder)


def test_a_run_learns_from_the_corpora_that_are_set() -> None:
    assert means(load()).corpora is None
    assert means(load(corpora="meld,isear")).corpora == ("meld", "isear")
    assert means(load(corpora="none")).corpora == ()


def test_unless_set_people_count_as_their_room_says() -> None:
    assert limits(load()) == Limits()


def test_things_are_kept_as_set() -> None:
    texts, readings, logs = (timedelta(days=days) for days in (7, 6, 5))
    settings = load(keep_texts=7, keep_readings=6, keep_logs=5, keep_bundles=2)
    assert kept(settings) == Retention(texts, readings, logs, bundles=2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signals_ask_to_stop(number: signal.Signals) -> None:
    with stop_on_signals() as stop:
        os.kill(os.getpid(), number)
        async with asyncio.timeout(5):
            await stop.wait()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
