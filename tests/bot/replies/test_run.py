"""The message of a retraining, from the request to the verdict."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.learning.gate import judge
from bot.replies.run import run_message
from bot.replies.texts import Texts, texts_for
from bot.storage.runs import Outcome, RunRow, State, Trigger

EN, RU = texts_for("en"), texts_for("ru")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIGURES: dict[str, Any] = {"accuracy": 0.9, "macro_f1": 0.8, "recall": [0.5] * 6, "ece": 0.02, "n": 100}
REPORT: dict[str, Any] = {
    "base": "data set",
    "corrections_trained": 3,
    "champion": FIGURES,
    "candidate": FIGURES | {"macro_f1": 0.85, "recall": [0.5] * 5 + [None]},
    "held_out_corrections": {"n": 0, "champion": 0, "candidate": 0},
    "trained_corrections": {"n": 3, "champion": 0.0, "candidate": 1.0},
}
VERDICT = {
    "promote": False,
    "clauses": [
        {"name": "macro_f1", "passed": True, "detail": "better"},
        {"name": "held_out_corrections", "passed": None, "detail": "too <few>"},
        {"name": "recall", "passed": False, "detail": "fear fell"},
    ],
}
WAITING = RunRow(
    id=1,
    trigger=Trigger.ADMIN,
    requested_by=7,
    chat_id=7,
    message_id=2,
    language="en",
    state=State.WAITING,
    lease_owner=None,
    lease_until=None,
    epoch=0,
    heartbeat_at=None,
    stage=None,
    progress=0.0,
    fingerprint=None,
    base=None,
    report=None,
    verdict=None,
    outcome=None,
    error=None,
    log_tail=None,
    candidate_version=None,
    created_at=START,
    started_at=None,
    finished_at=None,
)
RUNNING = replace(WAITING, state=State.RUNNING, started_at=START, stage="training", progress=0.25)
DONE = replace(RUNNING, state=State.DONE, report=REPORT, verdict=VERDICT, candidate_version=2, base="data set")


def test_waiting() -> None:
    assert "about to start" in run_message(WAITING, START, EN)


@pytest.mark.parametrize(("passed", "left"), [(10, "about 30 s left"), (100, "about 5 min left")])
def test_going_on_shows_a_bar_the_stage_and_the_time_left(passed: float, left: str) -> None:
    lines = run_message(RUNNING, START + timedelta(seconds=passed), EN).splitlines()
    assert lines[1:] == ["▰▰▱▱▱▱▱▱▱▱ 25% training", left]


def test_at_the_start_nothing_is_said_of_the_time_left() -> None:
    assert "left" not in run_message(replace(RUNNING, progress=0.01), START + timedelta(seconds=10), EN)


def test_a_stage_that_nobody_named_is_shown_as_it_is() -> None:
    assert "dreaming &lt;on&gt;" in run_message(replace(RUNNING, stage="dreaming <on>"), START, EN)


def test_the_verdict_has_both_models_figures_and_every_clause() -> None:
    text = run_message(replace(DONE, outcome=Outcome.REJECTED), START, EN)
    lines = [line.split() for line in text.replace("<pre>", "").replace("</pre>", "").splitlines()]
    assert "Version 2 is not taken" in text
    assert ["Macro", "F1", "80.0%", "85.0%"] in lines
    assert ["Surprise", "50.0%", "–"] in lines
    assert ["Learned", "0.0%", "100.0%"] in lines
    assert "Held out" not in text.split("</pre>")[0]
    assert "✓ Macro F1 is no worse\n– too &lt;few&gt;\n✗ fear fell" in text
    assert "Trained from the data set and 3 corrected texts, judged by 100 messages that never train." in text


def test_a_promotion_names_the_version() -> None:
    assert "Version 2 serves now" in run_message(replace(DONE, outcome=Outcome.PROMOTED), START, EN)
    assert "Теперь работает версия 2" in run_message(replace(DONE, outcome=Outcome.PROMOTED), START, RU)


def test_a_failure_is_told_with_its_reason() -> None:
    failed = replace(RUNNING, state=State.FAILED, outcome=Outcome.FAILED, error="no <space> left")
    assert "no &lt;space&gt; left" in run_message(failed, START, EN)


def test_a_run_that_was_stopped_did_not_fail() -> None:
    stopped = replace(RUNNING, state=State.FAILED, outcome=Outcome.CANCELLED)
    assert run_message(stopped, START, EN) == "⏹ <b>The retraining was stopped</b>, the old model goes on."
    assert "остановлено" in run_message(stopped, START, RU)


@pytest.mark.parametrize("texts", [EN, RU])
def test_every_clause_that_the_gate_has_is_named(texts: Texts) -> None:
    figures = FIGURES | {"recall": [0.5] * 6}
    report = REPORT | {
        "champion": figures,
        "candidate": figures,
        "recall_changes": [{"low": 0.0, "change": 0.0, "high": 0.0}] * 6,
        "behaviour": {"n": 3, "champion": 3, "candidate": 3},
        "held_out_corrections": {"n": 40, "champion": 0.5, "candidate": 0.5},
    }
    verdict = judge(report, unservable=None)
    run = replace(DONE, outcome=Outcome.PROMOTED, report=None, verdict=verdict.to_json())
    named = [line for line in run_message(run, START, texts).splitlines() if line.startswith("✓ ")]
    assert len(named) == len(verdict.clauses)
    assert not {line.removeprefix("✓ ") for line in named} & {clause.name for clause in verdict.clauses}


def test_a_verdict_without_figures_is_told_all_the_same() -> None:
    assert "Version 2" in run_message(replace(DONE, outcome=Outcome.REJECTED, report=None, verdict=None), START, EN)
