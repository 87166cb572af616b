"""How many readings of each label a day had. A day that is over is counted once; what came since, whenever it is asked.

So a year of readings is told in the time that one day's take. Who is forgotten is taken out of the counts as well.
"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, Date, Integer, Select, cast, func, select, text, update

from bot.storage.database import insert
from bot.storage.readings import SAID
from bot.storage.tables import days, readings
from ml.emotions import LABELS

UNSURE: Final = len(LABELS)
"""Stands where a label would, for readings that named none: torn, or unreadable."""

LATE: Final = timedelta(hours=1)
"""A day is over so long after its end, when no process stores readings of it any more."""

_HOLD: Final = text("LOCK TABLE days IN SHARE ROW EXCLUSIVE MODE")
_TOLD: Final = func.coalesce(readings.c.taught, SAID, UNSURE)


def roll_up(connection: Connection, now: datetime) -> None:
    """Count the days that are over and were not counted yet."""
    _hold(connection)
    until = _start((now - LATE).date())
    new = _counts(connection).where(readings.c.created_at >= _since(connection), readings.c.created_at < until)
    row = insert(connection, days).from_select(["day", "label", "readings"], new)
    connection.execute(row.on_conflict_do_nothing())


def by_day(connection: Connection, since: date) -> Counter[tuple[date, int]]:
    """How many readings there were of each label, or `UNSURE`, on each day in UTC from `since` on."""
    counted = select(days.c.day, days.c.label, days.c.readings).where(days.c.day >= since)
    first = max(_since(connection), _start(since))
    live = _counts(connection).where(readings.c.created_at >= first)
    return Counter(
        {(day, label): count for query in (counted, live) for day, label, count in connection.execute(query)}
    )


def total(connection: Connection) -> int:
    """How many readings there ever were."""
    counted = select(func.coalesce(func.sum(days.c.readings), 0))
    live = select(func.count()).where(readings.c.created_at >= _since(connection))
    return sum(int(connection.execute(query).scalar_one()) for query in (counted, live))


def forget(connection: Connection, person_id: int) -> None:
    """Take a person's readings, which this transaction is about to delete, out of the counts."""
    _hold(connection)
    for day, label, count in connection.execute(_counts(connection).where(readings.c.author_id == person_id)).all():
        connection.execute(
            update(days).where(days.c.day == day, days.c.label == label).values(readings=days.c.readings - count)
        )


def _hold(connection: Connection) -> None:
    """Let nobody else count, or take out, until this transaction ends: a count that began before somebody's readings
    were deleted would put them back. On SQLite writers take turns anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(_HOLD)


def _since(connection: Connection) -> datetime:
    """When the first day begins that is not counted yet."""
    last = connection.execute(select(func.max(days.c.day))).scalar_one()
    return datetime.min.replace(tzinfo=UTC) if last is None else _start(last + timedelta(days=1))


def _counts(connection: Connection) -> Select[date, int, int]:
    day, label = _day(connection), cast(_TOLD, Integer)
    return select(day.label("day"), label.label("label"), func.count()).group_by("day", "label")


def _day(connection: Connection) -> ColumnElement[date]:
    """The day of a reading, in UTC, in which SQLite stores moments anyway."""
    if connection.dialect.name == "sqlite":
        return func.date(readings.c.created_at, type_=Date)
    return cast(func.timezone("UTC", readings.c.created_at), Date)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
