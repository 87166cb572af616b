"""Behaviour of a model in three kinds of cases (Ribeiro et al., "Beyond Accuracy", ACL 2020).

Minimum functionality: clear messages are read right. Direction: a change that must change the reading does. Invariance:
a change that must not, does not. The cases are in `corpus/behaviour.csv`, written for this project.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from ml.classifier import Classifier, Reading, Unsure

FILE: Final = Path(__file__).parent / "corpus" / "behaviour.csv"


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        kind: `minimum`, `direction` or `invariance`.
        name: what of language it is about.
        text: a message.
        other: the message changed; empty where only the first is read.
        expected: `minimum`: the label. `direction`: the labels that the changed message may be read as, with `|`
            between them, or one that it may not, after `!`. `invariance`: empty.
    """

    kind: str
    name: str
    text: str
    other: str
    expected: str

    @property
    def shown(self) -> str:
        return " → ".join(filter(None, (self.text, self.other)))


@cache
def cases() -> tuple[Case, ...]:
    """All of them, in the file's order."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(Case(**row) for row in csv.DictReader(file))


def is_met(case: Case, classifier: Classifier) -> bool:
    """Whether the model does as the case asks."""
    first = _said(classifier.read(case.text))
    if case.kind == "minimum":
        return first == case.expected
    second = _said(classifier.read(case.other))
    if case.kind == "invariance":
        return first == second
    if case.expected.startswith("!"):
        return second != case.expected[1:]
    return second in case.expected.split("|")


def met(classifier: Classifier) -> int:
    """How many of the cases the model meets."""
    return sum(is_met(case, classifier) for case in cases())


def _said(reading: Reading) -> str:
    """The label a person would take from the reading."""
    return "none" if reading.unsure is Unsure.NO_EMOTION else reading.best.label
