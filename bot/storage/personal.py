"""All that is stored of one person: how they felt day by day, their figures, and every row, for themselves alone."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Integer, Table, and_, cast, func, or_, select

from bot.storage import corrections as lessons
from bot.storage.corrections import Lessons
from bot.storage.readings import SAID
from bot.storage.tables import (
    correction_log,
    corrections,
    flooders,
    floods,
    people,
    readings,
    reviews,
    runs,
    schedule,
    texts,
    told,
)

Rows = list[dict[str, Any]]

_OWN: Final = and_(
    corrections.c.reading_id == readings.c.id,
    corrections.c.person_id == readings.c.author_id,
    corrections.c.undone_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """One person's figures.

    Attributes:
        readings: of their messages.
        since: when the first of them was read; None where there are none.
        judged: standing corrections and confirmations of theirs of readings that claimed something.
        agreed: those that are confirmations.
        kept: texts of theirs that are kept.
        lessons: what became of those.
    """

    readings: int
    since: datetime | None
    judged: int
    agreed: int
    kept: int
    lessons: Lessons


@dataclass(frozen=True, slots=True)
class Everything:
    """Every stored row that is of a person or says who they are, by what it tells, as it is stored.

    Attributes:
        person: their own row, if there is one.
        readings: with the kept text's `cipher`, and whether that is `held_out`, beside each.
        corrections: theirs, each with why it was looked at (`reason`) and what was decided (`decision`), if it was.
        votes: what others said of their messages, and when; not who.
        changes: what the log tells of their corrections.
        runs: retrainings that they asked for or stopped, without which other admin had a part in it.
        decisions: of theirs, about corrections.
        pauses: of the schedule, by them.
        minute: how much they wrote of late.
        day: in how many minutes of late that was too much.
        notices: which notices to admins they were told.
    """

    person: Rows
    readings: Rows
    corrections: Rows
    votes: Rows
    changes: Rows
    runs: Rows
    decisions: Rows
    pauses: Rows
    minute: Rows
    day: Rows
    notices: Rows


def mood(connection: Connection, person_id: int, since: datetime) -> Counter[tuple[date, int]]:
    """How many of the person's messages since a moment there are of each label on each day, in UTC.

    What they said themselves comes before what they were told. Messages of which neither is anything don't count.
    """
    label = func.coalesce(corrections.c.label, readings.c.taught, SAID)
    query = (
        select(readings.c.created_at, cast(label, Integer))
        .outerjoin(corrections, _OWN)
        .where(
            readings.c.author_id == person_id,
            readings.c.created_at >= since,
            readings.c.withdrawn_at.is_(None),
            label.is_not(None),
        )
    )
    return Counter((at.date(), felt) for at, felt in connection.execute(query))


def figures(connection: Connection, person_id: int) -> Figures:
    """The person's figures."""
    count, since = connection.execute(
        select(func.count(), func.min(readings.c.created_at)).where(readings.c.author_id == person_id)
    ).one()
    heard = func.coalesce(readings.c.taught, SAID)
    agreed = func.coalesce(func.sum(cast(corrections.c.label == heard, Integer)), 0)
    judged, confirmed = connection.execute(
        select(func.count(), agreed)
        .select_from(corrections.join(readings, readings.c.id == corrections.c.reading_id))
        .where(corrections.c.person_id == person_id, corrections.c.undone_at.is_(None), heard.is_not(None))
    ).one()
    kept = connection.execute(select(func.count()).where(texts.c.author_id == person_id)).scalar_one()
    return Figures(count, since, judged, confirmed, kept, lessons.lessons(connection, person_id))


def everything(connection: Connection, person_id: int) -> Everything:
    """Every row that is of the person."""
    own = select(readings, texts.c.cipher, texts.c.held_out).outerjoin(texts, texts.c.reading_id == readings.c.id)
    said = select(corrections, reviews.c.reason, reviews.c.decision, reviews.c.decided_at).outerjoin(
        reviews, reviews.c.correction_id == corrections.c.id
    )
    votes = (
        select(corrections.c.reading_id, corrections.c.label, corrections.c.changed_at, corrections.c.undone_at)
        .join(readings, readings.c.id == corrections.c.reading_id)
        .where(readings.c.author_id == person_id, corrections.c.person_id != person_id)
    )

    def of(table: Table, *columns: ColumnElement[int] | ColumnElement[int | None]) -> Rows:
        return rows(select(table).where(or_(*(column == person_id for column in columns))))

    def rows(query: Any) -> Rows:
        return [dict(row) for row in connection.execute(query).mappings()]

    return Everything(
        person=of(people, people.c.id),
        readings=rows(own.where(readings.c.author_id == person_id).order_by(readings.c.id)),
        corrections=rows(said.where(corrections.c.person_id == person_id).order_by(corrections.c.id)),
        votes=rows(votes.order_by(corrections.c.id)),
        changes=of(correction_log, correction_log.c.person_id),
        runs=[_own(run, person_id) for run in of(runs, runs.c.requested_by, runs.c.cancel_requested_by)],
        decisions=of(reviews, reviews.c.decided_by),
        pauses=of(schedule, schedule.c.paused_by),
        minute=of(floods, floods.c.person_id),
        day=of(flooders, flooders.c.person_id),
        notices=of(told, told.c.admin_id),
    )


def _own(run: dict[str, Any], person_id: int) -> dict[str, Any]:
    """A run without another admin's id, and without the chat and message in which one of them was told of it."""
    others = [name for name in ("requested_by", "cancel_requested_by") if run[name] != person_id]
    if "requested_by" in others:
        others += ["chat_id", "message_id"]
    return run | dict.fromkeys(others)
