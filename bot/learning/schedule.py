"""When to retrain by itself: at the times of a cron expression, if enough corrections are new. Beside that, once a day,
what was kept long enough is deleted.

Whether a time was missed is answered from the database: at start the last time that the expression names counts as
missed unless a run was asked for since, and only what people had said by then counts. So a restart neither loses a run
nor doubles one. A pause is in the database too; times that it covered are not made up for.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.learning.retention import Retention, delete_old
from bot.storage import corrections, days, forgetting, pausing, runs
from bot.storage.database import Database
from bot.storage.runs import Trigger

RETRY_SECONDS: Final = 60.0
DAILY: Final = "30 4 * * *"

logger = logging.getLogger(__name__)


class Schedule:
    """Asks for runs by the clock. Several processes may: of those that ask for the same time one gets it."""

    def __init__(
        self,
        database: Database,
        *,
        cron: str,
        minimum: int,
        clock: Callable[[], datetime],
        retention: Retention,
        retry: float = RETRY_SECONDS,
    ) -> None:
        """Prepare; nothing happens before `start`.

        Args:
            database: where corrections and runs are.
            cron: five fields, in UTC (days of the week by name: APScheduler's numbers start at Monday).
            minimum: new corrections that make a run worth it.
            clock: gives the time, with its zone.
            retention: how long things are kept.
            retry: seconds until a look that the database failed is repeated.

        Raises:
            ValueError: `cron` is no cron expression.
        """
        self._database = database
        self._trigger = CronTrigger.from_crontab(cron, timezone=UTC)
        self._minimum = minimum
        self._clock = clock
        self._retention = retention
        self._retry = retry
        self.scheduler: Final = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": 3600, "coalesce": True, "max_instances": 1}
        )

    def start(self) -> None:
        """Look now, for a time that was missed, and then at each time; needs a running event loop."""
        now = datetime.now(UTC)
        daily = CronTrigger.from_crontab(DAILY, timezone=UTC)
        self.scheduler.add_job(_until_stopped, self._trigger, [self.check], next_run_time=now)
        self.scheduler.add_job(_until_stopped, daily, [self.keep_house], next_run_time=now)
        self.scheduler.start()

    async def stop(self) -> None:
        """End; a look under way is cancelled."""
        self.scheduler.shutdown()
        await asyncio.sleep(0)  # it ends in a callback of the event loop

    async def check(self) -> int | None:
        """Ask for a run if one is due, and return its id. While the database fails, tries on."""
        while True:
            now = self._clock()
            fired_at = last_fire(self._trigger, now)
            if fired_at is None:
                return None
            try:
                run = await self._database.write(request_if_due, fired_at, self._minimum, now)
            except SQLAlchemyError as error:
                logger.warning("cannot look whether a run is due: %s; trying on", type(error).__name__)
                await asyncio.sleep(self._retry)
            else:
                return run

    async def keep_house(self) -> None:
        """Count days that are over, then delete what was kept long enough; if the database fails, another day does."""
        try:
            await self._database.write(days.roll_up, self._clock())
            await delete_old(self._database, self._retention, self._clock())
        except SQLAlchemyError as error:
            logger.warning("cannot delete what was kept long enough: %s", type(error).__name__)


async def _until_stopped(work: Callable[[], Awaitable[object]]) -> None:
    """Do it; to be cancelled as the schedule stops is no failure, which is what APScheduler would log."""
    with suppress(asyncio.CancelledError):
        await work()


def request_if_due(connection: Connection, fired_at: datetime, minimum: int, now: datetime) -> int | None:
    """Ask for a run on account of the time `fired_at`, and return its id; None when none is due.

    None is due when the schedule is paused or was at that time, a run was asked for since, or waits or trains, or too
    few corrections are new and nothing is to be unlearned.
    """
    if pausing.paused(connection) is not None:
        return None
    resumed_at, latest = pausing.resumed_at(connection), runs.latest(connection)
    if (resumed_at is not None and resumed_at >= fired_at) or (latest is not None and latest.created_at >= fired_at):
        return None
    if corrections.count_new(connection, until=fired_at) < minimum and not forgetting.is_due(connection):
        return None
    return runs.request(connection, Trigger.SCHEDULE, now)


def last_fire(trigger: CronTrigger, now: datetime) -> datetime | None:
    """The last time, `now` or before, that the expression names; None when it names none.

    APScheduler only looks ahead, so this looks ahead from further and further back.
    """
    back, fired = timedelta(minutes=1), _next_fire(trigger, now)
    if fired is None:
        return None  # what names a time at all names one in the future, having no years
    while fired > now:
        fired = _next_fire(trigger, now - back) or fired
        back *= 2
    while (following := _next_fire(trigger, fired + timedelta(seconds=1))) is not None and following <= now:
        fired = following
    return fired


def next_fire(cron: str, now: datetime) -> datetime | None:
    """When a run is looked for next; None when the expression names no time."""
    return _next_fire(CronTrigger.from_crontab(cron, timezone=UTC), now)


def _next_fire(trigger: CronTrigger, since: datetime) -> datetime | None:
    fire: datetime | None = trigger.get_next_fire_time(None, since)
    return fire
