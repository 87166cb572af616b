"""From corrections to training samples: what each is worth.

A pure function of the corrections that may teach now: the same table gives the same samples, in whatever order its rows
come.

**Votes.** One person's say on one text counts once, however often they said it: of the labels they gave it the last
one, as a `CORRECTION` where it ever was one, else as a `CONFIRMATION`. A vote v is worth

    v = (CORRECTION or CONFIRMATION) * trust of the person * min(1, cap / what the person's votes are worth together)

**Samples.** Votes on equal normalised texts make one sample. With S the sum of its votes and d its share by label,

    weight of a label = grow(S) * sum(d ** 2) * d[label]        grow(S) = S up to 1, then 1 + ln S

so a second person who agrees adds less than the first, and where people disagree all that they say weighs less:
sum(d ** 2), Simpson's index of concentration (Nature 163, 1949), is the chance that two votes drawn with replacement
agree. No sample weighs more than its votes are worth, so no person's weight can exceed what theirs are worth.

**Trust** is how much more often than by chance a person's labels agree with those of others on the same texts. What is
compared are agreement on one text and on different texts, since whoever answers at random or always the same agrees as
often on either (Dasgupta and Ghosh, "Crowdsourced judgement elicitation with endogenous proficiency", WWW 2013;
Shnayder et al., "Informed truthfulness in multi-task peer prediction", EC 2016; for two people it is Cohen's kappa):

    E = sum over others j, and texts shared with them, of  vote of j * ((1 if j said the same, else 0) - habit of j)
    N = the same, had all of them agreed
    trust = 0 where rho = (E + PRIOR) / (U + PRIOR) is 1/4 or less, 1 where it is 3/4 or more, and linear between

where the habit is the share of the label among all that j said, U = N * usual, and usual the mean of E / N over people:
a person is compared with what is common here, and has the benefit of the doubt, worth `PRIOR` agreements. Votes of
jurors are weighed by trust, so it is worked out in `ROUNDS` rounds that begin with trust in all, as Dawid and Skene's
EM does (Applied Statistics 28, 1979).

Two more jurors speak. The labels of the project's corpus, where somebody sent one of its texts. And the model, for
corrections, with the probabilities q of the labels that its reading did not give, as it had them before anybody
corrected it: out of sample, as plausibility has to be (Northcutt et al., "Confident learning", JAIR 70, 2021). With q'
the mean of q over all corrections,

    E = sum of q[label] - q'[label]        N = sum over corrections and labels of q * (q - q'), its mean were q right

N is near 0 where the model has no idea, so who writes what it cannot read is not blamed. A correction is never judged
by itself this way: one that surprises the model is what it has to learn from.

Simulated with 30,000 rows of GoEmotions and a model of the data set alone, which reads 0.42 of them right: 40 people
send 400 of them each, and correct half of what is read wrong. Where 2 or 12 of them send 20 times as much and call all
of it anger, or the label after the right one, their trust is 0.00 and that of the others 0.99 on average and 0.65 at
least, even where no two people correct the same text. Trolls who share no text, and send no more than others, come to
0.58 in the first round and 0.29 in the third.

**Caps**, for more than `few` people (alone, or among a few, everybody counts in full): a person's votes are worth
`Limits.votes` at most, or `Limits.times` the median of all people's, and all samples together `Limits.total`.

**Waiting.** What a person of less trust than `DISTRUST` says teaches nothing until an admin keeps it. A text without a
label of more than `CONFLICT` of its votes teaches as the distribution that it is, while an admin is asked. What an
admin kept is trusted in full; what they dropped, and what blocked people said, is not in the table to begin with.

Who people are goes no further than this room, so what needs it is worked out here: `common_words`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.emotions import LABELS
from ml.text import normalise, tokenise

CORRECTION: Final = 1.0
CONFIRMATION: Final = 0.5
"""A confirmation tells less: the model reads the text that way already."""

PRIOR: Final = 5.0
"""Agreements that everybody is trusted to have beforehand."""

ROUNDS: Final = 10

FAINT: Final = 0.15
"""A juror with whom people usually agree less than this, of 1, says nothing about them."""

DISTRUST: Final = 0.25
CONFLICT: Final = 2 / 3

ENOUGH_PEOPLE: Final = 3
"""So many must have used a word before a vocabulary takes it in: a name that one person typed stays out of the file."""

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much people count.

    Attributes:
        few: up to so many people, everybody counts in full.
        votes: what anybody's votes may be worth together, in corrections …
        times: … or so many times the median of all people's, whichever is more.
        total: what all samples may weigh together, in corrections. The child shows each of them 4 to 16 times with the
            weight of 3 rows (`ml.candidate`), so this bounds corrections to about the base of some 150,000 rows.
    """

    few: int = 3
    votes: float = 50.0
    times: float = 2.0
    total: float = 20_000.0


@dataclass(frozen=True, slots=True)
class Said:
    """One standing correction, its text readable.

    Attributes:
        correction_id: of its row.
        text: what the author wrote.
        label: what the person says it should be read as: an emotion's id or 6, no emotion.
        person_id: who says so.
        author_id: who wrote the text.
        at: when it was said.
        said: the label that the bot had committed itself to, if any.
        probabilities: what the model thought of the seven labels, before it was corrected; None of what it cannot read.
        kept: whether an admin looked at it and kept it.
    """

    correction_id: int
    text: str
    label: int
    person_id: int
    author_id: int
    at: datetime
    said: int | None = None
    probabilities: tuple[float, ...] | None = None
    kept: bool = False

    @property
    def confirmation(self) -> bool:
        """Whether the bot had said the same."""
        return self.label == self.said


@dataclass(frozen=True, slots=True)
class Sample:
    """What the trainer is handed: a text, a label, and what the people who agree on it weigh together."""

    text: str
    label: int
    weight: float


class Reason(StrEnum):
    """Why a correction waits for an admin."""

    CONFLICT = "conflict"
    LOW_TRUST = "low trust"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A correction that an admin should look at."""

    correction_id: int
    label: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands: their trust between 0 and 1, the number of their votes, and what those are worth."""

    trust: float
    votes: int
    worth: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """What corrections come to: samples, in the order in which their texts were first corrected, those of one text
    together; what waits for an admin, oldest first; and how each person stands."""

    samples: list[Sample]
    waiting: list[Waiting]
    people: dict[int, Standing]


@dataclass(frozen=True, slots=True)
class _Vote:
    """What one person says of one text. `base` is the reading that it is judged by: the first that they corrected."""

    last: Said
    base: Said
    worth: float
    kept: bool


@dataclass(frozen=True, slots=True)
class _Table:
    """The votes as columns, all of one length: places of person and text, label, worth, and whether it was kept."""

    person: Ints
    text: Ints
    label: Ints
    worth: Floats
    kept: NDArray[np.bool_]

    def by_person(self, values: Floats) -> Floats:
        return np.bincount(self.person, values).astype(np.float64)

    def by_text_and_label(self, values: Floats) -> Floats:
        texts = int(self.text.max()) + 1
        sums = np.bincount(self.text * len(LABELS) + self.label, values, texts * len(LABELS))
        return sums.reshape(texts, -1).astype(np.float64)


def weigh(said: Iterable[Said], known: Mapping[str, int] | None = None, limits: Limits | None = None) -> Weighed:
    """What the corrections come to.

    Args:
        said: the corrections that may teach.
        known: labels of normalised texts that are beyond doubt.
        limits: how much people count.
    """
    limits = limits or Limits()
    spellings, votes = _votes(said)
    if not votes:
        return Weighed([], [], {})
    places = {text: place for place, text in enumerate(spellings)}
    people = sorted({person for _, person in votes})
    table = _Table(
        person=np.searchsorted(people, [person for _, person in votes]),
        text=np.array([places[text] for text, _ in votes], np.intp),
        label=np.array([vote.last.label for vote in votes.values()], np.intp),
        worth=np.array([vote.worth for vote in votes.values()]),
        kept=np.array([vote.kept for vote in votes.values()], bool),
    )
    trust = np.ones(len(people))
    if len(people) > limits.few:
        trust = _trust(table, [vote.base for vote in votes.values()], _known(known or {}, spellings), limits)
    distrusted = (trust < DISTRUST)[table.person] & ~table.kept
    worth = np.where(distrusted, 0.0, np.where(table.kept, 1.0, trust[table.person]) * table.worth)
    if len(people) > limits.few:
        worth = worth * _share(table, worth, limits)[table.person]
    weights, disputed = _weights(table.by_text_and_label(worth))
    if len(people) > limits.few:
        weights *= min(1.0, limits.total / max(weights.sum(), limits.total))
    reasons = np.where(distrusted, Reason.LOW_TRUST, np.where(disputed[table.text] & ~table.kept, Reason.CONFLICT, ""))
    waiting = [
        Waiting(vote.last.correction_id, vote.last.label, Reason(reason))
        for vote, reason in zip(votes.values(), reasons.tolist(), strict=True)
        if reason
    ]
    counts, worths = np.bincount(table.person), table.by_person(worth)
    return Weighed(
        samples=[
            Sample(text, label, float(weights[place, label]))
            for place, text in enumerate(spellings.values())
            for label in np.flatnonzero(weights[place] > 0).tolist()
        ],
        waiting=sorted(waiting, key=lambda one: one.correction_id),
        people={
            person: Standing(float(trust[place]), int(counts[place]), float(worths[place]))
            for place, person in enumerate(people)
        },
    )


def common_words(said: Iterable[Said]) -> list[str]:
    """The words, as `ml.text` tells them apart, that `ENOUGH_PEOPLE` or more wrote in whatever texts; in order."""
    authors: defaultdict[str, set[int]] = defaultdict(set)
    for one in said:
        for word in tokenise(one.text):
            authors[word].add(one.author_id)
    return sorted(word for word, people in authors.items() if len(people) >= ENOUGH_PEOPLE)


def _votes(said: Iterable[Said]) -> tuple[dict[str, str], dict[tuple[str, int], _Vote]]:
    """The first spelling of each normalised text, in the order they were said first, and the votes, by normalised text
    and person, in an order of their own. Texts of which nothing is left are left out."""
    spellings: dict[str, str] = {}
    votes: dict[tuple[str, int], _Vote] = {}
    for one in sorted(said, key=lambda one: (one.at, one.correction_id)):
        key = normalise(one.text)
        if not key:
            continue
        spellings.setdefault(key, one.text)
        worth = CONFIRMATION if one.confirmation else CORRECTION
        before = votes.get((key, one.person_id))
        if before is None or before.last.label != one.label:
            vote = _Vote(one, one, worth, one.kept)
        elif before.base.confirmation:
            vote = _Vote(one, one, worth, before.kept or one.kept)
        else:
            vote = replace(before, last=one, kept=before.kept or one.kept)
        votes[key, one.person_id] = vote
    return spellings, dict(sorted(votes.items()))


def _known(known: Mapping[str, int], texts: Iterable[str]) -> tuple[Ints, Floats]:
    """Labels that are beyond doubt, by text, -1 where there is none; and the share of each label among all of those."""
    labels = np.array([known.get(text, -1) for text in texts], np.intp)
    counts = np.bincount(np.fromiter(known.values(), np.intp, len(known)), minlength=len(LABELS))
    return labels, counts / max(len(known), 1)


def _trust(table: _Table, base: Sequence[Said], known: tuple[Ints, Floats], limits: Limits) -> Floats:
    """The trust in each person, between 0 and 1, as the module says. `base` is what each vote is judged by.

    As a juror, nobody speaks louder than they would with votes worth `limits.votes`, or the median of all people's.
    """
    size = table.by_person(table.worth)
    voice = np.minimum(1.0, max(limits.votes, float(np.median(size))) / size)
    plausible = _Plausible.of(table, base)
    trust = np.ones(len(size))
    for _ in range(ROUNDS):
        say = (trust * voice)[table.person] * table.worth
        agreed, expected = np.full(len(size), PRIOR), np.full(len(size), PRIOR)
        for more, most in (_with_people(table, say, known), plausible.agreement(table, say)):
            usual = _usual(more, most, trust)
            if usual >= FAINT:
                agreed += more
                expected += most * usual
        trust = np.clip(2 * agreed / expected - 0.5, 0.0, 1.0)
    return trust


def _usual(agreed: Floats, most: Floats, trust: Floats) -> float:
    """The mean share of agreement over people, each counting by their trust and by how much of them was compared."""
    there = most > 1e-9
    counts = np.where(there, trust * most / (most + PRIOR), 0.0)
    shares = np.divide(agreed, most, out=np.zeros_like(agreed), where=there)
    return float((counts * shares).sum() / max(counts.sum(), 1e-9))


def _with_people(table: _Table, say: Floats, known: tuple[Ints, Floats]) -> tuple[Floats, Floats]:
    """By person: how much more than by chance they agree with others, and with what is known; and that at its most."""
    labels = len(LABELS)
    pooled = np.bincount(table.label, say, labels) / max(say.sum(), 1e-9)
    counts = np.bincount(table.person * labels + table.label, minlength=labels * (int(table.person.max()) + 1))
    # One vote as everybody's on average is added, so that who gave few has no sure habit.
    habits: Floats = counts.reshape(-1, labels) + pooled
    habits = habits / habits.sum(axis=1, keepdims=True)
    votes = table.by_text_and_label(say)
    texts = len(votes)
    chances: Floats = np.stack(
        [np.bincount(table.text, say * habits[table.person, label], texts) for label in range(labels)], axis=1
    )
    own = say * habits[table.person, table.label]
    known_labels, known_habit = known
    sure = np.flatnonzero(known_labels >= 0)
    votes[sure, known_labels[sure]] += 1.0
    chances[sure] += known_habit
    chance = chances[table.text, table.label] - own
    agreed = votes[table.text, table.label] - say - chance
    most = votes.sum(axis=1)[table.text] - say - chance
    return table.by_person(agreed), table.by_person(most)


@dataclass(frozen=True, slots=True)
class _Plausible:
    """What the model thought of the labels that it did not give: (votes, 7), each row summing to 1, where it `counts`:
    for corrections of what it could read."""

    probabilities: Floats
    possible: NDArray[np.bool_]
    counts: NDArray[np.bool_]

    @classmethod
    def of(cls, table: _Table, base: Sequence[Said]) -> "_Plausible":
        there = np.array([one.probabilities is not None and not one.confirmation for one in base], bool)
        nothing = (0.0,) * len(LABELS)
        probabilities = np.array([one.probabilities or nothing for one in base])
        said = np.array([-1 if one.said is None else one.said for one in base], np.intp)
        possible = np.arange(len(LABELS)) != said[:, None]
        rest = np.where(possible, probabilities, 0.0)
        left = rest.sum(axis=1, keepdims=True)
        return cls(rest / np.maximum(left, 1e-9), possible, there & (left[:, 0] > 1e-9))

    def agreement(self, table: _Table, say: Floats) -> tuple[Floats, Floats]:
        """By person: how much more plausible their labels are than on other texts; and that were the model right."""
        counted = (say * self.counts)[:, None] * self.possible
        usual = (counted * self.probabilities).sum(axis=0) / np.maximum(counted.sum(axis=0), 1e-9)
        above = np.where(self.possible, self.probabilities - usual, 0.0)
        rows = np.arange(len(say))
        agreed = np.where(self.counts, above[rows, table.label], 0.0)
        most = np.where(self.counts, np.maximum((self.probabilities * above).sum(axis=1), 0.0), 0.0)
        return table.by_person(agreed), table.by_person(most)


def _share(table: _Table, worth: Floats, limits: Limits) -> Floats:
    """By person, the factor that brings what their votes are worth under the cap."""
    cap = max(limits.votes, limits.times * float(np.median(table.by_person(table.worth))))
    return cap / np.maximum(table.by_person(worth), cap)


def _weights(votes: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """From votes by text and label, (n, 7), the weights of the samples, and which texts, (n,), are in conflict."""
    total = votes.sum(axis=1, keepdims=True)
    shares = votes / np.maximum(total, 1e-9)
    weights = _grow(total) * (shares**2).sum(axis=1, keepdims=True) * shares
    best = shares.max(axis=1)
    return weights, (best > 0) & (best <= CONFLICT + 1e-9)


def _grow(votes: Floats) -> Floats:
    """The votes themselves up to 1, from there on with their logarithm: concave, smooth, and never more than they."""
    return np.where(votes <= 1.0, votes, 1.0 + np.log(np.maximum(votes, 1.0)))
