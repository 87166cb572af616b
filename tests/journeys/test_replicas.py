"""Real processes over one PostgreSQL, killed at any moment: nothing is lost, nothing is answered twice."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground.chats import PEOPLE, Message
from bot.playground.person import Person
from bot.playground.server import Playground
from bot.storage import claims
from bot.storage.claims import State
from bot.storage.database import Database
from bot.storage.migration import upgrade
from tests.fault_table import Seen

from .replica import Replica, balanced, free_port

SECRET = "a-secret-of-this-test"
MESSAGES = 30


@pytest.fixture
def settings(playground: Playground, postgres_url: str, tmp_path: Path) -> dict[str, str]:
    """What each replica is given."""
    upgrade(postgres_url)
    return {
        "TELEGRAM_BOT_TOKEN": playground.token,
        "TELEGRAM_API_URL": playground.url,
        "DATABASE_URL": postgres_url,
        "TRAINER": "off",
        "MESSAGES_A_MINUTE": "10000",
        "LOG_LEVEL": "DEBUG",
    }


@pytest.fixture
async def replicas(settings: dict[str, str], tmp_path: Path) -> AsyncIterator[list[Replica]]:
    """A list to put replicas into; those that still run at the end are killed."""
    replicas: list[Replica] = []
    yield replicas
    for replica in replicas:
        await replica.end(signal.SIGKILL)


async def written(playground: Playground) -> list[tuple[Person, Message]]:
    """Everybody writes, one after the other."""
    people = [playground.person(user.first_name) for user in PEOPLE]
    return [(person, await person.writes(f"i am happy {turn}")) for turn in range(MESSAGES) for person in people]


async def until_answered(playground: Playground, number: int) -> None:
    """Wait until the bot has sent so many messages."""

    def sent() -> int:
        chats = playground.telegram.chats.values()
        return sum(message.from_bot for chat in chats for message in chat.messages.values())

    with playground.telegram.follow() as events:
        async with asyncio.timeout(60):
            while sent() < number:
                await events.get()


async def until_taken(playground: Playground) -> None:
    """Wait until every update is acknowledged."""
    async with asyncio.timeout(60):
        while len(playground.telegram.updates):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def count(messages: list[tuple[Person, Message]]) -> Counter[int]:
    """How many messages were answered how often."""
    return Counter(
        sum(reply.reply_to is message for reply in person.chat.messages.values() if reply.from_bot)
        for person, message in messages
    )


async def check(database: Database, playground: Playground, messages: list[tuple[Person, Message]], most: int) -> None:
    """Lost 0, doubled 0, unknown no more than `most`, which were in hand."""
    states = await database.read(claims.count, playground.telegram.bot.id)
    unknown = states.get(State.UNKNOWN, 0)
    answers = count(messages)
    assert set(states) <= {State.DONE, State.UNKNOWN}
    assert set(answers) <= {0, 1}, "doubled"
    assert answers[0] <= unknown, "lost"
    assert unknown <= most


async def in_hand(database: Database, playground: Playground) -> int:
    states = await database.read(claims.count, playground.telegram.bot.id)
    return states.get(State.LEASED, 0) + states.get(State.SENDING, 0)


@pytest.mark.fault(
    "one of two replicas is killed in the middle of traffic",
    promise="lost 0, doubled 0, unknown no more than were in hand",
)
@pytest.mark.parametrize("seed", [1])
async def test_two_behind_a_webhook_of_which_one_is_killed(
    playground: Playground,
    settings: dict[str, str],
    replicas: list[Replica],
    postgres_url: str,
    tmp_path: Path,
    seed: int,
    seen: Seen,
) -> None:
    chance = random.Random(seed)  # noqa: S311
    ports = [free_port(), free_port()]
    wire = await balanced(ports)
    settings |= {"WEBHOOK_URL": f"http://127.0.0.1:{wire.port}/hook", "WEBHOOK_SECRET": SECRET}
    replicas += [Replica(settings, port, tmp_path / f"{port}.log") for port in ports]
    await asyncio.gather(*(replica.start() for replica in replicas))
    messages = await written(playground)
    await until_answered(playground, chance.randrange(20, len(messages) // 2))
    victim = chance.choice(replicas)
    await victim.end(signal.SIGKILL)
    with Database(postgres_url) as database:
        most = await in_hand(database, playground)
        await victim.start()
        await until_taken(playground)
        await check(database, playground, messages, most)
    assert [await replica.end(signal.SIGTERM) for replica in replicas] == [0, 0]
    assert playground.telegram.updates.webhook  # it is never deleted
    logs = "".join(replica.log.read_text() for replica in replicas)
    assert not any(secret in logs for secret in (SECRET, playground.token, playground.token.partition(":")[2], "happy"))
    await wire.down()
    seen("lost 0, doubled 0, unknown within bounds")


@pytest.mark.fault(
    "the process that polls is killed in the middle of traffic",
    promise="lost 0, doubled 0, unknown no more than were in hand",
)
@pytest.mark.parametrize("seed", [2])
async def test_one_that_polls_is_killed_and_started_again(
    playground: Playground,
    settings: dict[str, str],
    replicas: list[Replica],
    postgres_url: str,
    tmp_path: Path,
    seed: int,
    seen: Seen,
) -> None:
    chance = random.Random(seed)  # noqa: S311
    replicas.append(Replica(settings, free_port(), tmp_path / "log"))
    await replicas[0].start()
    messages = await written(playground)
    await until_answered(playground, chance.randrange(20, len(messages) // 2))
    await replicas[0].end(signal.SIGKILL)
    with Database(postgres_url) as database:
        most = await in_hand(database, playground)
        await replicas[0].start()
        await until_taken(playground)
        await check(database, playground, messages, most)
    assert await replicas[0].end(signal.SIGTERM) == 0
    seen("lost 0, doubled 0, unknown within bounds")
