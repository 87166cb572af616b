"""Deleting what was kept long enough, some at a time, so that nobody waits long for a turn to write."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, and_, delete, exists, func, or_, select, update

from bot.storage.models import Status
from bot.storage.tables import bundles, forgettings, models, readings, runs, texts

AT_ONCE: Final = 500
"""Rows that one call deletes at most; one that deleted fewer has deleted all."""


def texts_before(connection: Connection, moment: datetime) -> int:
    """Delete kept texts of messages read before the moment; return how many. What was said of them stays, and teaches
    no more."""
    old = (
        select(texts.c.reading_id)
        .join(readings, readings.c.id == texts.c.reading_id)
        .where(readings.c.created_at < moment)
        .order_by(readings.c.created_at)
        .limit(AT_ONCE)
    )
    ids = connection.execute(old).scalars().all()
    return connection.execute(delete(texts).where(texts.c.reading_id.in_(ids))).rowcount if ids else 0


def readings_before(connection: Connection, moment: datetime) -> int:
    """Delete readings from before the moment whose text is not kept, with what was said of them; return how many."""
    kept = exists().where(texts.c.reading_id == readings.c.id)
    old = (
        select(readings.c.id)
        .where(readings.c.created_at < moment, ~kept)
        .order_by(readings.c.created_at)
        .limit(AT_ONCE)
    )
    ids = connection.execute(old).scalars().all()
    if not ids:
        return 0
    return connection.execute(delete(readings).where(readings.c.id.in_(ids), ~kept)).rowcount


def bundles_but(connection: Connection, newest: int) -> int:
    """Delete bundles but those of the newest models that served and of the newest that did not, and return how many.

    The champion's stays, that of the model it was promoted over, and any that was not made by a run.
    """
    never_served = models.c.promoted_at.is_(None)
    place = func.row_number().over(partition_by=never_served, order_by=models.c.version.desc())
    ranked = select(models.c.version, place.label("place")).where(models.c.run_id.is_not(None)).subquery()
    old = select(ranked.c.version).where(ranked.c.place > newest)
    predecessor = select(models.c.predecessor).where(
        models.c.status == Status.CHAMPION, models.c.predecessor.is_not(None)
    )
    return connection.execute(
        delete(bundles).where(
            bundles.c.version.in_(old), bundles.c.version.not_in(_champion()), bundles.c.version.not_in(predecessor)
        )
    ).rowcount


def bundles_that_remember(connection: Connection, moment: datetime) -> int:
    """Delete bundles of models that learned from what somebody wanted forgotten before the moment, and return how many.

    The champion's stays: see `forgetting.pending`.
    """
    forgotten = select(func.count()).select_from(forgettings).where(forgettings.c.created_at < moment).scalar_subquery()
    remember = select(models.c.version).where(models.c.forgettings < forgotten)
    return connection.execute(
        delete(bundles).where(bundles.c.version.in_(remember), bundles.c.version.not_in(_champion()))
    ).rowcount


def logs_before(connection: Connection, moment: datetime) -> int:
    """Delete the log tails of runs that ended before the moment, and return how many."""
    old = and_(runs.c.finished_at < moment, or_(runs.c.log_tail.is_not(None), runs.c.lease_owner.is_not(None)))
    return connection.execute(update(runs).where(old).values(log_tail=None, lease_owner=None)).rowcount


def _champion() -> Select[int]:
    return select(models.c.version).where(models.c.status == Status.CHAMPION)
