"""How long things are kept, and the job that deletes what was kept long enough."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Concatenate, Final, ParamSpec

from sqlalchemy import Connection

from bot.storage import notices, retention, trainers
from bot.storage.database import Database

P = ParamSpec("P")

TRAINERS: Final = timedelta(days=1)
"""How long a trainer that was not seen is remembered."""

NOTICES: Final = timedelta(days=30)
"""How long it is remembered what admins were told."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept. Claims on updates have a time of their own: see `bot.storage.claims.KEPT`.

    Attributes:
        texts: kept texts, from the message's reading on.
        readings: readings whose text is not kept (any more), and what people said of them.
        logs: the log tails of runs.
        bundles: models whose bundle is kept, of those that served and of those that did not, each. Beside them stay the
            one that serves, the one before, and what was shipped. Versions and figures of all are kept.
        remembering: bundles that learned from what somebody wants forgotten, to go back to if what came after fails.
    """

    texts: timedelta
    readings: timedelta
    logs: timedelta
    bundles: int
    remembering: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much was deleted."""

    texts: int
    readings: int
    logs: int
    bundles: int


async def delete_old(database: Database, kept: Retention, now: datetime) -> Deleted:
    """Delete what was kept long enough, in short transactions.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed; what was deleted before stays deleted.
    """
    deleted = Deleted(
        texts=await _all(database, retention.texts_before, now - kept.texts),
        readings=await _all(database, retention.readings_before, now - kept.readings),
        logs=await database.write(retention.logs_before, now - kept.logs),
        bundles=await database.write(retention.bundles_but, kept.bundles)
        + await database.write(retention.bundles_that_remember, now - kept.remembering),
    )
    await database.write(trainers.expire, now - TRAINERS)
    await database.write(notices.prune, now - NOTICES)
    if any(asdict(deleted).values()):
        await database.forget()
        logger.info("deleted what was kept long enough: %s", deleted)
    return deleted


async def _all(
    database: Database, some: Callable[Concatenate[Connection, P], int], *args: P.args, **kwargs: P.kwargs
) -> int:
    total = 0
    while (deleted := await database.write(some, *args, **kwargs)) == retention.AT_ONCE:
        total += deleted
    return total + deleted
