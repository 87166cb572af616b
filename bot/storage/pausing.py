"""Whether the schedule is kept quiet, for all processes and across restarts. Runs that people ask for go on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.storage.database import insert
from bot.storage.tables import schedule

_ONE = 1


@dataclass(frozen=True, slots=True)
class Paused:
    """Since when the schedule is paused, and by whom, unless they were forgotten."""

    since: datetime
    by: int | None


def paused(connection: Connection) -> Paused | None:
    """Since when the schedule is paused; None when it is not."""
    row = connection.execute(select(schedule.c.paused_at, schedule.c.paused_by)).one_or_none()
    return None if row is None or row.paused_at is None else Paused(row.paused_at, row.paused_by)


def resumed_at(connection: Connection) -> datetime | None:
    """When the schedule was resumed last; None when it never was, or is paused."""
    query = select(schedule.c.resumed_at).where(schedule.c.paused_at.is_(None))
    return connection.execute(query).scalar_one_or_none()


def pause(connection: Connection, by: int, now: datetime) -> bool:
    """Keep the schedule quiet from now on; False when it was already."""
    row = insert(connection, schedule).values(id=_ONE, paused_at=now, paused_by=by)
    done = row.on_conflict_do_update(
        index_elements=[schedule.c.id],
        set_={"paused_at": row.excluded.paused_at, "paused_by": row.excluded.paused_by},
        where=schedule.c.paused_at.is_(None),
    ).returning(schedule.c.id)
    return connection.execute(done).one_or_none() is not None


def resume(connection: Connection, now: datetime) -> bool:
    """Let the schedule go on; False when it was not paused. Times that it names up to now are not made up for."""
    result = connection.execute(
        update(schedule).where(schedule.c.paused_at.is_not(None)).values(paused_at=None, paused_by=None, resumed_at=now)
    )
    return result.rowcount > 0
