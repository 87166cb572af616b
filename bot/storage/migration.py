"""Bring a database's tables to what this code expects: Alembic's migrations, run from inside the program.

The steps are in `migrations/`. Whoever migrates holds the database's lock from before it looks which steps are missing,
so two processes that start together do not run a step twice. Not for two threads of one process: Alembic keeps the
running migration in a module's globals. A process that migrates nothing does not load Alembic.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, inspect, select, text

from bot.storage.database import make_engine

if TYPE_CHECKING:
    from alembic.config import Config

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
    from alembic import command

    with connect(url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Undo the steps after `revision` ("base": all of them), in one transaction. Raises as `upgrade` does."""
    from alembic import command

    with connect(url) as connection:
        command.downgrade(_config(connection), revision)


def current(url: str) -> str | None:
    """The revision that the database is at; None for one that was never migrated."""
    with connect(url) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def is_current(url: str) -> bool:
    """Whether the database is at the newest revision this code knows."""
    return current(url) == max(_revisions())


def is_newer(url: str) -> bool:
    """Whether the database is at a revision that this code does not know: a newer version migrated it."""
    return current(url) not in {*_revisions(), None}


def _revisions() -> list[str]:
    """All revisions that this code knows: the steps' files are named by them, in order."""
    return [path.name.partition("_")[0] for path in (FOLDER / "versions").glob("*.py")]


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


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
