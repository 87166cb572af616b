"""Bring a database's tables to what this code expects: Alembic's migrations, run from inside the program.

The steps are in `migrations/`. Whoever migrates holds the database's lock from before it looks which steps are missing,
so two processes that start together do not run a step twice. Not for two threads of one process: Alembic keeps the
running migration in a module's globals.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from bot.storage.database import make_engine

FOLDER: Final = Path(__file__).parents[2] / "migrations"
LOCK: Final = 0xFEE1BAC
"""Number of the PostgreSQL advisory lock, released with the transaction, that migrations take turns with."""


def upgrade(url: str, revision: str = "head") -> None:
    """Run the missing steps up to `revision`, in one transaction.

    Raises:
        ValueError: `url` is no supported database.
        sqlalchemy.exc.SQLAlchemyError: the database failed; it is as it was before.
        alembic.util.CommandError: the database is at a revision that this code does not know (it is newer).
    """
    with connect(url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Undo the steps after `revision` ("base": all of them), in one transaction. Raises as `upgrade` does."""
    with connect(url) as connection:
        command.downgrade(_config(connection), revision)


def current(url: str) -> str | None:
    """The revision that the database is at; None for one that was never migrated."""
    with connect(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(url: str) -> bool:
    """Whether the database is at the newest revision this code knows."""
    return current(url) == ScriptDirectory(str(FOLDER)).get_current_head()


def is_newer(url: str) -> bool:
    """Whether the database is at a revision that this code does not know: a newer version migrated it."""
    known = {script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()}
    return current(url) not in known | {None}


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """A connection in a transaction that one migration at a time gets; committed at the end.

    On SQLite foreign keys are not enforced in it: Alembic rebuilds a table by dropping it, which would cascade.
    """
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
            with connection.begin():
                if engine.dialect.name == "postgresql":
                    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
                yield connection
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
