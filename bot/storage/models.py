"""Every model that was ever made: its bundle, what became of it, and the one that serves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select, update

from bot.storage import notices, runs
from bot.storage.database import insert
from bot.storage.notices import Kind
from bot.storage.tables import bundles, models


class Status(StrEnum):
    """What became of a model."""

    CANDIDATE = "candidate"
    CHAMPION = "champion"
    REJECTED = "rejected"
    RETIRED = "retired"
    ROLLED_BACK = "rolled back"


class RolledBack(StrEnum):
    """Why a model was rolled back. Its row says so in these words, with what there is to add after a colon."""

    ADMIN = "by an admin"
    OPERATOR = "by the operator"
    AGREEMENT = "people agreed less"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model without its bundle.

    Attributes:
        reason: why it has its status.
        base: what it was trained from: `data set` or `shipped bundle`.
        fingerprint: of the data and corrections that it was trained from.
        forgettings: how many had happened when its corrections were read; None for one that never saw any.
        predecessor: the version that it was promoted over, to go back to; None for one that was not promoted by a run.
    """

    version: int
    sha256: str
    status: Status
    reason: str | None
    metrics: dict[str, Any]
    base: str
    run_id: int | None
    created_at: datetime
    promoted_at: datetime | None
    fingerprint: str | None = None
    forgettings: int | None = None
    predecessor: int | None = None


class StaleRunError(RuntimeError):
    """The run that wanted a verdict stored is no longer the caller's: it was taken over, or given up as lost."""


class ChampionChangedError(RuntimeError):
    """Another model serves than the one that was to be replaced. Nothing was changed."""


def champion(connection: Connection) -> ModelRow | None:
    """The model that serves; None in a database where none was promoted yet."""
    row = connection.execute(select(models).where(models.c.status == Status.CHAMPION)).one_or_none()
    return None if row is None else _model(row._asdict())


def champion_version(connection: Connection) -> int | None:
    """The version of the model that serves."""
    query = select(models.c.version).where(models.c.status == Status.CHAMPION)
    return connection.execute(query).scalar_one_or_none()


def get(connection: Connection, version: int) -> ModelRow | None:
    """The model of that version."""
    row = connection.execute(select(models).where(models.c.version == version)).one_or_none()
    return None if row is None else _model(row._asdict())


def history(connection: Connection) -> list[ModelRow]:
    """Every model, newest first."""
    rows = connection.execute(select(models).order_by(models.c.version.desc()))
    return [_model(row._asdict()) for row in rows]


def bundle(connection: Connection, version: int) -> bytes:
    """The bundle's file, as it was given to `add`. Raises LookupError when there is none of that version."""
    content = connection.execute(select(bundles.c.content).where(bundles.c.version == version)).scalar_one_or_none()
    if content is None:
        raise LookupError(f"there is no bundle of model version {version}")
    return content


def rolled_back_from(connection: Connection, fingerprint: str) -> int | None:
    """The newest model that was rolled back and was trained from the data of that fingerprint; None when there is none.

    A model that serves again after all is not one.
    """
    query = (
        select(models.c.version)
        .where(models.c.status == Status.ROLLED_BACK, models.c.fingerprint == fingerprint)
        .order_by(models.c.version.desc())
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def with_bundles(connection: Connection) -> frozenset[int]:
    """The versions whose bundle is still there, so that they can serve again."""
    return frozenset(connection.execute(select(bundles.c.version)).scalars())


def add(
    connection: Connection,
    content: bytes,
    *,
    metrics: Mapping[str, Any],
    base: str,
    now: datetime,
    run_id: int | None = None,
    fingerprint: str | None = None,
    forgettings: int | None = None,
) -> int:
    """Store a bundle's file as a candidate, and return its version.

    The same file again keeps the version and the status it has; what it is known to be free of is what it was made
    without the last time.
    """
    digest = sha256(content).hexdigest()
    row = insert(connection, models).values(
        sha256=digest,
        status=Status.CANDIDATE,
        metrics=dict(metrics),
        base=base,
        run_id=run_id,
        fingerprint=fingerprint,
        forgettings=forgettings,
        created_at=now,
    )
    version = connection.execute(
        row.on_conflict_do_nothing(index_elements=[models.c.sha256]).returning(models.c.version)
    ).scalar_one_or_none()
    if version is None:
        version = connection.execute(select(models.c.version).where(models.c.sha256 == digest)).scalar_one()
        if forgettings is not None:
            known = update(models).where(models.c.version == version)
            connection.execute(known.values(forgettings=forgettings, fingerprint=fingerprint))
    row = insert(connection, bundles).on_conflict_do_nothing()
    connection.execute(row, {"version": version, "content": content})  # in `values` SQLAlchemy would keep megabytes
    return version


def promote(
    connection: Connection,
    version: int,
    now: datetime,
    *,
    run_id: int | None = None,
    epoch: int | None = None,
    report: Mapping[str, Any] | None = None,
    verdict: Mapping[str, Any] | None = None,
    expected: int | None = None,
) -> None:
    """Make `version` the champion and retire the old one, its predecessor.

    Args:
        connection: a transaction that writes.
        version: the model that is to serve.
        now: the time.
        run_id: a run to finish with it, which needs an `epoch`.
        epoch: under which the run was taken.
        report: the run's.
        verdict: the run's.
        expected: the version that must serve until now; None where that does not matter.

    Raises:
        StaleRunError: the run is not running under that epoch (any more). Nothing is promoted.
        ChampionChangedError: another model than `expected` serves.
        LookupError: there is no model of that version, or its bundle was deleted.
    """
    _finish(connection, run_id, epoch, now, runs.Outcome.PROMOTED, version, report, verdict)
    champion = _crown(connection, version, now, old=Status.RETIRED, reason=None, expected=expected)
    if champion != version:
        connection.execute(update(models).where(models.c.version == version).values(predecessor=champion))


def roll_back(
    connection: Connection,
    version: int,
    now: datetime,
    reason: str | None = None,
    *,
    expected: int | None = None,
    by: int | None = None,
) -> None:
    """Let `version` serve again; the champion it replaces is marked as rolled back, for `reason`.

    What was rolled back is remembered by the fingerprint of its data: see `rolled_back_from`. Admins are to be told,
    but for the one who did it.

    Raises:
        ChampionChangedError: another model than `expected` serves, where that is given.
        LookupError: there is no model of that version, or its bundle was deleted.
    """
    champion = _crown(connection, version, now, old=Status.ROLLED_BACK, reason=reason, expected=expected)
    if champion not in (None, version):
        details = {"version": champion, "serves": version, "reason": reason}
        notices.add(connection, Kind.ROLLED_BACK, f"{champion} {now.isoformat()}", now, details, known_to=by)
    connection.execute(update(models).where(models.c.version == version).values(predecessor=None))


def reject(
    connection: Connection,
    version: int,
    reason: str,
    now: datetime,
    *,
    run_id: int | None = None,
    epoch: int | None = None,
    report: Mapping[str, Any] | None = None,
    verdict: Mapping[str, Any] | None = None,
) -> None:
    """Keep a candidate, with the reason why it does not serve; with `run_id` and `epoch`, finish that run with it.

    A model that is no candidate stays what it is: a retraining may make the very file that serves already.

    Raises:
        StaleRunError: the run is not running under that epoch (any more). Nothing is changed.
    """
    _finish(connection, run_id, epoch, now, runs.Outcome.REJECTED, version, report, verdict)
    connection.execute(
        update(models)
        .where(models.c.version == version, models.c.status == Status.CANDIDATE)
        .values(status=Status.REJECTED, reason=reason)
    )


def _crown(
    connection: Connection, version: int, now: datetime, *, old: Status, reason: str | None, expected: int | None
) -> int | None:
    """Swap champions, and return the one until now. The rows are locked first, so that who comes second sees what the
    first one did."""
    rows = select(models.c.version, models.c.status).order_by(models.c.version).with_for_update(key_share=True)
    statuses: dict[int, str] = {row.version: row.status for row in connection.execute(rows)}
    if version not in statuses:
        raise LookupError(f"there is no model version {version}")
    champion = next((number for number, status in statuses.items() if status == Status.CHAMPION), None)
    if expected is not None and champion != expected:
        raise ChampionChangedError(f"model version {expected} no longer serves")
    if champion == version:
        return champion
    if connection.execute(select(bundles.c.version).where(bundles.c.version == version)).one_or_none() is None:
        raise LookupError(f"the bundle of model version {version} was deleted")
    connection.execute(update(models).where(models.c.status == Status.CHAMPION).values(status=old, reason=reason))
    connection.execute(
        update(models).where(models.c.version == version).values(status=Status.CHAMPION, reason=None, promoted_at=now)
    )
    return champion


def _finish(
    connection: Connection,
    run_id: int | None,
    epoch: int | None,
    now: datetime,
    outcome: runs.Outcome,
    version: int,
    report: Mapping[str, Any] | None,
    verdict: Mapping[str, Any] | None,
) -> None:
    if run_id is None:
        return
    if epoch is None:
        raise TypeError("a run's verdict needs the epoch under which it was taken")
    if not runs.finish(
        connection, run_id, epoch, now, outcome=outcome, candidate_version=version, report=report, verdict=verdict
    ):
        raise StaleRunError(f"run {run_id} is no longer held under epoch {epoch}")


def _model(row: dict[str, Any]) -> ModelRow:
    return ModelRow(**row | {"status": Status(row["status"])})
