"""What a reading costs, as a user has it."""

import time
from itertools import groupby

import pytest

from benchmarks import serving
from benchmarks.serving import LONGEST, Figures, classified, longest
from ml.bundle import SHIPPED
from ml.classifier import Classifier
from ml.text import find_tokens


def test_messages_a_second_are_those_of_the_command_with_its_start() -> None:
    """Which takes longer than 20 messages in memory would, by far."""
    assert 20 / 60 < classified(SHIPPED, ["what a day", "two\nlines"], count=20) < 20 / 0.01


def test_messages_are_put_together_to_the_longest() -> None:
    texts = longest(["what a day"] * 2000)
    assert {len(text) for text in texts} == {LONGEST}
    assert len(texts) == 2000 * len("what a day ") // LONGEST


def test_why_is_asked_of_three_lengths(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(serving, "CALLS", 200)
    asked: list[str] = []
    monkeypatch.setattr(Classifier, "why", lambda _, text: asked.append(text))
    monkeypatch.setattr(serving, "classified", lambda *_: 1234.0)

    figures = serving.ours(SHIPPED, time.time())

    assert [what for what in figures.parts if "why" in what] == [
        "why, of 30 tokens",
        "why, of 64 tokens",
        "why, of 4,096 characters",
    ]
    counts = [len(list(same)) for _, same in groupby(len(find_tokens(text)) for text in asked)]
    assert {len(find_tokens(text)) for text in asked[: counts[0] + counts[1]]} == {30, 64}
    assert {len(text) for text in asked[counts[0] + counts[1] :]} == {LONGEST}
    assert figures.throughput == 1234

    serving._show({"Feelback (LiteRT)": figures, "peer": Figures(1.0, 1.0, 1.0, 1.0, 617.0)})
    shown = capsys.readouterr().out
    assert "1,234 (1x)" in shown
    assert "Feelback's with the start, from file to file" in shown
