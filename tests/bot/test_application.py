"""Putting together: what keeps the bot from starting, what does not, and signals."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.application import NotPossibleError, means, serve, stop_on_signals
from bot.playground.server import Playground
from bot.settings import Settings, load
from bot.storage.migration import upgrade


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this shell's settings nor a developer's `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    playground = Playground()
    await playground.start()
    yield playground
    await playground.stop()


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signals_ask_to_stop(number: signal.Signals) -> None:
    with stop_on_signals() as stop:
        os.kill(os.getpid(), number)
        async with asyncio.timeout(5):
            await stop.wait()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
