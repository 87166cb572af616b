"""The processes that may take a run, so that a request which nobody would take is known at once."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from bot.storage.database import insert
from bot.storage.tables import trainers


def seen(connection: Connection, owner: str, now: datetime) -> None:
    """Say that the trainer named `owner` lives."""
    row = insert(connection, trainers).values(owner=owner, seen_at=now)
    connection.execute(
        row.on_conflict_do_update(index_elements=[trainers.c.owner], set_={"seen_at": row.excluded.seen_at})
    )


def gone(connection: Connection, owner: str) -> None:
    """Say that the trainer named `owner` has stopped."""
    connection.execute(delete(trainers).where(trainers.c.owner == owner))


def alive(connection: Connection, since: datetime) -> int:
    """How many trainers said that they live at `since` or later."""
    query = select(func.count()).select_from(trainers).where(trainers.c.seen_at >= since)
    return connection.execute(query).scalar_one()


def expire(connection: Connection, before: datetime) -> int:
    """Forget trainers that were seen last before the moment, and return how many: they died without a word."""
    return connection.execute(delete(trainers).where(trainers.c.seen_at < before)).rowcount
