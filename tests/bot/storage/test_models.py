"""One champion at any moment, whoever promotes and whatever fails."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import Connection, delete

from bot.storage import models, runs
from bot.storage.database import Database
from bot.storage.models import ChampionChangedError, StaleRunError, Status
from bot.storage.tables import bundles

LEASE = timedelta(minutes=1)


@pytest.fixture
def add(database: Database, now: datetime) -> Callable[[bytes], int]:
    """Store a candidate, and return its version."""
    return lambda content: database.write_now(models.add, content, metrics={"f1": 0.5}, base="data set", now=now)


@pytest.fixture
def run(database: Database, now: datetime) -> runs.RunRow:
    """A run, taken."""
    database.write_now(runs.request, runs.Trigger.ADMIN, now)
    row = database.write_now(runs.take, "me", now, LEASE)
    assert row is not None
    return row


def statuses(database: Database) -> dict[int, Status]:
    return {row.version: row.status for row in database.read_now(models.history)}


def test_a_new_database_has_no_champion(database: Database) -> None:
    assert database.read_now(models.champion) is None
    assert database.read_now(models.champion_version) is None
    assert database.read_now(models.history) == []
    assert database.read_now(models.get, 1) is None
    with pytest.raises(LookupError, match="no bundle of model version 1"):
        database.read_now(models.bundle, 1)


def test_a_bundle_comes_back_byte_by_byte(database: Database, now: datetime) -> None:
    content = bytes(range(256)) * 1000
    version = database.write_now(
        models.add, content, metrics={"recall": [0.5, None]}, base="shipped bundle", now=now, run_id=3
    )
    assert database.read_now(models.bundle, version) == content
    assert database.read_now(models.get, version) == models.ModelRow(
        version,
        sha256(content).hexdigest(),
        Status.CANDIDATE,
        None,
        {"recall": [0.5, None]},
        "shipped bundle",
        3,
        now,
        None,
    )


def test_the_same_bundle_is_stored_once(database: Database, version: int, add: Callable[[bytes], int]) -> None:
    assert add(b"first bundle") == version
    assert statuses(database) == {version: Status.CHAMPION}
    assert add(b"second bundle") > version


def test_processes_that_start_together_agree_on_the_first_champion(database: Database, now: datetime) -> None:
    together = threading.Barrier(4, timeout=10)

    def start(connection: Connection) -> int:
        version = models.add(connection, b"shipped", metrics={}, base="shipped", now=now)
        models.promote(connection, version, now)
        return version

    def first_start() -> int:
        together.wait()
        return database.write_now(start)

    with ThreadPoolExecutor(4) as threads:
        versions = {done.result() for done in [threads.submit(first_start) for _ in range(4)]}
    assert len(versions) == 1
    assert statuses(database) == {versions.pop(): Status.CHAMPION}


def test_a_promotion_retires_the_old_champion(
    database: Database, version: int, add: Callable[[bytes], int], now: datetime
) -> None:
    later = now + timedelta(days=1)
    new = add(b"second bundle")
    database.write_now(models.promote, new, later)
    champion = database.read_now(models.champion)
    assert champion is not None
    assert (champion.version, champion.promoted_at) == (new, later)
    assert database.read_now(models.champion_version) == new
    assert statuses(database) == {new: Status.CHAMPION, version: Status.RETIRED}
    assert [row.version for row in database.read_now(models.history)] == [new, version]


def test_the_champion_promoted_again_stays_as_it_is(database: Database, version: int, now: datetime) -> None:
    before = database.read_now(models.champion)
    database.write_now(models.promote, version, now + timedelta(days=1))
    assert database.read_now(models.champion) == before


@pytest.mark.parametrize("swap", [models.promote, models.roll_back])
def test_what_is_not_there_cannot_serve(
    database: Database, version: int, now: datetime, swap: Callable[..., None]
) -> None:
    with pytest.raises(LookupError, match="no model version 99"):
        database.write_now(swap, 99, now)
    assert database.read_now(models.champion_version) == version


def test_a_promotion_ends_its_run(
    database: Database, version: int, add: Callable[[bytes], int], run: runs.RunRow, now: datetime
) -> None:
    new = add(b"second bundle")
    database.write_now(
        models.promote, new, now, run_id=run.id, epoch=run.epoch, report={"seconds": 3}, verdict={"promote": True}
    )
    ended = database.read_now(runs.get, run.id)
    assert ended is not None
    assert (ended.state, ended.outcome, ended.candidate_version) == (runs.State.DONE, runs.Outcome.PROMOTED, new)
    assert (ended.report, ended.verdict, ended.finished_at) == ({"seconds": 3}, {"promote": True}, now)
    assert database.read_now(models.champion_version) == new


def test_a_rejection_keeps_the_reason_and_ends_its_run(
    database: Database, version: int, add: Callable[[bytes], int], run: runs.RunRow, now: datetime
) -> None:
    new = add(b"second bundle")
    database.write_now(models.reject, new, "worse", now, run_id=run.id, epoch=run.epoch, verdict={"promote": False})
    rejected = database.read_now(models.get, new)
    assert rejected is not None
    assert (rejected.status, rejected.reason) == (Status.REJECTED, "worse")
    ended = database.read_now(runs.get, run.id)
    assert ended is not None
    assert (ended.state, ended.outcome, ended.candidate_version) == (runs.State.DONE, runs.Outcome.REJECTED, new)
    assert database.read_now(models.champion_version) == version


def test_a_rejection_does_not_touch_the_champion(database: Database, version: int, now: datetime) -> None:
    database.write_now(models.reject, version, "the same again", now)
    assert statuses(database) == {version: Status.CHAMPION}


def test_a_stale_run_promotes_and_rejects_nothing(
    database: Database, version: int, add: Callable[[bytes], int], run: runs.RunRow, now: datetime
) -> None:
    new = add(b"second bundle")
    database.write_now(runs.take, "another", now + LEASE, LEASE)
    for outdated in (run.epoch, run.epoch + 2):
        with pytest.raises(StaleRunError):
            database.write_now(models.promote, new, now + LEASE, run_id=run.id, epoch=outdated)
        with pytest.raises(StaleRunError):
            database.write_now(models.reject, new, "worse", now + LEASE, run_id=run.id, epoch=outdated)
    with pytest.raises(TypeError):
        database.write_now(models.promote, new, now + LEASE, run_id=run.id)
    assert statuses(database) == {new: Status.CANDIDATE, version: Status.CHAMPION}
    database.write_now(models.promote, new, now + LEASE, run_id=run.id, epoch=run.epoch + 1)
    with pytest.raises(StaleRunError):
        database.write_now(models.promote, version, now + LEASE, run_id=run.id, epoch=run.epoch + 1)
    assert statuses(database) == {new: Status.CHAMPION, version: Status.RETIRED}


def test_a_promotion_that_fails_half_way_leaves_the_old_champion_and_the_run(
    database: Database, version: int, add: Callable[[bytes], int], run: runs.RunRow, now: datetime
) -> None:
    new = add(b"second bundle")
    before = database.read_now(models.history), database.read_now(runs.get, run.id)

    def fail(connection: Connection) -> None:
        models.promote(connection, new, now, run_id=run.id, epoch=run.epoch)
        assert models.champion_version(connection) == new
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.write_now(fail)
    assert (database.read_now(models.history), database.read_now(runs.get, run.id)) == before
    assert database.read_now(models.champion_version) == version


def test_promotions_at_the_same_time_leave_one_champion(
    database: Database, version: int, add: Callable[[bytes], int], now: datetime
) -> None:
    candidates = [add(b"bundle %d" % number) for number in range(4)]
    together = threading.Barrier(len(candidates), timeout=10)

    def promote(candidate: int) -> None:
        together.wait()
        database.write_now(models.promote, candidate, now)

    with ThreadPoolExecutor(len(candidates)) as threads:
        for done in [threads.submit(promote, candidate) for candidate in candidates]:
            done.result()
    assert sorted(statuses(database).values()) == [Status.CHAMPION, *[Status.RETIRED] * 4]


def test_one_run_promoted_twice_at_the_same_time_is_promoted_once(
    database: Database, version: int, add: Callable[[bytes], int], run: runs.RunRow, now: datetime
) -> None:
    candidates = [add(b"one"), add(b"two")]
    together = threading.Barrier(2, timeout=10)

    def promote(candidate: int) -> bool:
        together.wait()
        try:
            database.write_now(models.promote, candidate, now, run_id=run.id, epoch=run.epoch)
        except StaleRunError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        won = list(threads.map(promote, candidates))
    assert sorted(won) == [False, True]
    assert database.read_now(models.champion_version) == candidates[won.index(True)]


def test_rolling_back_lets_an_older_version_serve(
    database: Database, version: int, add: Callable[[bytes], int], now: datetime
) -> None:
    new = add(b"second bundle")
    database.write_now(models.promote, new, now)
    database.write_now(models.roll_back, version, now, "people disagreed")
    assert statuses(database) == {new: Status.ROLLED_BACK, version: Status.CHAMPION}
    left = database.read_now(models.get, new)
    assert left is not None
    assert left.reason == "people disagreed"


def test_a_promotion_remembers_what_it_was_over_and_a_rollback_forgets(
    database: Database, version: int, add: Callable[[bytes], int], now: datetime
) -> None:
    def predecessor(of: int) -> int | None:
        row = database.read_now(models.get, of)
        assert row is not None
        return row.predecessor

    new = add(b"second bundle")
    assert predecessor(version) is None
    database.write_now(models.promote, new, now, expected=version)
    assert predecessor(new) == version
    database.write_now(models.promote, new, now)
    assert predecessor(new) == version
    database.write_now(models.roll_back, version, now)
    database.write_now(models.roll_back, new, now)
    assert predecessor(new) is None


@pytest.mark.parametrize("swap", [models.promote, models.roll_back])
def test_of_those_that_expect_the_same_champion_one_swaps_it(
    database: Database, version: int, add: Callable[[bytes], int], now: datetime, swap: Callable[..., None]
) -> None:
    candidates = [add(b"bundle %d" % number) for number in range(3)]
    together = threading.Barrier(len(candidates), timeout=10)

    def replace(candidate: int) -> bool:
        together.wait()
        try:
            database.write_now(swap, candidate, now, expected=version)
        except ChampionChangedError:
            return False
        return True

    with ThreadPoolExecutor(len(candidates)) as threads:
        assert sorted(threads.map(replace, candidates)) == [False, False, True]
    assert sorted(statuses(database).values()).count(Status.CANDIDATE) == 2


@pytest.mark.parametrize("swap", [models.promote, models.roll_back])
def test_what_has_no_bundle_any_more_cannot_serve(
    database: Database, version: int, add: Callable[[bytes], int], now: datetime, swap: Callable[..., None]
) -> None:
    new = add(b"second bundle")
    database.write_now(lambda connection: connection.execute(delete(bundles).where(bundles.c.version == new)))
    with pytest.raises(LookupError, match="was deleted"):
        database.write_now(swap, new, now)
    assert database.read_now(models.champion_version) == version
    assert database.read_now(models.with_bundles) == {version}


def test_what_was_rolled_back_is_known_by_its_data(database: Database, version: int, now: datetime) -> None:
    new = database.write_now(
        models.add, b"second", metrics={}, base="data set", now=now, run_id=1, fingerprint="f00d", forgettings=4
    )
    database.write_now(models.promote, new, now)
    row = database.read_now(models.get, new)
    assert row is not None
    assert (row.fingerprint, row.forgettings) == ("f00d", 4)
    assert database.read_now(models.rolled_back_from, "f00d") is None
    database.write_now(models.roll_back, version, now)
    assert database.read_now(models.rolled_back_from, "f00d") == new
    assert database.read_now(models.rolled_back_from, "beef") is None
    database.write_now(models.roll_back, new, now)
    assert database.read_now(models.rolled_back_from, "f00d") is None
