"""Whatever an update holds, the bot lives on, and nothing that a stranger wrote comes back."""

import asyncio
import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.application import serve
from bot.playground.chats import ADMIN, BOT, PEOPLE
from bot.playground.server import Playground
from bot.settings import Settings, load
from bot.storage.migration import upgrade

from .wild import HAPPY, MARK, updates

REFUSAL = re.compile(r"BadRequest at |a person has blocked the bot|\w+ at bot/application\.py:")
"""What handling may fail with: the playground knows few of the chats that are made up, and the library's filters trip
over fields of a wrong type. Handlers do not."""


class Loop:
    """A playground and a bot in a thread of their own, for a test that is not asynchronous."""

    def __init__(self, path: Path) -> None:
        self.playground = Playground()
        self._path = path
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._stop = asyncio.Event()
        self._ask(self._start())

    def bring(self, wild: list[dict[str, Any]]) -> None:
        """Let the updates come, then an honest message; wait until all are acknowledged, and this one answered."""
        self._ask(self._bring(wild))

    def close(self) -> None:
        """End the bot, which raises what it failed with, and the thread."""
        try:
            self._ask(self._end())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _ask(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _start(self) -> None:
        await self.playground.start()
        url = f"sqlite:///{self._path}/feelback.db"
        await asyncio.to_thread(upgrade, url)
        given = {"telegram_bot_token": self.playground.token, "telegram_api_url": self.playground.url}
        settings = load(**given, database_url=url, trainer="off", messages_a_minute=10**9, admin_ids=str(ADMIN.id))
        for person in PEOPLE:
            await self.playground.person(person.first_name).writes(HAPPY)
        self._serving = asyncio.create_task(serve(settings, self._stop))

    async def _bring(self, wild: list[dict[str, Any]]) -> None:
        queue = self.playground.telegram.updates
        for update in wild:
            queue._last_id += 1
            queue._waiting.append(update | {"update_id": queue._last_id})
        ben = self.playground.person("Ben")
        message = await ben.writes(HAPPY)
        done = asyncio.create_task(ben.hears(message, within=30))
        await asyncio.wait([done, self._serving], return_when=asyncio.FIRST_COMPLETED)
        assert not self._serving.done()
        await done
        async with asyncio.timeout(30):
            while len(queue):  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def _end(self) -> None:
        self._stop.set()
        await self._serving
        await self.playground.stop()


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    loop = Loop(tmp_path)
    yield loop
    loop.close()


def test_nothing_crashes_and_nothing_comes_back(running: Loop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")

    @given(st.lists(updates(), min_size=1, max_size=10))
    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def bring(wild: list[dict[str, Any]]) -> None:
        running.bring(wild)
        for chat in running.playground.telegram.chats.values():
            for message in chat.messages.values():
                assert message.sender is not BOT or MARK not in str(message.as_json(with_reply=False))

    bring()
    assert MARK not in caplog.text
    failures = {record.getMessage() for record in caplog.records if record.name == "bot.handlers.errors"}
    assert {told for told in failures if not REFUSAL.match(told)} == set()
