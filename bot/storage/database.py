"""One database, SQLite or PostgreSQL, called from the event loop through threads of its own.

Every call is one transaction: `read` opens one that cannot write, `write` one that can and commits at its end. The
functions that run inside take a `Connection` first; those of this room's other modules are made for it:

    reading_id = await database.write(readings.add, chat_id=1, message_id=2, ...)

Statements are SQLAlchemy Core without its asyncio layer; `benchmarks/storage.py` shows what that saves.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Concatenate, Final, ParamSpec, Self, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

P = ParamSpec("P")
T = TypeVar("T")

THREADS: Final = 8
"""How many calls run side by side; more wait in line, in the order they came."""

AWAY: Final = (OperationalError, InterfaceError, PoolTimeoutError)
"""What a call raises while the database can't be reached or can't take it: another try may go well."""

SQLITE_SETTINGS: Final = (
    "busy_timeout = 5000",  # milliseconds that a transaction waits for another process that writes
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "secure_delete = ON",
)

POSTGRESQL_SETTINGS: Final = {
    "connect_timeout": 5,  # seconds; the operating system's own limit is minutes
    "tcp_user_timeout": 10_000,  # milliseconds after which a connection that nothing answers on is given up
}

IDLE: Final = 1.0
"""Seconds without use after which a connection to PostgreSQL may have ended unseen."""

Upsert: TypeAlias = postgresql.Insert | sqlite.Insert

INSERT: Final[dict[str, Callable[[Table], Upsert]]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}
"""By dialect, for statements that are built once: building one takes longer than running it."""

ALLOWED: Final = "sqlite:///path/to/file.db or postgresql://user:password@host:5432/name"


class Database:
    """A database and the threads that talk to it.

    SQLite files are opened in WAL mode with `synchronous = NORMAL`: a killed process loses nothing, a power cut may
    lose the last moments. Deleted content is overwritten (`secure_delete`). The file's folder is made if need be.

    Calls raise `sqlalchemy.exc.SQLAlchemyError` when the database fails; the transaction is then rolled back whole. The
    error shows the statement but no value of it. A call whose awaiting task is cancelled still runs to its end in its
    thread.
    """

    def __init__(self, url: str) -> None:
        """Prepare to talk to `url`; nothing connects until the first call.

        Raises:
            ValueError: `url` is neither a SQLite file nor PostgreSQL. The message never holds the url.
            OSError: the folder of a SQLite file cannot be made.
        """
        self._writer = make_engine(url)
        self._reader = _reader(self._writer)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="storage")
        self._writing = (  # to a SQLite file one writes at a time, and others would only wait, waking each other up
            ThreadPoolExecutor(1, thread_name_prefix="writing")
            if self._writer.dialect.name == "sqlite"
            else self._threads
        )

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function(connection, *args, **kwargs)` returns, in a transaction in which a write fails."""
        return await _in_thread(self._threads, partial(self.read_now, function, *args, **kwargs))

    async def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function(connection, *args, **kwargs)` returns, once its writes are committed."""
        return await _in_thread(self._writing, partial(self.write_now, function, *args, **kwargs))

    async def forget(self) -> None:
        """Leave nothing of what was deleted in a SQLite file or beside it: its log (`-wal`) still has it until then.

        PostgreSQL overwrites what was deleted when it vacuums, which it does by itself.
        """
        if self._writer.dialect.name == "sqlite":
            await _in_thread(self._writing, self._empty_log)

    def _empty_log(self) -> None:
        connection = self._writer.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def read_now(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for the command line: blocks until the answer is there."""
        with self._reader.begin() as connection:
            return function(connection, *args, **kwargs)

    def write_now(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`write` for the command line: blocks until the writes are committed."""
        with self._writer.begin() as connection:
            return function(connection, *args, **kwargs)

    def close(self) -> None:
        """Wait for the calls under way, then close every connection. Later awaited calls raise RuntimeError."""
        self._writing.shutdown()
        self._threads.shutdown()
        self._reader.dispose()
        self._writer.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


async def _in_thread(threads: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, call)


def make_engine(url: str) -> Engine:
    """The engine that writes, for a `Database` and for migrations.

    A SQLite file has one writer at a time, so this has one connection to it: who waits for it is let through at once
    when it is free, where SQLite itself would look again and again, ever less often.

    Raises:
        ValueError: `url` is neither a SQLite file nor PostgreSQL. The message never holds the url.
    """
    target = _with_driver(url)
    if target.get_backend_name() == "postgresql":
        engine = create_engine(target, pool_size=THREADS, hide_parameters=True, connect_args=POSTGRESQL_SETTINGS)
        _ping_the_idle(engine)
        return engine
    Path(str(target.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _sqlite(target, "BEGIN IMMEDIATE", pool_size=1, max_overflow=0)


def _ping_the_idle(engine: Engine) -> None:
    """Ask a connection that was not used for `IDLE` seconds whether it lives, and make a new one if not.

    SQLAlchemy's `pool_pre_ping` asks each time, one in five of the messages to the server that an update costs.
    """

    @event.listens_for(engine, "checkin")
    def note(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        if time.monotonic() - record.info.get("used", time.monotonic()) > IDLE:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error:
                raise DisconnectionError from None


def insert(connection: Connection, table: Table) -> Upsert:
    """An INSERT that knows ON CONFLICT, which both databases spell alike and SQLAlchemy keeps apart."""
    return INSERT[connection.dialect.name](table)


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


def _reader(writer: Engine) -> Engine:
    """The engine that reads from the database that `writer` writes to, and can do no more."""
    if writer.dialect.name == "postgresql":
        return writer.execution_options(postgresql_readonly=True)
    return _sqlite(writer.url, "BEGIN", "query_only = ON", pool_size=THREADS)


def _sqlite(url: URL, begin: str, *settings: str, **pool: int) -> Engine:
    """An engine that opens transactions itself, with `begin`.

    The driver would leave BEGIN out before reads and before changes to tables. And a transaction that reads first and
    writes later cannot wait for its turn, and fails: those that write lock the file at once, with BEGIN IMMEDIATE.
    """
    engine = create_engine(url, hide_parameters=True, **pool)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for setting in (*SQLITE_SETTINGS, *settings):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def open_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
