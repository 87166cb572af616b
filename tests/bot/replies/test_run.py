"""The message of a retraining, from the request to the verdict."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.learning.gate import Clause, Verdict, judge
from bot.replies.run import run_message
from bot.replies.texts import texts_for
from bot.storage.runs import Failure, Outcome, RunRow, State, Trigger

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
        {"name": "macro_f1", "passed": True, "figures": {"champion": 0.8, "candidate": 0.85, "allowed": -0.005}},
        {"name": "held_out_corrections", "passed": None, "figures": {"count": 0, "needed": 30}},
        {
            "name": "recall",
            "passed": False,
            "figures": {"emotion": 4, "change": -0.051, "low": -0.09, "high": -0.0311, "allowed": -0.03},
        },
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
    assert lines[lines.index(["Recall"]) + 6] == ["Surprise", "50.0%", "–"]
    assert ["Learned", "0.0%", "100.0%"] in lines
    assert "Held out" not in text.split("</pre>")[0]
    assert (
        "✓ Macro F1: 80.0% → 85.0% (−0.5 points allowed)\n"
        "– Held-out corrections: none yet, judged from 30 on\n"
        "✗ Recall: fear did worst, −5.1 points (95% interval −9.0 to −3.1, −3.0 allowed)\n"
    ) in text
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


def verdict_on(n: int = 40, **candidate: Any) -> Verdict:
    figures = FIGURES | {"recall": [0.5] * 6}
    report = REPORT | {
        "champion": figures,
        "candidate": figures | candidate,
        "recall_changes": [{"low": 0.0, "change": 0.0, "high": 0.0}] * 6,
        "behaviour": {"n": 3, "champion": 3, "candidate": 3},
        "held_out_corrections": {"n": n, "champion": 0.5, "candidate": 0.5},
    }
    return judge(report, unservable=None)


VERDICTS = [
    verdict_on(),
    verdict_on(10),
    verdict_on(0, macro_f1=0.1, ece=0.5),
    Verdict((Clause("recall", None, {}), Clause("servable", False, {"reason": "damaged <here>"}))),
    Verdict((Clause("same_champion", False, {"version": 3}),)),
    *(
        Verdict((Clause("new", False, {"version": 3, "same": same, "status": status}),))
        for same, status in (("file", "champion"), ("file", "rolled back"), ("data", "rolled back"))
    ),
]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_russian_admin_reads_russian_and_every_clause_has_its_row(
    verdict: Verdict, caplog: pytest.LogCaptureFixture
) -> None:
    run = replace(DONE, outcome=Outcome.REJECTED, report=None, verdict=verdict.to_json())
    english, russian = (run_message(run, START, texts).splitlines()[1:-1] for texts in (EN, RU))
    assert len(english) == len(russian) == len(verdict.clauses)
    for line, line_ru, clause in zip(english, russian, verdict.clauses, strict=True):
        assert line[0] == line_ru[0] == {True: "✓", False: "✗", None: "–"}[clause.passed]
        assert ": " in line
        words = set(re.findall(r"\b[a-z]{3,}", line_ru))
        assert words <= {"damaged", "lt", "gt", "here"}, words
    assert not caplog.records


@pytest.mark.parametrize("failure", Failure)
def test_a_failure_is_told_in_both_languages(failure: Failure, caplog: pytest.LogCaptureFixture) -> None:
    run = replace(RUNNING, state=State.FAILED, outcome=Outcome.FAILED, error=failure.told("7: <s>"))
    english, russian = (run_message(run, START, texts).partition("</b>")[2] for texts in (EN, RU))
    assert not re.search("[а-я]", english)
    assert not re.search("[a-z]{3}", russian)
    assert ("7: &lt;s&gt;" in english) is ("7: &lt;s&gt;" in russian)
    assert not caplog.records


def test_a_verdict_without_figures_is_told_all_the_same() -> None:
    assert "Version 2" in run_message(replace(DONE, outcome=Outcome.REJECTED, report=None, verdict=None), START, EN)
