"""Run by Alembic: by `bot.storage.migration` with a connection of its own, or by the `alembic` command.

The command takes the database from the environment's DATABASE_URL. Logging is left as it is: `fileConfig` would mute
the application's loggers.
"""

import os
from typing import Literal

from alembic import context
from sqlalchemy import Connection

from bot.storage.migration import connect
from bot.storage.tables import UtcDateTime, metadata


def in_plain_types(kind: str, item: object, _: object) -> str | Literal[False]:
    """How a new migration writes a column's type: without this code, which will have moved on when it runs."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def migrate(connection: Connection) -> None:
    """Bring the database behind `connection`, which is in a transaction, to the revision that was asked for."""
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, render_item=in_plain_types)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
elif "DATABASE_URL" not in os.environ:
    raise SystemExit("DATABASE_URL is not set: say which database to migrate, for example sqlite:///var/feelback.db")
else:
    with connect(os.environ["DATABASE_URL"]) as connection:
        migrate(connection)
