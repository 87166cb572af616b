"""How much each person writes, so that who floods can be told to wait. All processes count together."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, case, delete, or_

from bot.storage.database import insert
from bot.storage.tables import floods

WINDOW: Final = timedelta(minutes=1)


def add(connection: Connection, person_id: int, now: datetime) -> int:
    """Count a message, and return which of its minute it is. A minute begins with the first message after the last."""
    row = insert(connection, floods).values(person_id=person_id, since=now, messages=1)
    over = or_(floods.c.since <= now - WINDOW, floods.c.since > now)
    return connection.execute(
        row.on_conflict_do_update(
            index_elements=[floods.c.person_id],
            set_={
                "since": case((over, row.excluded.since), else_=floods.c.since),
                "messages": case((over, 1), else_=floods.c.messages + 1),
            },
        ).returning(floods.c.messages)
    ).scalar_one()


def prune(connection: Connection, now: datetime) -> None:
    """Forget minutes that are over."""
    connection.execute(delete(floods).where(floods.c.since <= now - WINDOW))
