"""A playground and the people in it: journeys play whole conversations through its Bot API."""

from collections.abc import AsyncIterator

import pytest

from bot.playground.person import Person
from bot.playground.server import Playground


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """A local Telegram on a free port; point the bot at its `url` with its `token`."""
    playground = Playground()
    await playground.start()
    yield playground
    await playground.stop()


@pytest.fixture
def ana(playground: Playground) -> Person:
    return playground.person("Ana")


@pytest.fixture
def ben(playground: Playground) -> Person:
    return playground.person("Ben")


@pytest.fixture
def chen(playground: Playground) -> Person:
    return playground.person("Chen")


@pytest.fixture
def dana(playground: Playground) -> Person:
    """Whose Telegram is in Russian."""
    return playground.person("Dana")


@pytest.fixture
def ada(playground: Playground) -> Person:
    """Who is the admin where `ADMIN_IDS` holds her id."""
    return playground.person("Ada")
