"""From corrections to training samples: what each is worth.

A pure function of the corrections that may teach now. One person's say on one text counts once, however often they
said it: of the labels they gave it the last one, as a correction where it ever was one, else as a confirmation. A
sample, one text with one label, weighs the sum of what its people weigh: `CORRECTION` or `CONFIRMATION` each. Where
people disagree, one text gives several samples, whose weights are the text's distribution of labels.

Who people are goes no further than this room, so what needs it is worked out here: `common_words`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ml.text import normalise, tokenise

CORRECTION: Final = 1.0
CONFIRMATION: Final = 0.5
"""A confirmation tells less: the model reads the text that way already."""

ENOUGH_PEOPLE: Final = 3
"""So many must have used a word before a vocabulary takes it in: a name that one person typed stays out of the file."""


@dataclass(frozen=True, slots=True)
class Said:
    """One standing correction, its text readable: `label` is an emotion's id or 6, no emotion, said by this person of
    what the author wrote."""

    text: str
    label: int
    person_id: int
    author_id: int
    confirmation: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """What the trainer is handed: a text, a label, and what the people who agree on it weigh together."""

    text: str
    label: int
    weight: float


def weigh(said: Iterable[Said]) -> list[Sample]:
    """The samples in what was said, oldest first; those of one text follow each other, in the spelling said first."""
    spellings: dict[str, str] = {}
    labels: dict[str, dict[int, tuple[int, float]]] = {}
    for one in said:
        key = normalise(one.text)
        spellings.setdefault(key, one.text)
        people = labels.setdefault(key, {})
        weight = CONFIRMATION if one.confirmation else CORRECTION
        label, before = people.get(one.person_id, (one.label, weight))
        people[one.person_id] = (one.label, max(weight, before) if label == one.label else weight)
    return [
        Sample(spellings[key], label, sum(weight for of, weight in people.values() if of == label))
        for key, people in labels.items()
        for label in sorted({label for label, _ in people.values()})
    ]


def common_words(said: Iterable[Said]) -> list[str]:
    """The words, as `ml.text` tells them apart, that `ENOUGH_PEOPLE` or more wrote in whatever texts; in order."""
    authors: defaultdict[str, set[int]] = defaultdict(set)
    for one in said:
        for word in tokenise(one.text):
            authors[word].add(one.author_id)
    return sorted(word for word, people in authors.items() if len(people) >= ENOUGH_PEOPLE)
