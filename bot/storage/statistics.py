"""Figures over all that is stored."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

from sqlalchemy import Connection, Integer, SmallInteger, and_, cast, func, select, type_coerce

from bot.storage import days
from bot.storage.tables import corrections, people, texts

_QUANTILE: Final = 1.959964
"""Of the normal distribution, for 95 %."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of the standing corrections of readings that said something: how many there are, and how many said the same."""

    judged: int
    agreed: int

    @property
    def share(self) -> float:
        """Between 0 and 1. An `Agreement` is only made where something was judged."""
        return self.agreed / self.judged

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share would be, with 95 % confidence, if more were judged: the score interval of Wilson, "Probable
        Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927."""
        square, judged = _QUANTILE**2, self.judged
        middle = (self.share + square / (2 * judged)) / (1 + square / judged)
        half = sqrt(self.share * (1 - self.share) / judged + square / (4 * judged**2)) / (1 + square / judged)
        return max(0.0, middle - _QUANTILE * half), min(1.0, middle + _QUANTILE * half)


_JUDGED: Final = and_(corrections.c.undone_at.is_(None), corrections.c.said.is_not(None))
"""Corrections that say whether a model was right."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts over the whole database.

    `corrections` stand; `confirmations` are those of them that agree with their reading; `correctors` are distinct
    people. Agreement leaves out readings that were torn or could not read, since they claimed nothing, and those in
    whose place people were told what they had taught. It is by the label that was said (0 to 6) and by model version,
    and lacks those that nobody judged.
    """

    readings: int
    corrections: int
    confirmations: int
    correctors: int
    texts: int
    agreement_by_label: dict[int, Agreement]
    agreement_by_version: dict[int, Agreement]


def overview(connection: Connection) -> Overview:
    """The figures for /stats."""
    standing = select(func.count(), func.count(corrections.c.person_id.distinct())).where(
        corrections.c.undone_at.is_(None)
    )
    count, correctors = connection.execute(standing).one()
    judged = (
        select(
            type_coerce(corrections.c.said, SmallInteger),
            type_coerce(corrections.c.model_version, Integer),
            func.count(),
            func.sum(cast(corrections.c.label == corrections.c.said, Integer)),
        )
        .where(_JUDGED)
        .group_by(corrections.c.said, corrections.c.model_version)
        .order_by(corrections.c.said, corrections.c.model_version)
    )
    by_label: dict[int, Agreement] = {}
    by_version: dict[int, Agreement] = {}
    for said, version, total, agreed in connection.execute(judged):
        by_label[said] = _more(by_label.get(said), total, agreed)
        by_version[version] = _more(by_version.get(version), total, agreed)
    return Overview(
        readings=days.total(connection),
        corrections=count,
        confirmations=sum(agreement.agreed for agreement in by_label.values()),
        correctors=correctors,
        texts=connection.execute(select(func.count()).select_from(texts)).scalar_one(),
        agreement_by_label=by_label,
        agreement_by_version=by_version,
    )


def scores(connection: Connection, version: int, *, a_person: int, most: int, newest: bool) -> list[bool]:
    """Whether people agreed with what a model said, in the order in which they said so first.

    Blocked people do not count.

    Args:
        connection: a transaction.
        version: the model's.
        a_person: how many of a person's judgements count, their first.
        most: how many there are at most.
        newest: whether to leave out the oldest beyond that, rather than the newest.
    """
    blocked = select(people.c.id).where(people.c.blocked_at.is_not(None))
    place = func.row_number().over(partition_by=corrections.c.person_id, order_by=corrections.c.id)
    judged = (
        select(corrections.c.id, (corrections.c.label == corrections.c.said).label("agreed"), place.label("place"))
        .where(_JUDGED, corrections.c.model_version == version, corrections.c.person_id.not_in(blocked))
        .subquery()
    )
    order = judged.c.id.desc() if newest else judged.c.id
    query = select(judged.c.agreed).where(judged.c.place <= a_person).order_by(order).limit(most)
    found = [bool(agreed) for agreed in connection.execute(query).scalars()]
    return found[::-1] if newest else found


def _more(before: Agreement | None, judged: int, agreed: int) -> Agreement:
    return Agreement(judged, agreed) if before is None else Agreement(before.judged + judged, before.agreed + agreed)
