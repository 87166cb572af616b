"""Claims on updates, so that of all deliveries of one, to whichever process, one is answered.

A claim is leased by the process that handles the update, becomes `sending` before the first message goes out, and ends
as done, or as unknown where nobody can tell whether the message went out. A lease that ran out is taken by whoever
comes next; a claim that was left while sending is not, and ends as unknown.

Clocks may jump: a lease that ends later than any could is taken for one that ran out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Executable, and_, bindparam, delete, func, or_, select, tuple_, update

from bot.storage.database import INSERT, Upsert
from bot.storage.tables import claims, people

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


@dataclass(frozen=True, slots=True)
class Taken:
    """An update is the caller's; the person who sent it chose that language, or none."""

    language: str | None


_THIS: Final = and_(claims.c.bot_id == bindparam("bot"), claims.c.update_id == bindparam("update"))
_MINE: Final = and_(_THIS, claims.c.owner == bindparam("by"))
_OPEN: Final = claims.c.state.in_([State.LEASED, State.SENDING])
_RAN_OUT: Final = or_(claims.c.until <= bindparam("now"), claims.c.until > bindparam("latest"))
_OLD: Final = claims.c.until <= bindparam("old")
_KEY: Final = [claims.c.bot_id, claims.c.update_id]
_LANGUAGE: Final = select(people.c.language).where(people.c.id == bindparam("person"))
"""Whoever takes an update is about to answer its person, so the language that they chose comes along."""


def _insert(dialect: str) -> Upsert:
    return INSERT[dialect](claims).values(
        bot_id=bindparam("bot"),
        update_id=bindparam("update"),
        state=bindparam("to"),
        owner=bindparam("by"),
        until=bindparam("until"),
    )


def _taking(row: Upsert) -> Executable:
    new = {"state": row.excluded.state, "owner": row.excluded.owner, "until": row.excluded.until}
    free = or_(and_(claims.c.state == State.LEASED, _RAN_OUT), _OLD)
    taking = row.on_conflict_do_update(index_elements=_KEY, set_=new, where=free)
    return taking.returning(claims.c.update_id, _LANGUAGE.scalar_subquery().label("language"))


def _ending(row: Upsert) -> Executable:
    new = {"state": row.excluded.state, "until": row.excluded.until}
    return row.on_conflict_do_update(index_elements=_KEY, set_=new, where=claims.c.owner == row.excluded.owner)


_TAKE: Final = {dialect: _taking(_insert(dialect)) for dialect in INSERT}
_END: Final = {dialect: _ending(_insert(dialect)) for dialect in INSERT}
_LEAVE: Final = (
    update(claims)
    .where(_THIS, claims.c.state == State.SENDING, _RAN_OUT)
    .values(state=State.UNKNOWN, until=bindparam("now"))
)
_STATE: Final = select(claims.c.state).where(_THIS)
_HOLD: Final = update(claims).where(_MINE, _OPEN).values(state=bindparam("to"), until=bindparam("new_until"))
_RELEASE: Final = delete(claims).where(_MINE, _OPEN)
_PRUNE: Final = delete(claims).where(tuple_(*_KEY).in_(select(*_KEY).where(_OLD).limit(_PRUNED_AT_ONCE)), _OLD)


def take(
    connection: Connection,
    bot_id: int,
    update_id: int,
    owner: str,
    now: datetime,
    lease: timedelta,
    person_id: int | None = None,
) -> Taken | State:
    """Claim an update, which that person sent, until `now + lease`; if it is not the caller's, the state that it is in,
    or ended in."""
    this = {"bot": bot_id, "update": update_id}
    times = {"now": now, "latest": now + LONGEST}
    row = this | {"by": owner, "to": State.LEASED, "until": now + lease, "old": now - KEPT, "person": person_id}
    taken = connection.execute(_TAKE[connection.dialect.name], row | times).one_or_none()
    if taken is not None:
        return Taken(taken.language)
    connection.execute(_LEAVE, this | times)
    state = connection.execute(_STATE, this).scalar_one_or_none()
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
    row = {"bot": bot_id, "update": update_id, "by": owner, "to": state, "new_until": now + lease}
    return connection.execute(_HOLD, row).rowcount > 0


def end(connection: Connection, bot_id: int, update_id: int, owner: str, state: State, now: datetime) -> None:
    """Let a claim of the owner's end as done or unknown, though it may never have been stored before."""
    row = {"bot": bot_id, "update": update_id, "by": owner, "to": state, "until": now}
    connection.execute(_END[connection.dialect.name], row)


def release(connection: Connection, bot_id: int, update_id: int, owner: str) -> None:
    """Give a claim of the owner's back, as if it had never been: nothing went out under it."""
    connection.execute(_RELEASE, {"bot": bot_id, "update": update_id, "by": owner})


def prune(connection: Connection, now: datetime) -> int:
    """Forget claims older than `KEPT`, a bounded number at once, and return how many that were."""
    return connection.execute(_PRUNE, {"old": now - KEPT}).rowcount


def count(connection: Connection, bot_id: int) -> dict[State, int]:
    """How many claims of a bot are remembered, by state."""
    query = select(claims.c.state, func.count()).where(claims.c.bot_id == bot_id).group_by(claims.c.state)
    return {State(state): number for state, number in connection.execute(query)}
