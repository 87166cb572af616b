"""One transaction a call, on both databases, off the event loop and off asyncio's own threads."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bot.storage.database import AWAY, THREADS, Database


def make_counter(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE counter (value integer)"))
    connection.execute(text("INSERT INTO counter VALUES (0)"))


def value(connection: Connection) -> int:
    return int(connection.execute(text("SELECT value FROM counter")).scalar_one())


def add_one(connection: Connection) -> None:
    connection.execute(text("UPDATE counter SET value = :value"), {"value": value(connection) + 1})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feelback.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory&uri=true",
        "sqlite://host/x.db",
        "sqlite+aiosqlite:///x.db",
        "mysql://me:hunter2@host/name",
        "postgresql+asyncpg://me:hunter2@host/name",
        "postgresql://me:hunter2@host:port/name",
        "me:hunter2@host",
    ],
)
def test_another_kind_of_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"allowed are sqlite:///path/to/file.db or postgresql://") as caught:
        Database(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_postgres_is_postgresql(postgres_url: str) -> None:
    with Database(postgres_url.replace("postgresql://", "postgres://", 1)) as database:
        assert database.read_now(lambda connection: connection.dialect.driver) == "psycopg"


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/not/there/yet.db") as database:
        database.write_now(make_counter)
    assert (tmp_path / "not/there/yet.db").exists()


def test_every_sqlite_connection_is_prepared(tmp_path: Path) -> None:
    together = threading.Barrier(THREADS, timeout=10)

    def settings(connection: Connection) -> list[object]:
        together.wait()
        names = ("journal_mode", "busy_timeout", "foreign_keys", "secure_delete", "synchronous")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]

    async def everywhere(database: Database) -> list[list[object]]:
        readers = (database.read(settings) for _ in range(THREADS - 1))
        return await asyncio.gather(*readers, database.write(settings))

    with Database(f"sqlite:///{tmp_path}/x.db") as database:
        assert asyncio.run(everywhere(database)) == [["wal", 5000, 1, 1, 1]] * THREADS


async def test_what_was_written_is_read(database_url: str) -> None:
    with Database(database_url) as database:
        await database.write(make_counter)
        await database.write(add_one)
        assert await database.read(value) == 1
        assert database.read_now(value) == 1


async def test_an_error_rolls_all_of_it_back(database_url: str) -> None:
    def fail_half_way(connection: Connection) -> None:
        add_one(connection)
        raise LookupError("half way")

    with Database(database_url) as database:
        await database.write(make_counter)
        with pytest.raises(LookupError, match="half way"):
            await database.write(fail_half_way)
        assert await database.read(value) == 0


def test_an_error_shows_no_value(database_url: str) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(text("INSERT INTO nowhere VALUES (:value)"), {"value": "unmistakable"})

    with Database(database_url) as database, pytest.raises(DBAPIError, match="nowhere") as caught:
        database.write_now(fail)
    assert "unmistakable" not in str(caught.value)


async def test_tables_too_are_made_whole_or_not_at_all(database_url: str) -> None:
    def fail_half_way(connection: Connection) -> None:
        make_counter(connection)
        raise LookupError("half way")

    with Database(database_url) as database:
        with pytest.raises(LookupError):
            await database.write(fail_half_way)
        await database.write(make_counter)


async def test_a_read_cannot_write_and_leaves_writing_possible(database_url: str) -> None:
    with Database(database_url) as database:
        await database.write(make_counter)
        for _ in range(2):
            with pytest.raises(DBAPIError):
                await database.read(add_one)
            await database.write(add_one)
        assert await database.read(value) == 2


def test_writers_that_read_first_take_turns(tmp_path: Path) -> None:
    """Two databases over one file stand for two processes; each has threads of its own."""
    with Database(f"sqlite:///{tmp_path}/x.db") as one, Database(f"sqlite:///{tmp_path}/x.db") as other:
        one.write_now(make_counter)
        with ThreadPoolExecutor(4) as threads:
            for done in [threads.submit(side.write_now, add_one) for _ in range(50) for side in (one, other)]:
                done.result()
        assert one.read_now(value) == 100


async def test_a_slow_database_does_not_hold_up_other_threads(tmp_path: Path) -> None:
    release = threading.Event()

    def wait(_: Connection) -> bool:
        return release.wait(10)

    with Database(f"sqlite:///{tmp_path}/x.db") as database:
        slow = [asyncio.create_task(database.read(wait)) for _ in range(2 * THREADS)]
        await asyncio.to_thread(release.set)
        assert all(await asyncio.gather(*slow))


async def test_no_call_after_the_end(database_url: str) -> None:
    database = Database(database_url)
    await database.write(make_counter)
    database.close()
    with pytest.raises(RuntimeError):
        await database.read(value)


@pytest.mark.parametrize("idle", [0.0, 60.0])
def test_a_connection_that_was_idle_is_asked_whether_it_lives(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, idle: float
) -> None:
    monkeypatch.setattr("bot.storage.database.IDLE", idle)
    with Database(postgres_url) as database, Database(postgres_url) as other:
        database.write_now(make_counter)
        other.write_now(
            lambda connection: connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
            )
        )
        if idle:  # it was used a moment ago, so the first call finds out, and the next goes well
            with pytest.raises(AWAY):
                database.write_now(add_one)
        database.write_now(add_one)
        assert database.read_now(value) == 1
