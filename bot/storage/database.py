"""One database, SQLite or PostgreSQL, called from the event loop through threads of its own.

Every call is one transaction: `read` opens one that cannot write, `write` one that can and commits at its end. The
functions that run inside take a `Connection` first; those of this room's other modules are made for it:

    reading_id = await database.write(readings.add, chat_id=1, message_id=2, ...)

Statements are SQLAlchemy Core without its asyncio layer; `benchmarks/storage.py` shows what that saves.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Concatenate, Final, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

P = ParamSpec("P")
T = TypeVar("T")

THREADS: Final = 8
"""How many calls run side by side; more wait in line, in the order they came."""

BUSY_MILLISECONDS: Final = 5_000
"""How long a SQLite transaction waits for another process that writes."""

ALLOWED: Final = "sqlite:///path/to/file.db or postgresql://user:password@host:5432/name"


class Database:
    """A database and the threads that talk to it.

    SQLite files are opened in WAL mode with `synchronous = NORMAL`: a killed process loses nothing, a power cut may
    lose the last moments. Deleted content is overwritten (`secure_delete`). The file's folder is made if need be.

    Calls raise `sqlalchemy.exc.SQLAlchemyError` when the database fails; the transaction is then rolled back whole. A
    call whose awaiting task is cancelled still runs to its end in its thread.
    """

    def __init__(self, url: str) -> None:
        """Prepare to talk to `url`; nothing connects until the first call.

        Raises:
            ValueError: `url` is neither a SQLite file nor PostgreSQL. The message never holds the url.
        """
        self._engine = make_engine(url)
        self._reading = self._engine.execution_options(postgresql_readonly=True, writes=False)
        self._writing = self._engine.execution_options(writes=True)
        self._turn: AbstractContextManager[object] = (
            threading.Lock() if self._engine.dialect.name == "sqlite" else nullcontext()
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="storage")

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function(connection, *args, **kwargs)` returns, in a transaction in which a write fails."""
        return await self._in_thread(partial(self.read_now, function, *args, **kwargs))

    async def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function(connection, *args, **kwargs)` returns, once its writes are committed."""
        return await self._in_thread(partial(self.write_now, function, *args, **kwargs))

    def read_now(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for the command line: blocks until the answer is there."""
        with self._reading.connect() as connection:
            return function(connection, *args, **kwargs)

    def write_now(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`write` for the command line: blocks until the writes are committed."""
        with self._transaction() as connection:
            return function(connection, *args, **kwargs)

    def close(self) -> None:
        """Wait for the calls under way, then close every connection. Later awaited calls raise RuntimeError."""
        self._threads.shutdown()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A write transaction. SQLite has one writer: a lock hands the turn on at once, where SQLite would poll."""
        with self._turn, self._writing.begin() as connection:
            yield connection

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def make_engine(url: str) -> Engine:
    """The engine behind a `Database`, and behind migrations.

    Raises:
        ValueError: `url` is neither a SQLite file nor PostgreSQL. The message never holds the url.
    """
    target = _with_driver(url)
    if target.get_backend_name() == "postgresql":
        return create_engine(target, pool_size=THREADS, pool_pre_ping=True)
    Path(str(target.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(target, pool_size=THREADS)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, which both databases spell alike and SQLAlchemy keeps apart."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _with_driver(url: str) -> URL:
    """`url` with the driver that is used for its kind of database."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(f"not a database url; allowed are {ALLOWED}") from None
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite":
        raise ValueError(f"no database of the kind {parsed.drivername!r} is supported; allowed are {ALLOWED}")
    if parsed.host or parsed.query or parsed.database in (None, "", ":memory:"):
        raise ValueError(
            f"a SQLite database is a file, with three slashes before a relative path; allowed are {ALLOWED}"
        )
    return parsed.set(drivername="sqlite+pysqlite")


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Take BEGIN away from the driver, which leaves it out before reads and DDL; set what a file does not remember."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Lock for writing at once: a transaction that read first could not wait for its turn, and would fail."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
