"""How much each person writes, so that who floods can be told to wait. All processes count together."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Executable, bindparam, case, delete, or_

from bot.storage.database import INSERT, Upsert
from bot.storage.tables import floods

WINDOW: Final = timedelta(minutes=1)


_OVER: Final = or_(floods.c.since <= bindparam("over"), floods.c.since > bindparam("now"))


def _adding(row: Upsert) -> Executable:
    new = {
        "since": case((_OVER, row.excluded.since), else_=floods.c.since),
        "messages": case((_OVER, 1), else_=floods.c.messages + 1),
    }
    return row.on_conflict_do_update(index_elements=[floods.c.person_id], set_=new).returning(floods.c.messages)


_ADD: Final = {
    dialect: _adding(insert(floods).values(person_id=bindparam("person"), since=bindparam("now"), messages=1))
    for dialect, insert in INSERT.items()
}


def add(connection: Connection, person_id: int, now: datetime) -> int:
    """Count a message, and return which of its minute it is. A minute begins with the first message after the last."""
    row = {"person": person_id, "now": now, "over": now - WINDOW}
    return int(connection.execute(_ADD[connection.dialect.name], row).scalar_one())


def prune(connection: Connection, now: datetime) -> None:
    """Forget minutes that are over."""
    connection.execute(delete(floods).where(floods.c.since <= now - WINDOW))
