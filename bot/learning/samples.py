"""From corrections to training samples: what each is worth.

A pure function of the corrections that may teach now. One person's say on one text counts once, however often they
said it: of the labels they gave it the last one, as a correction where it ever was one, else as a confirmation. A
sample, one text with one label, weighs the sum of what its people weigh: `CORRECTION` or `CONFIRMATION` each. Where
people disagree, one text gives several samples, whose weights are the text's distribution of labels.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ml.text import normalise

CORRECTION: Final = 1.0
CONFIRMATION: Final = 0.5
"""A confirmation tells less: the model reads the text that way already."""


@dataclass(frozen=True, slots=True)
class Said:
    """One standing correction, its text readable: `label` is an emotion's id or 6, no emotion."""

    text: str
    label: int
    person_id: int
    confirmation: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """What the trainer is handed: a text, a label, its weight, and how many people agree on it."""

    text: str
    label: int
    weight: float
    people: int


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
        Sample(spellings[key], label, sum(weights), len(weights))
        for key, people in labels.items()
        for label in sorted({label for label, _ in people.values()})
        if (weights := [weight for of, weight in people.values() if of == label])
    ]
