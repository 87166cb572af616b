"""What admins are to be told, once: noted in the transaction in which it happens, told by whichever process is first.

That an admin is told is noted before the message goes out. So nobody is told twice; a process that dies in between
leaves that admin untold.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from bot.storage.database import insert
from bot.storage.tables import notices, told


class Kind(StrEnum):
    """What happened."""

    RUN_FAILED = "run failed"
    RUN_REJECTED = "run rejected"
    ROLLED_BACK = "rolled back"
    UNSERVABLE = "unservable"
    FLOOD = "flood"
    DATABASE_AWAY = "database away"
    NO_KEYS = "no keys"


@dataclass(frozen=True, slots=True)
class Notice:
    """What admins are to be told: what happened, with figures, versions or ids of runs, never of people."""

    id: int
    kind: Kind
    details: dict[str, Any]
    created_at: datetime


def add(
    connection: Connection,
    kind: Kind,
    key: object,
    now: datetime,
    details: dict[str, Any],
    *,
    known_to: int | None = None,
) -> None:
    """Note what happened. Of the same kind and key it is noted once; an admin who did it themselves knows already."""
    row = insert(connection, notices).values(key=f"{kind} {key}", kind=kind, details=details, created_at=now)
    notice_id = connection.execute(row.on_conflict_do_nothing().returning(notices.c.id)).scalar_one_or_none()
    if notice_id is not None and known_to is not None:
        claim(connection, notice_id, known_to)


def add_outage(connection: Connection, since: datetime, now: datetime) -> None:
    """Note that the database was away; once, however many processes saw it, and of one hour's outages the first."""
    last = select(func.max(notices.c.created_at)).where(notices.c.kind == Kind.DATABASE_AWAY)
    noted = connection.execute(last).scalar_one()
    if noted is None or noted < since:
        details = {"since": since.isoformat(), "until": now.isoformat()}
        add(connection, Kind.DATABASE_AWAY, f"{since:%Y-%m-%d %H}", now, details)


def untold(connection: Connection) -> list[Notice]:
    """What not every admin was told yet, oldest first."""
    query = (
        select(notices.c.id, notices.c.kind, notices.c.details, notices.c.created_at)
        .where(notices.c.told_at.is_(None))
        .order_by(notices.c.id)
    )
    return [Notice(id_, Kind(kind), details, at) for id_, kind, details, at in connection.execute(query)]


def claim(connection: Connection, notice_id: int, admin_id: int) -> bool:
    """Say that the admin is told now; False when they were, or somebody else is about to."""
    row = insert(connection, told).values(notice_id=notice_id, admin_id=admin_id)
    return connection.execute(row.on_conflict_do_nothing().returning(told.c.notice_id)).scalar_one_or_none() is not None


def unclaim(connection: Connection, notice_id: int, admin_id: int) -> None:
    """Say that the message did not go out, for certain; whoever took it for told meanwhile was wrong."""
    connection.execute(delete(told).where(told.c.notice_id == notice_id, told.c.admin_id == admin_id))
    connection.execute(update(notices).where(notices.c.id == notice_id).values(told_at=None))


def finish(connection: Connection, notice_id: int, now: datetime) -> None:
    """Say that every admin was told, as far as they can be."""
    connection.execute(
        update(notices).where(notices.c.id == notice_id, notices.c.told_at.is_(None)).values(told_at=now)
    )


def prune(connection: Connection, before: datetime) -> int:
    """Forget what happened before the moment, and return how much."""
    return connection.execute(delete(notices).where(notices.c.created_at < before)).rowcount
