"""What a person decided: consent, and to be forgotten."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, func, or_, select, update

from bot.storage import days, forgetting
from bot.storage.database import insert
from bot.storage.tables import (
    bundles,
    correction_log,
    corrections,
    flooders,
    floods,
    models,
    people,
    readings,
    reviews,
    runs,
    schedule,
    texts,
    told,
)


def consent(connection: Connection, person_id: int) -> bool | None:
    """Whether the person's corrected texts may be kept and learned from; None when they have not answered."""
    return connection.execute(select(people.c.consent).where(people.c.id == person_id)).scalar_one_or_none()


def set_consent(connection: Connection, person_id: int, given: bool, now: datetime) -> None:
    """Note the person's answer. A no deletes, in the same transaction, every text of theirs that was kept.

    Where that leaves something taught that is to be unlearned, a forgetting is noted.
    """
    taught = not given and _taught(connection, person_id)
    row = insert(connection, people).values(id=person_id, consent=given, consent_at=now, created_at=now)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=[people.c.id], set_={"consent": row.excluded.consent, "consent_at": row.excluded.consent_at}
        )
    )
    if not given:
        connection.execute(delete(texts).where(texts.c.author_id == person_id))
    if taught:
        forgetting.note(connection, now)


def ask(connection: Connection, person_id: int, now: datetime) -> bool:
    """Note that the person is asked for consent now; False when they were asked before, or have answered."""
    row = insert(connection, people).values(id=person_id, consent_at=now, created_at=now)
    asked = connection.execute(
        row.on_conflict_do_update(
            index_elements=[people.c.id],
            set_={"consent_at": row.excluded.consent_at},
            where=people.c.consent_at.is_(None),
        ).returning(people.c.id)
    )
    return asked.one_or_none() is not None


def hint(connection: Connection, person_id: int, now: datetime, every: timedelta) -> bool:
    """Note that the person is told now that only words are read; False when they were told less than `every` ago."""
    row = insert(connection, people).values(id=person_id, hinted_at=now, created_at=now)
    told = connection.execute(
        row.on_conflict_do_update(
            index_elements=[people.c.id],
            set_={"hinted_at": row.excluded.hinted_at},
            where=or_(people.c.hinted_at.is_(None), people.c.hinted_at <= now - every),
        ).returning(people.c.id)
    )
    return told.one_or_none() is not None


def languages(connection: Connection, person_ids: Collection[int]) -> dict[int, str | None]:
    """The language of each of these people; None for those who chose none."""
    rows = connection.execute(select(people.c.id, people.c.language).where(people.c.id.in_(person_ids)))
    return dict.fromkeys(person_ids) | {row.id: row.language for row in rows}


def language_to_tell_in(connection: Connection, person_id: int) -> str | None:
    """The language for what an admin did not ask for: the one they chose, or else that of their Telegram."""
    query = select(func.coalesce(people.c.language, people.c.telegram_language)).where(people.c.id == person_id)
    return connection.execute(query).scalar_one_or_none()


def note_language(connection: Connection, person_id: int, language: str | None, now: datetime) -> None:
    """Note the language of an admin's Telegram, which tells it with updates only."""
    row = insert(connection, people).values(id=person_id, telegram_language=language, created_at=now)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=[people.c.id], set_={"telegram_language": row.excluded.telegram_language}
        )
    )


def set_language(connection: Connection, person_id: int, language: str, now: datetime) -> None:
    """Note the language the person chose to be answered in."""
    row = insert(connection, people).values(id=person_id, language=language, created_at=now)
    connection.execute(
        row.on_conflict_do_update(index_elements=[people.c.id], set_={"language": row.excluded.language})
    )


def forget(connection: Connection, person_id: int, now: datetime) -> int:
    """Delete all that is known of a person, and return how many readings and corrections of theirs that were.

    Gone are their readings with every correction and text on them, whoever corrected; their corrections of others'
    readings, and what the log tells of theirs; their consent and language, and that they were blocked; how much they
    wrote of late; and who it was, from the runs, pauses and reviews that they had a part in. Where that leaves
    something taught that is to be unlearned, a forgetting is noted.
    """
    taught = _taught(connection, person_id)
    corrected = select(func.count()).where(corrections.c.person_id == person_id)
    count = connection.execute(corrected).scalar_one()
    days.forget(connection, person_id)
    connection.execute(delete(people).where(people.c.id == person_id))
    for column in (floods.c.person_id, flooders.c.person_id, told.c.admin_id):
        connection.execute(delete(column.table).where(column == person_id))
    count += connection.execute(delete(readings).where(readings.c.author_id == person_id)).rowcount
    connection.execute(delete(corrections).where(corrections.c.person_id == person_id))
    connection.execute(delete(correction_log).where(correction_log.c.person_id == person_id))
    connection.execute(
        update(runs).where(runs.c.requested_by == person_id).values(requested_by=None, chat_id=None, message_id=None)
    )
    for who in (runs.c.cancel_requested_by, reviews.c.decided_by, schedule.c.paused_by):
        connection.execute(update(who.table).where(who == person_id).values({who: None}))
    if taught:
        forgetting.note(connection, now)
    return count


def _taught(connection: Connection, person_id: int) -> bool:
    """Whether something of theirs may have taught: a correction of a text, with their consent, where the text or the
    correction is theirs; and a model made since then can serve, or one is being made."""
    if not consent(connection, person_id):
        return False
    made = exists().where(
        models.c.version == bundles.c.version,
        models.c.forgettings.is_not(None),
        models.c.created_at >= corrections.c.created_at,
    )
    said = exists().where(corrections.c.reading_id == texts.c.reading_id, or_(made, exists().where(runs.c.active)))
    theirs = or_(*(said.where(whose == person_id) for whose in (texts.c.author_id, corrections.c.person_id)))
    return connection.execute(select(theirs)).scalar_one()
