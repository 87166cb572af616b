"""A bot in the playground, who talks to it, and a clock to turn."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from telegram import Bot
from telegram.constants import ParseMode
from telegram.ext import Defaults, ExtBot
from telegram.request import HTTPXRequest

from bot.playground.person import Person
from bot.playground.server import Playground

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def ada(playground: Playground) -> Person:
    return playground.person("Ada")


@pytest.fixture
async def bot(playground: Playground) -> AsyncIterator[Bot]:
    one, two = (HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2))
    url, html = f"{playground.url}/bot", Defaults(parse_mode=ParseMode.HTML)
    async with ExtBot(playground.token, url, request=one, get_updates_request=two, defaults=html) as bot:
        yield bot


class Clock:
    """Goes on by a second each time somebody waits for one."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=max(seconds, 0))


@pytest.fixture
def clock() -> Clock:
    return Clock()
