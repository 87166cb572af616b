"""What a reading costs, as a user has it."""

import time

import pytest

from benchmarks import serving
from benchmarks.serving import LONGEST, Figures, classified, longest
from ml.bundle import SHIPPED


def test_messages_a_second_are_those_of_the_command_with_its_start() -> None:
    """Which takes longer than 20 messages in memory would, by far."""
    assert 20 / 60 < classified(SHIPPED, ["what a day", "two\nlines"], count=20) < 20 / 0.01


def test_messages_are_put_together_to_the_longest() -> None:
    texts = longest(["what a day"] * 2000)
    assert {len(text) for text in texts} == {LONGEST}
    assert len(texts) == 2000 * len("what a day ") // LONGEST


def test_why_is_asked_of_three_lengths(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(serving, "CALLS", 200)
    monkeypatch.setattr(serving, "classified", lambda *_: 1234.0)

    figures = serving.ours(SHIPPED, time.time())

    asked = {f"why, of {what}" for what in ("30 tokens", "64 tokens", "4,096 characters")}
    assert {what for what, microseconds in figures.parts.items() if "why" in what and microseconds > 0} == asked
    assert figures.throughput == 1234

    serving._show({"Feelback (LiteRT)": figures, "peer": Figures(1.0, 1.0, 1.0, 1.0, 617.0)})
    shown = capsys.readouterr().out
    assert "1,234 (1x)" in shown
    assert "Feelback's with the start, from file to file" in shown
