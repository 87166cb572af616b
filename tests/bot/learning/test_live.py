"""The live model on real databases with real bundles: the first start, swaps, and champions that cannot serve."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, text, update

from bot.learning.live import LiveModel, load
from bot.storage import models, notices
from bot.storage.database import Database
from bot.storage.models import Status
from bot.storage.notices import Kind
from bot.storage.tables import bundles
from ml.bundle import Bundle, BundleError
from tests.fault_table import Seen

Until = Callable[[Callable[[], Awaitable[Any]]], Awaitable[None]]


@pytest.fixture
def promote(database: Database, clock: Any) -> Callable[[bytes], Awaitable[int]]:
    """Store a bundle's file and make it the champion, unseen."""

    async def promote(content: bytes) -> int:
        version = await database.write(models.add, content, metrics={}, base="data set", now=clock())
        await database.write(models.promote, version, clock())
        return version

    return promote


def execute(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


async def test_the_first_start_makes_the_shipped_bundle_the_champion(
    database: Database, clock: Any, shipped: Bundle
) -> None:
    live = LiveModel(database, clock=clock)
    with pytest.raises(RuntimeError, match="no model"):
        _ = live.version
    await live.start()
    champion = await database.read(models.champion)
    assert champion is not None
    assert (champion.version, champion.sha256, live.version) == (1, shipped.sha256, 1)
    assert live.classifier.read("i feel so happy").model == shipped.id
    await LiveModel(database, clock=clock).start()
    assert len(await database.read(models.history)) == 1


async def test_replicas_that_start_together_agree(database_url: str, database: Database, clock: Any) -> None:
    replicas = [Database(database_url) for _ in range(4)]
    lives = [LiveModel(replica, clock=clock) for replica in replicas]
    await asyncio.gather(*(live.start() for live in lives))
    for replica in replicas:
        replica.close()
    assert [live.version for live in lives] == [1, 1, 1, 1]
    assert [model.status for model in await database.read(models.history)] == [Status.CHAMPION]


async def test_a_new_champion_is_swapped_in_and_a_rollback_swaps_back(
    database: Database,
    clock: Any,
    another: Callable[[], bytes],
    promote: Callable[[bytes], Awaitable[int]],
    until: Until,
) -> None:
    live = LiveModel(database, clock=clock, interval=0.01)
    await live.start()
    first = live.served
    watch = asyncio.create_task(live.watch())

    async def serves(version: int) -> bool:
        return live.version == version

    content = another()
    version = await promote(content)
    await until(lambda: serves(version))
    assert live.classifier.model == sha256(content).hexdigest()[:12]
    assert first.classifier.read("i feel so happy").model == first.classifier.model
    await database.write(models.roll_back, first.version, clock())
    await until(lambda: serves(first.version))
    watch.cancel()


async def test_looking_again_changes_nothing(database: Database, clock: Any) -> None:
    live = LiveModel(database, clock=clock)
    await live.start()
    served = live.served
    assert not await live.look()
    assert live.served is served


@pytest.mark.fault(
    "the new model's bundle is damaged",
    promise="the old one serves on; admins are told once",
)
async def test_a_champion_that_cannot_serve_is_reported_once_and_the_old_one_stays(
    database: Database, clock: Any, another: Callable[[], bytes], promote: Callable[[bytes], Awaitable[int]], seen: Seen
) -> None:
    live = LiveModel(database, clock=clock)
    await live.start()
    bad = await promote(b"no bundle")
    for _ in range(3):
        assert not await live.look()
    assert live.version == 1
    (notice,) = await database.read(notices.untold)
    assert (notice.kind, notice.details["version"]) == (Kind.UNSERVABLE, bad)
    good = await promote(another())
    assert await live.look()
    assert live.version == good
    seen(f"version {1} served; told: {notice.kind.value}")


@pytest.mark.fault(
    "a bundle was changed in the database",
    promise="it is refused",
)
async def test_what_was_changed_in_the_database_is_refused(
    database: Database, clock: Any, another: Callable[[], bytes], promote: Callable[[bytes], Awaitable[int]], seen: Seen
) -> None:
    live = LiveModel(database, clock=clock)
    await live.start()
    version = await promote(another())

    def tamper(connection: Connection, content: bytes) -> None:
        connection.execute(update(bundles).where(bundles.c.version == version).values(content=content))

    await database.write(tamper, another())
    assert not await live.look()
    assert live.version == 1
    (notice,) = await database.read(notices.untold)
    assert "sha256" in notice.details["reason"]
    seen(f"told: {notice.kind.value}")


@pytest.mark.fault(
    "the new model's bundle is missing in the database",
    promise="the old one serves on; admins are told",
)
async def test_what_is_missing_in_the_database_is_reported(
    database: Database, clock: Any, another: Callable[[], bytes], promote: Callable[[bytes], Awaitable[int]], seen: Seen
) -> None:
    live = LiveModel(database, clock=clock)
    await live.start()
    version = await promote(another())
    await database.write(lambda connection: connection.execute(delete(bundles).where(bundles.c.version == version)))
    assert not await live.look()
    (notice,) = await database.read(notices.untold)
    seen(f"version {live.version} served; told: {notice.kind.value}")


@pytest.mark.fault(
    "a start on a damaged bundle",
    promise="the shipped model serves",
)
async def test_a_start_on_a_champion_that_cannot_serve_serves_the_shipped_bundle(
    database: Database, clock: Any, shipped: Bundle, promote: Callable[[bytes], Awaitable[int]], seen: Seen
) -> None:
    bad = await promote(b"no bundle")
    live = LiveModel(database, clock=clock)
    await live.start()
    assert live.classifier.model == shipped.id
    row = await database.read(models.get, live.version)
    assert row is not None
    assert (row.sha256, row.status) == (shipped.sha256, Status.CANDIDATE)
    assert await database.read(models.champion_version) == bad
    seen(f"the shipped model served as version {live.version}")


async def test_a_shipped_bundle_that_is_damaged_ends_the_start(database: Database, clock: Any, tmp_path: Path) -> None:
    (tmp_path / "base.bundle").write_bytes(b"no bundle")
    with pytest.raises(BundleError):
        await LiveModel(database, clock=clock, shipped=tmp_path / "base.bundle").start()
    assert await database.read(models.history) == []


async def test_the_watch_outlives_a_database_that_is_away(
    database: Database,
    clock: Any,
    another: Callable[[], bytes],
    promote: Callable[[bytes], Awaitable[int]],
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    live = LiveModel(database, clock=clock, interval=0.01)
    await live.start()
    version = await promote(another())
    await database.write(execute, "ALTER TABLE models RENAME TO away")
    watch = asyncio.create_task(live.watch())

    async def warned() -> bool:
        return "cannot look for a new model" in caplog.text

    async def swapped() -> bool:
        return live.version == version

    await until(warned)
    assert live.version == 1
    await database.write(execute, "ALTER TABLE away RENAME TO models")
    await until(swapped)
    assert caplog.text.count("cannot look for a new model") == 1
    assert not watch.done()
    watch.cancel()


def test_golden_examples_must_be_there_and_read_the_same(shipped: Bundle) -> None:
    golden = shipped.golden[0]
    other = replace(golden, none=float(golden.none < 0.5))
    for broken, reason in [((), "no golden"), ((other,), "reads differently")]:
        content = replace(shipped, golden=broken).to_bytes()
        with pytest.raises(BundleError, match=reason):
            load(content, sha256(content).hexdigest())


def test_a_model_that_is_damaged_inside_is_refused(shipped: Bundle) -> None:
    content = replace(shipped, litert=shipped.litert[:200]).to_bytes()
    with pytest.raises(BundleError):
        load(content, sha256(content).hexdigest())
