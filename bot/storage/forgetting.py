"""What people wanted unlearned: that it happened and when, never who or what.

Every retraining begins without what was deleted before its corrections were read, so the model it makes is free of as
many forgettings as there had been then. A model that never saw anybody's corrections is free of all.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy import insert as plain_insert

from bot.storage import models
from bot.storage.runs import Outcome
from bot.storage.tables import forgettings, runs


@dataclass(frozen=True, slots=True)
class Pending:
    """How many forgettings the model that serves is not free of, and since when the first of them waits."""

    count: int
    since: datetime


def note(connection: Connection, now: datetime) -> None:
    """Note that something which may have taught a model that can serve was deleted because a person wanted it."""
    connection.execute(plain_insert(forgettings), {"created_at": now})


def total(connection: Connection) -> int:
    """How many there were. To be asked before corrections are read for training: what is noted in between counts as
    not unlearned, which errs on the safe side."""
    return connection.execute(select(func.count()).select_from(forgettings)).scalar_one()


def pending(connection: Connection) -> Pending | None:
    """What the model that serves is not free of; None when it is free of all."""
    champion = models.champion(connection)
    if champion is None or champion.forgettings is None:
        return None
    waiting = select(forgettings.c.created_at).order_by(forgettings.c.id).offset(champion.forgettings)
    moments = connection.execute(waiting).scalars().all()
    return Pending(len(moments), moments[0]) if moments else None


def is_due(connection: Connection) -> bool:
    """Whether something is pending that no run which came to a verdict has tried to unlearn yet."""
    verdicts = runs.c.outcome.in_([Outcome.PROMOTED, Outcome.REJECTED])
    tried = connection.execute(select(func.max(runs.c.forgettings)).where(verdicts)).scalar_one() or 0
    return pending(connection) is not None and tried < total(connection)


def unlearned(connection: Connection, version: int) -> int:
    """How many forgettings that model is free of, and the one that it was promoted over was not."""
    model = models.get(connection, version)
    if model is None or model.forgettings is None or model.predecessor is None:
        return 0
    before = models.get(connection, model.predecessor)
    return 0 if before is None or before.forgettings is None else max(0, model.forgettings - before.forgettings)
