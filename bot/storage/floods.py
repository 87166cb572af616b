"""How much each person writes, so that who floods can be told to wait. All processes count together."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Executable, Table, bindparam, case, delete, func, or_, select

from bot.storage import notices
from bot.storage.database import INSERT, Upsert, insert
from bot.storage.tables import flooders, floods

WINDOW: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)

OFTEN: Final = 10
MANY: Final = 10
"""Minutes in which one person flooded in a day, and people who did so, from which on admins are told."""


class Kind(StrEnum):
    """What is counted, each apart from the other: the columns."""

    MESSAGES = "messages"
    QUERIES = "queries"


_OVER: Final = or_(floods.c.since <= bindparam("over"), floods.c.since > bindparam("now"))


def _adding(insert_into: Callable[[Table], Upsert], kind: Kind) -> Executable:
    first = {one: int(one is kind) for one in Kind}
    row = insert_into(floods).values(person_id=bindparam("person"), since=bindparam("now"), **first)
    new = {"since": case((_OVER, row.excluded.since), else_=floods.c.since)}
    new |= {one: case((_OVER, number), else_=floods.c[one] + number) for one, number in first.items()}
    return row.on_conflict_do_update(index_elements=[floods.c.person_id], set_=new).returning(floods.c[kind])


_ADD: Final = {(dialect, kind): _adding(insert_into, kind) for dialect, insert_into in INSERT.items() for kind in Kind}


def add(connection: Connection, person_id: int, kind: Kind, now: datetime) -> int:
    """Count a message, and return which of its kind and minute it is. A minute begins with the first after the last."""
    row = {"person": person_id, "now": now, "over": now - WINDOW}
    return int(connection.execute(_ADD[connection.dialect.name, kind], row).scalar_one())


def note(connection: Connection, person_id: int, now: datetime) -> None:
    """Count a minute in which the person wrote too much. Of many such, or of many people's, admins are told, once a
    day."""
    row = insert(connection, flooders).values(person_id=person_id, since=now, floods=1)
    over = flooders.c.since <= now - DAY
    new = {"since": case((over, now), else_=flooders.c.since), "floods": case((over, 1), else_=flooders.c.floods + 1)}
    counted = row.on_conflict_do_update(index_elements=[flooders.c.person_id], set_=new).returning(flooders.c.floods)
    often = connection.execute(counted).scalar_one()
    many = connection.execute(select(func.count()).where(flooders.c.since > now - DAY)).scalar_one()
    if often >= OFTEN or many >= MANY:
        notices.add(connection, notices.Kind.FLOOD, now.date(), now, {"people": many, "floods": often})


def prune(connection: Connection, now: datetime) -> None:
    """Forget minutes and days that are over."""
    connection.execute(delete(floods).where(floods.c.since <= now - WINDOW))
    connection.execute(delete(flooders).where(flooders.c.since <= now - DAY))
