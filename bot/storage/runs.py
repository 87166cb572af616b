"""Retrainings: asked for, taken by one process under a lease, told of while they go, and finished once.

At most one run waits or trains; an index sees to it. A lease has an epoch, which grows each time the run is taken: a
process that lost its lease to another finds its epoch outdated in whatever it tries to store.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, or_, select, update

from bot.storage import notices
from bot.storage.database import insert
from bot.storage.notices import Kind
from bot.storage.tables import runs


class Trigger(StrEnum):
    """What asked for a run."""

    SCHEDULE = "schedule"
    ADMIN = "admin"
    OPERATOR = "operator"


class State(StrEnum):
    """How far a run is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Outcome(StrEnum):
    """What came of a run."""

    PROMOTED = "promoted"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Failure(StrEnum):
    """Why a run failed. Its row says so in these words, with what there is to add after a colon."""

    DIED = "the process that ran it died"
    STOPPED = "the process that ran it was stopped"
    NO_CHAMPION = "there is no model to start from"
    NOT_STARTED = "the training could not be started"
    TOO_LONG = "the training took longer than allowed"
    KILLED = "the training was killed"
    EXIT = "the training ended with exit status"
    NO_REPORT = "the training ended without a report"
    TRAINING = "the training failed"
    NO_CANDIDATE = "the training left no candidate"
    TOO_LARGE = "the candidate is larger than a bundle may be"
    BAD_REPORT = "the training's report cannot be judged"
    FILES = "the run's files failed"
    PROGRAM = "an error in the program"

    def told(self, detail: str = "") -> str:
        """As a row keeps it."""
        return f"{self}: {detail}" if detail else str(self)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One retraining. Whoever asked for it is told of its progress in a message of a chat, in a language.

    `forgettings` is how many there had been when its corrections were read: if it was promoted, a model that is free of
    them serves since `finished_at`.
    """

    id: int
    trigger: Trigger
    requested_by: int | None
    chat_id: int | None
    message_id: int | None
    language: str | None
    state: State
    lease_owner: str | None
    lease_until: datetime | None
    epoch: int
    heartbeat_at: datetime | None
    stage: str | None
    progress: float
    fingerprint: str | None
    base: str | None
    report: dict[str, Any] | None
    verdict: dict[str, Any] | None
    outcome: Outcome | None
    error: str | None
    log_tail: str | None
    candidate_version: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    forgettings: int | None = None
    cancel_requested_at: datetime | None = None
    cancel_requested_by: int | None = None


def request(
    connection: Connection,
    trigger: Trigger,
    now: datetime,
    *,
    requested_by: int | None = None,
    chat_id: int | None = None,
    message_id: int | None = None,
    language: str | None = None,
) -> int | None:
    """Ask for a run, and return its id; None when one waits or trains already."""
    row = insert(connection, runs).values(
        trigger=trigger,
        requested_by=requested_by,
        chat_id=chat_id,
        message_id=message_id,
        language=language,
        state=State.WAITING,
        active=True,
        epoch=0,
        progress=0.0,
        created_at=now,
    )
    return connection.execute(row.on_conflict_do_nothing().returning(runs.c.id)).scalar_one_or_none()


def take(connection: Connection, owner: str, now: datetime, lease: timedelta) -> RunRow | None:
    """Take the run that waits, or whose lease ran out, until `now + lease`; None when there is none.

    One statement decides, so of two processes that try, one gets it. The `epoch` of what is returned is the key to
    `beat`, `finish` and the promotion.
    """
    row = connection.execute(
        update(runs)
        .where(runs.c.active, or_(runs.c.state == State.WAITING, runs.c.lease_until <= now))
        .values(
            state=State.RUNNING,
            lease_owner=owner,
            lease_until=now + lease,
            epoch=runs.c.epoch + 1,
            heartbeat_at=now,
            started_at=now,
            stage=None,
            progress=0.0,
        )
        .returning(*runs.c)
    ).one_or_none()
    return None if row is None else _run(row._asdict())


def beat(
    connection: Connection,
    run_id: int,
    epoch: int,
    now: datetime,
    lease: timedelta,
    *,
    stage: str | None = None,
    progress: float | None = None,
    fingerprint: str | None = None,
    base: str | None = None,
    log_tail: str | None = None,
    forgettings: int | None = None,
) -> bool:
    """Say that the run lives, prolong its lease to `now + lease`, and tell what is given.

    Returns False when the run is the caller's no longer: it was taken over, failed or finished. A word that comes late
    takes no progress back.
    """
    told = {
        "stage": stage,
        "progress": None if progress is None else case((runs.c.progress > progress, runs.c.progress), else_=progress),
        "fingerprint": fingerprint,
        "base": base,
        "log_tail": log_tail,
        "forgettings": forgettings,
    }
    given = {name: value for name, value in told.items() if value is not None}
    result = connection.execute(
        update(runs).where(_held(run_id, epoch)).values(heartbeat_at=now, lease_until=now + lease, **given)
    )
    return result.rowcount > 0


def finish(
    connection: Connection,
    run_id: int,
    epoch: int,
    now: datetime,
    *,
    outcome: Outcome,
    report: Mapping[str, Any] | None = None,
    verdict: Mapping[str, Any] | None = None,
    error: str | None = None,
    candidate_version: int | None = None,
) -> bool:
    """End the run; what was told with `beat` stays. Returns False, and changes nothing, as `beat` does.

    Admins are to be told of one that failed, and of a candidate that nobody waits for the verdict on.
    """
    trigger = connection.execute(
        update(runs)
        .where(_held(run_id, epoch))
        .values(
            state=State.FAILED if outcome in (Outcome.FAILED, Outcome.CANCELLED) else State.DONE,
            active=False,
            outcome=outcome,
            report=None if report is None else dict(report),
            verdict=None if verdict is None else dict(verdict),
            error=error,
            candidate_version=candidate_version,
            finished_at=now,
        )
        .returning(runs.c.trigger)
    ).scalar_one_or_none()
    if trigger is None:
        return False
    if outcome is Outcome.FAILED:
        notices.add(connection, Kind.RUN_FAILED, run_id, now, {"run": run_id})
    elif outcome is Outcome.REJECTED and trigger == Trigger.SCHEDULE:
        notices.add(connection, Kind.RUN_REJECTED, run_id, now, {"run": run_id, "version": candidate_version})
    return True


def cancel(connection: Connection, by: int, now: datetime) -> int | None:
    """Let the run that waits end at once, or tell the one that trains to stop; return its id, None when there is none.

    Whoever trains sees it with the next heartbeat. A run that is just being promoted is not stopped any more.
    """
    told = {"cancel_requested_at": now, "cancel_requested_by": by}
    ended = {"state": State.FAILED, "active": False, "outcome": Outcome.CANCELLED, "finished_at": now}
    waiting = update(runs).where(runs.c.active, runs.c.state == State.WAITING).values(**told, **ended)
    run_id = connection.execute(waiting.returning(runs.c.id)).scalar_one_or_none()
    if run_id is not None:
        return run_id
    return connection.execute(
        update(runs).where(runs.c.active, runs.c.state == State.RUNNING).values(**told).returning(runs.c.id)
    ).scalar_one_or_none()


def is_cancelled(connection: Connection, run_id: int) -> bool:
    """Whether the run was told to stop."""
    query = select(runs.c.cancel_requested_at).where(runs.c.id == run_id)
    return connection.execute(query).scalar_one_or_none() is not None


def fail_expired(connection: Connection, now: datetime) -> int | None:
    """Mark the run whose lease ran out as failed, and return its id; None when there is none."""
    failed = connection.execute(
        update(runs)
        .where(runs.c.active, runs.c.state == State.RUNNING, runs.c.lease_until <= now)
        .values(
            state=State.FAILED,
            active=False,
            outcome=Outcome.FAILED,
            error=Failure.DIED.told(),
            finished_at=now,
        )
        .returning(runs.c.id)
    ).scalar_one_or_none()
    if failed is not None:
        notices.add(connection, Kind.RUN_FAILED, failed, now, {"run": failed})
    return failed


def get(connection: Connection, run_id: int) -> RunRow | None:
    """The run, or None when there is none of that id."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    return None if row is None else _run(row._asdict())


def active(connection: Connection) -> RunRow | None:
    """The run that waits or trains; None when there is none."""
    row = connection.execute(select(runs).where(runs.c.active)).one_or_none()
    return None if row is None else _run(row._asdict())


def latest(connection: Connection) -> RunRow | None:
    """The run that was asked for last."""
    row = connection.execute(select(runs).order_by(runs.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _run(row._asdict())


def _held(run_id: int, epoch: int) -> ColumnElement[bool]:
    return and_(runs.c.id == run_id, runs.c.epoch == epoch, runs.c.state == State.RUNNING)


def _run(row: dict[str, Any]) -> RunRow:
    del row["active"]
    outcome = None if row["outcome"] is None else Outcome(row["outcome"])
    return RunRow(**row | {"trigger": Trigger(row["trigger"]), "state": State(row["state"]), "outcome": outcome})
