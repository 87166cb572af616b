"""Takes the runs that wait, one at a time, and brings each to its end: promoted, rejected or failed, with the reason.

A run is held by a lease that heartbeats prolong. A trainer that loses its lease kills its child and stores nothing, and
the promotion checks the lease's epoch in its own transaction. However a run ends, the folder with its texts goes.
"""

import asyncio
import importlib.util
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.learning import child
from bot.learning.run import FailedError, Means, Trained, champion_changed, store, train, verdict
from bot.learning.workspace import sweep, workspace
from bot.storage import runs, trainers
from bot.storage.database import Database
from bot.storage.models import ChampionChangedError, StaleRunError
from bot.storage.runs import Failure, Outcome, RunRow, State
from bot.storage.vault import Vault

ALIVE: Final = timedelta(seconds=30)
"""A trainer that was seen longer ago than this is taken for gone."""

LEASE: Final = timedelta(seconds=30)
POLL_SECONDS: Final = 1.0
ANNOUNCE_SECONDS: Final = 5.0

T = TypeVar("T")

logger = logging.getLogger(__name__)


class LeaseLostError(Exception):
    """The run is another trainer's now, or was given up as lost."""


class RunCancelledError(Exception):
    """The run was told to stop."""


class _Beat(Enum):
    """What a heartbeat found: the run goes on, or is no longer ours, or was told to stop."""

    ON = auto()
    LOST = auto()
    CANCELLED = auto()


@dataclass(frozen=True, slots=True)
class _Progress:
    stage: str
    done: float


class Trainer:
    """One process's trainer."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        means: Means,
        *,
        clock: Callable[[], datetime],
        announce: Callable[[RunRow], Awaitable[None]],
        poll: float = POLL_SECONDS,
        lease: timedelta = LEASE,
    ) -> None:
        """Prepare; nothing happens before `run`.

        Args:
            database: where runs, corrections and models are.
            vault: decrypts the kept texts.
            means: what runs are trained with.
            clock: gives the time, with its zone.
            announce: told of a run's row as it goes on and when it ended; should it fail or hang, the run goes on.
            poll: seconds between two looks for a run that waits, and between two heartbeats.
            lease: how long a run is held after a heartbeat.
        """
        self._database = database
        self._vault = vault
        self._means = means
        self._clock = clock
        self._announce = announce
        self._poll = poll
        self._lease = lease
        self._seen_at: datetime | None = None
        self._announcing: asyncio.Task[None] | None = None
        self.owner: Final = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"

    async def run(self) -> None:
        """Take runs until cancelled; a run under way is then stopped and marked as failed."""
        try:
            await self._survive(asyncio.to_thread(sweep, self._means.folder))
            while True:
                if not await self._survive(self.take_one()):
                    await asyncio.sleep(self._poll)
        finally:
            await self._survive(self._database.write(trainers.gone, self.owner))

    async def take_one(self) -> bool:
        """Bring a run that waits to its end, if there is one, and return whether there was.

        A run whose trainer died is marked as failed.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database failed; a run under way is left to its lease.
        """
        now = self._clock()
        if self._seen_at is None or now - self._seen_at >= ALIVE / 3:
            await self._database.write(trainers.seen, self.owner, now)
            self._seen_at = now
        if not await self._database.read(_is_work, now):
            return False
        failed, run = await self._database.write(_take, self.owner, now, self._lease)
        if failed is not None:
            logger.warning("run %d failed: its trainer died", failed)
            await self._tell(failed)
        if run is None:
            return False
        logger.info("run %d: taken", run.id)
        await self._bring_to_end(run)
        return True

    async def _bring_to_end(self, run: RunRow) -> None:
        try:
            await self._train(run)
        except (LeaseLostError, StaleRunError):
            logger.warning("run %d: its lease was lost, nothing was promoted", run.id)
            return
        except RunCancelledError:
            logger.info("run %d: cancelled", run.id)
            await self._database.write(_cancel, run, self._clock())
        except asyncio.CancelledError:
            await self._fail(run, Failure.STOPPED.told())
            await self._tell_end(run)
            raise
        except SQLAlchemyError:
            raise
        except FailedError as error:
            await self._fail(run, str(error))
        except child.ChildError as error:
            await self._fail(run, str(error), error.log_tail)
        except OSError as error:
            await self._fail(run, Failure.FILES.told(error.strerror or ""))
        except Exception as error:
            logger.exception("run %d", run.id)
            await self._fail(run, Failure.PROGRAM.told(type(error).__name__))
        await self._tell_end(run)

    async def _train(self, run: RunRow) -> None:
        async with workspace(self._means.folder) as folder:
            trained = await self._held(run, folder)
        _go_on(await self._database.write(_note, run, trained, self._clock(), self._lease))
        said = await verdict(trained)
        try:
            await self._database.write(store, run, trained, said, self._clock())
        except ChampionChangedError:
            said = said.but(champion_changed(trained))
            await self._database.write(store, run, trained, said, self._clock())

    async def _held(self, run: RunRow, folder: Path) -> Trained:
        """Train while heartbeats hold the run.

        Raises:
            LeaseLostError: the lease was lost; the child is dead.
            RunCancelledError: the run was told to stop; the child is dead.
        """
        progress = [_Progress("preparing", 0.0)]

        def latest(stage: str, done: float) -> None:
            progress[0] = _Progress(stage, done)

        training = asyncio.create_task(train(self._database, self._vault, self._means, folder, latest, self._clock))
        beating = asyncio.create_task(self._beat_while_it_goes_on(run, lambda: progress[0]))
        try:
            await asyncio.wait((training, beating), return_when=asyncio.FIRST_COMPLETED)
            if not training.done():
                _go_on(beating.result())
            return training.result()
        finally:
            training.cancel()
            beating.cancel()
            await asyncio.gather(training, beating, return_exceptions=True)

    async def _beat_while_it_goes_on(self, run: RunRow, latest: Callable[[], _Progress]) -> _Beat:
        """Tell the run's row that it lives and how far it is; returns why it does not go on."""
        held_until = self._clock() + self._lease
        announced: _Progress | None = None
        while True:
            now, progress = self._clock(), latest()
            try:
                beat = await self._database.write(_beat, run, self.owner, now, self._lease, progress)
                if beat is not _Beat.ON:
                    return beat
            except SQLAlchemyError as error:
                logger.warning("run %d: no heartbeat: %s", run.id, type(error).__name__)
                if now >= held_until:
                    return _Beat.LOST
            else:
                held_until = now + self._lease
                if progress != announced and (self._announcing is None or self._announcing.done()):
                    self._announcing = asyncio.create_task(self._tell(run.id))
                    announced = progress
            await asyncio.sleep(self._poll)

    async def _fail(self, run: RunRow, reason: str, log_tail: str = "") -> None:
        logger.warning("run %d failed: %s", run.id, reason)
        await self._database.write(_fail, run, self._clock(), self._lease, reason, log_tail)

    async def _tell_end(self, run: RunRow) -> None:
        """Announce the last of a run, after what is being announced of it."""
        if self._announcing is not None:
            await asyncio.wait((self._announcing,))
        await self._tell(run.id)

    async def _tell(self, run_id: int) -> None:
        try:
            run = await self._database.read(runs.get, run_id)
            if run is not None:
                async with asyncio.timeout(ANNOUNCE_SECONDS):
                    await self._announce(run)
        except Exception:
            logger.exception("run %d: could not be announced", run_id)

    async def _survive(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What `work` returns; None when it failed, which ends that work only."""
        try:
            return await work
        except SQLAlchemyError as error:
            logger.warning("the trainer has no database: %s", type(error).__name__)
        except Exception:
            logger.exception("the trainer failed")
        return None


def can_train() -> bool:
    """Whether the extra `train` is installed. TensorFlow is looked for, not imported."""
    return all(importlib.util.find_spec(name) is not None for name in ("pyarrow", "sklearn", "tensorflow"))


def _is_work(connection: Connection, now: datetime) -> bool:
    """Whether the latest run waits, or was left by a process that died; older ones have ended."""
    run = runs.latest(connection)
    if run is None or run.state not in (State.WAITING, State.RUNNING):
        return False
    return run.lease_until is None or run.lease_until <= now


def _take(connection: Connection, owner: str, now: datetime, lease: timedelta) -> tuple[int | None, RunRow | None]:
    return runs.fail_expired(connection, now), runs.take(connection, owner, now, lease)


def _beat(
    connection: Connection, run: RunRow, owner: str, now: datetime, lease: timedelta, progress: _Progress
) -> _Beat:
    trainers.seen(connection, owner, now)
    ours = runs.beat(connection, run.id, run.epoch, now, lease, stage=progress.stage, progress=progress.done)
    return _found(connection, run, ours)


def _note(connection: Connection, run: RunRow, trained: Trained, now: datetime, lease: timedelta) -> _Beat:
    """Tell the run's row what the child left."""
    ours = runs.beat(
        connection,
        run.id,
        run.epoch,
        now,
        lease,
        progress=1.0,
        base=trained.base,
        fingerprint=trained.fingerprint,
        forgettings=trained.forgettings,
        log_tail=trained.ended.log_tail,
    )
    return _found(connection, run, ours)


def _found(connection: Connection, run: RunRow, ours: bool) -> _Beat:
    if not ours:
        return _Beat.LOST
    return _Beat.CANCELLED if runs.is_cancelled(connection, run.id) else _Beat.ON


def _go_on(beat: _Beat) -> None:
    """Raises LeaseLostError or RunCancelledError where the run does not."""
    if beat is _Beat.LOST:
        raise LeaseLostError
    if beat is _Beat.CANCELLED:
        raise RunCancelledError


def _cancel(connection: Connection, run: RunRow, now: datetime) -> None:
    runs.finish(connection, run.id, run.epoch, now, outcome=Outcome.CANCELLED)


def _fail(connection: Connection, run: RunRow, now: datetime, lease: timedelta, reason: str, log_tail: str) -> None:
    runs.beat(connection, run.id, run.epoch, now, lease, log_tail=log_tail)
    runs.finish(connection, run.id, run.epoch, now, outcome=Outcome.FAILED, error=reason)
