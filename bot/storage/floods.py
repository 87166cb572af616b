"""How much each person writes, so that who floods can be told to wait. All processes count together."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Executable, Table, bindparam, case, delete, or_

from bot.storage.database import INSERT, Upsert
from bot.storage.tables import floods

WINDOW: Final = timedelta(minutes=1)


class Kind(StrEnum):
    """What is counted, each apart from the other: the columns."""

    MESSAGES = "messages"
    QUERIES = "queries"


_OVER: Final = or_(floods.c.since <= bindparam("over"), floods.c.since > bindparam("now"))


def _adding(insert: Callable[[Table], Upsert], kind: Kind) -> Executable:
    first = {one: int(one is kind) for one in Kind}
    row = insert(floods).values(person_id=bindparam("person"), since=bindparam("now"), **first)
    new = {"since": case((_OVER, row.excluded.since), else_=floods.c.since)}
    new |= {one: case((_OVER, number), else_=floods.c[one] + number) for one, number in first.items()}
    return row.on_conflict_do_update(index_elements=[floods.c.person_id], set_=new).returning(floods.c[kind])


_ADD: Final = {(dialect, kind): _adding(insert, kind) for dialect, insert in INSERT.items() for kind in Kind}


def add(connection: Connection, person_id: int, kind: Kind, now: datetime) -> int:
    """Count a message, and return which of its kind and minute it is. A minute begins with the first after the last."""
    row = {"person": person_id, "now": now, "over": now - WINDOW}
    return int(connection.execute(_ADD[connection.dialect.name, kind], row).scalar_one())


def prune(connection: Connection, now: datetime) -> None:
    """Forget minutes that are over."""
    connection.execute(delete(floods).where(floods.c.since <= now - WINDOW))
