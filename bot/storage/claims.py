"""Claims on updates, so that of all deliveries of one, to whichever process, one is answered.

A claim is leased by the process that handles the update, becomes `sending` before the first message goes out, and ends
as done, or as unknown where nobody can tell whether the message went out. A lease that ran out is taken by whoever
comes next; a claim that was left while sending is not, and ends as unknown.

Clocks may jump: a lease that ends later than any could is taken for one that ran out.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from bot.storage.database import insert
from bot.storage.tables import claims

KEPT: Final = timedelta(days=3)
"""How long a claim is remembered. Telegram gives an id again after a week without updates at the earliest."""

LONGEST: Final = timedelta(minutes=5)
"""No lease is longer than this."""

_PRUNED_AT_ONCE: Final = 5000


class State(StrEnum):
    """How far an update is."""

    LEASED = "leased"
    SENDING = "sending"
    DONE = "done"
    UNKNOWN = "unknown"


_OPEN: Final = claims.c.state.in_([State.LEASED, State.SENDING])


def take(
    connection: Connection, bot_id: int, update_id: int, owner: str, now: datetime, lease: timedelta
) -> State | None:
    """Claim an update until `now + lease`. None: it is the caller's; else the state that it is in, or ended in."""
    row = insert(connection, claims).values(
        bot_id=bot_id, update_id=update_id, state=State.LEASED, owner=owner, until=now + lease
    )
    free = or_(and_(claims.c.state == State.LEASED, _ran_out(now)), claims.c.until <= now - KEPT)
    taken = connection.execute(
        row.on_conflict_do_update(
            index_elements=[claims.c.bot_id, claims.c.update_id],
            set_={"state": State.LEASED, "owner": owner, "until": row.excluded.until},
            where=free,
        ).returning(claims.c.update_id)
    ).one_or_none()
    if taken is not None:
        return None
    left = update(claims).where(_of(bot_id, update_id), claims.c.state == State.SENDING, _ran_out(now))
    connection.execute(left.values(state=State.UNKNOWN, until=now))
    state = connection.execute(select(claims.c.state).where(_of(bot_id, update_id))).scalar_one_or_none()
    return State.LEASED if state is None else State(state)


def hold(
    connection: Connection,
    bot_id: int,
    update_id: int,
    owner: str,
    state: State,
    now: datetime,
    lease: timedelta,
) -> bool:
    """Bring a claim of the owner's to `state` with a new lease. False: it is the owner's no longer."""
    result = connection.execute(
        update(claims)
        .where(_of(bot_id, update_id), claims.c.owner == owner, _OPEN)
        .values(state=state, until=now + lease)
    )
    return result.rowcount > 0


def end(connection: Connection, bot_id: int, update_id: int, owner: str, state: State, now: datetime) -> None:
    """Let a claim of the owner's end as done or unknown, though it may never have been stored before."""
    row = insert(connection, claims).values(bot_id=bot_id, update_id=update_id, state=state, owner=owner, until=now)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=[claims.c.bot_id, claims.c.update_id],
            set_={"state": state, "until": now},
            where=claims.c.owner == owner,
        )
    )


def release(connection: Connection, bot_id: int, update_id: int, owner: str) -> None:
    """Give a claim of the owner's back, as if it had never been: nothing went out under it."""
    connection.execute(delete(claims).where(_of(bot_id, update_id), claims.c.owner == owner, _OPEN))


def prune(connection: Connection, now: datetime) -> int:
    """Forget claims older than `KEPT`, a bounded number at once, and return how many that were."""
    old = select(claims.c.bot_id, claims.c.update_id).where(claims.c.until <= now - KEPT).limit(_PRUNED_AT_ONCE)
    rows = connection.execute(old).all()
    for row in rows:
        connection.execute(delete(claims).where(_of(row.bot_id, row.update_id), claims.c.until <= now - KEPT))
    return len(rows)


def count(connection: Connection, bot_id: int) -> dict[State, int]:
    """How many claims of a bot are remembered, by state."""
    query = select(claims.c.state, func.count()).where(claims.c.bot_id == bot_id).group_by(claims.c.state)
    return {State(state): number for state, number in connection.execute(query)}


def _of(bot_id: int, update_id: int) -> ColumnElement[bool]:
    return and_(claims.c.bot_id == bot_id, claims.c.update_id == update_id)


def _ran_out(now: datetime) -> ColumnElement[bool]:
    return or_(claims.c.until <= now, claims.c.until > now + LONGEST)
