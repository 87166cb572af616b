"""What every process does once when it starts, whether it trains or not: put away what dead ones left."""

import asyncio
import logging
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from bot.learning.retention import TRAINERS
from bot.learning.workspace import sweep
from bot.storage import runs, trainers
from bot.storage.database import Database

logger = logging.getLogger(__name__)


async def tidy(database: Database, folder: Path, now: datetime) -> int | None:
    """Remove folders of runs that no living process uses, fail the run whose trainer died, forget dead trainers.

    Returns the id of the run that was failed, to be told of. A run whose lease has not run out yet is left to whoever
    trains, and a folder that cannot be looked into is noted in the log.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed.
    """
    try:
        swept = await asyncio.to_thread(sweep, folder)
    except OSError as error:
        logger.error("%s cannot be looked through for what runs left: %s", folder, error.strerror)
    else:
        if swept:
            logger.warning("removed what %d runs left in %s", swept, folder)
    failed = await database.write(_after_the_dead, now)
    if failed is not None:
        logger.warning("run %d failed: its trainer died", failed)
    return failed


def _after_the_dead(connection: Connection, now: datetime) -> int | None:
    trainers.expire(connection, now - TRAINERS)
    return runs.fail_expired(connection, now)
