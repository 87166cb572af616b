"""Behaviour of the shipped model: cases that it does not meet yet are listed by name in `docs/model-card.md`; a case
leaves that list as soon as it is met.
"""

from pathlib import Path
from typing import Final

import pytest

from ml.base import load_corpus
from ml.behaviour import cases, is_met, met
from ml.bundle import SHIPPED, Bundle
from ml.classifier import Classifier
from ml.text import normalise

CARD: Final = Path(__file__).parents[2] / "docs" / "model-card.md"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(Bundle.load(SHIPPED))


@pytest.mark.parametrize("kind", ["minimum", "direction", "invariance"])
def test_unmet_cases_are_those_on_the_model_card(kind: str, classifier: Classifier) -> None:
    unmet = {case.shown for case in cases() if case.kind == kind and not is_met(case, classifier)}
    section = CARD.read_text(encoding="utf-8").split(f"### Unmet: {kind}")[1].split("\n#")[0]
    listed = {line.removeprefix("- ") for line in section.splitlines() if line.startswith("- ")}
    assert unmet == listed


@pytest.mark.parametrize(("kind", "share"), [("minimum", 0.8), ("direction", 0.8), ("invariance", 0.9)])
def test_most_cases_are_met(kind: str, share: float, classifier: Classifier) -> None:
    of_kind = [case for case in cases() if case.kind == kind]
    assert sum(is_met(case, classifier) for case in of_kind) >= share * len(of_kind)


def test_cases_are_counted(classifier: Classifier) -> None:
    assert met(classifier) == sum(is_met(case, classifier) for case in cases())
    assert {case.kind for case in cases()} == {"minimum", "direction", "invariance"}


def test_no_case_is_in_the_corpus_that_trains() -> None:
    of_cases = {normalise(text) for case in cases() for text in (case.text, case.other)}
    assert not of_cases & set(load_corpus().normalised)
