"""What the message of a retraining shows, from the request to the verdict."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any, Final

from bot.replies import emotions
from bot.replies.statistics import percent
from bot.replies.table import table
from bot.replies.texts import Markup, Texts
from bot.storage.runs import Failure, Outcome, RunRow, State
from ml.emotions import Emotion

_STAGES: Final = {
    "preparing": "stage-preparing",
    "reading": "stage-reading",
    "training": "stage-training",
    "judging": "stage-judging",
    "exporting": "stage-exporting",
}
_CLAUSES: Final = {
    "macro_f1": "clause-macro-f1",
    "recall": "clause-recall",
    "held_out_corrections": "clause-held-out-corrections",
    "calibration": "clause-calibration",
    "behaviour": "clause-behaviour",
    "servable": "clause-servable",
    "same_champion": "clause-same-champion",
    "new": "clause-new",
}
_FAILURES: Final = {
    Failure.DIED: "failure-died",
    Failure.STOPPED: "failure-stopped",
    Failure.NO_CHAMPION: "failure-no-champion",
    Failure.NOT_STARTED: "failure-not-started",
    Failure.TOO_LONG: "failure-too-long",
    Failure.KILLED: "failure-killed",
    Failure.EXIT: "failure-exit",
    Failure.NO_REPORT: "failure-no-report",
    Failure.TRAINING: "failure-training",
    Failure.NO_CANDIDATE: "failure-no-candidate",
    Failure.TOO_LARGE: "failure-too-large",
    Failure.BAD_REPORT: "failure-bad-report",
    Failure.FILES: "failure-files",
    Failure.PROGRAM: "failure-program",
}
_MARKS: Final = {True: "✓", False: "✗", None: "–"}
_PASSED: Final = {True: "yes", False: "no", None: "open"}
_IN_POINTS: Final = ("change", "low", "high", "allowed")
_BASES: Final = {"data set": "base-data-set", "shipped bundle": "base-shipped-bundle"}
_METRICS: Final = {"accuracy": "figure-accuracy", "macro_f1": "figure-macro-f1", "ece": "figure-ece"}
_ON_CORRECTIONS: Final = {
    "trained_corrections": "figure-learned",
    "held_out_corrections": "figure-held-out",
}
_MINUTES_FROM: Final = 90
"""From so many seconds on the time left is told in minutes."""

_TOO_EARLY: Final = 0.05
"""Below this share nothing is said of the time left."""


def run_message(run: RunRow, now: datetime, texts: Texts) -> Markup:
    """The run as it stands at `now`."""
    if run.state is State.WAITING:
        return texts.say("run-waiting")
    if run.state is State.RUNNING:
        return _progress(run, now, texts)
    if run.outcome is Outcome.CANCELLED:
        return texts.say("run-cancelled")
    if run.outcome is Outcome.FAILED:
        return texts.say("run-failed", error=failure(run, texts))
    return _verdict(run, texts)


def failure(run: RunRow, texts: Texts) -> Markup | str:
    """Why the run failed."""
    words, _, detail = (run.error or "").partition(": ")
    return texts.say(_FAILURES[Failure(words)], detail=detail) if words in _FAILURES else run.error or ""


def clauses(verdict: Mapping[str, Any] | None, texts: Texts) -> list[str]:
    """What the gate looked at, a line a clause."""
    return [_clause(clause, texts) for clause in (verdict or {}).get("clauses", ())]


def _progress(run: RunRow, now: datetime, texts: Texts) -> Markup:
    if run.cancel_requested_at is not None:
        return texts.say("run-stopping")
    stage = run.stage or "preparing"
    lines = [
        texts.say("run-running"),
        texts.say(
            "run-progress",
            bar=emotions.bar(run.progress),
            share=run.progress,
            stage=texts.say(_STAGES[stage]) if stage in _STAGES else stage,
        ),
    ]
    if run.started_at is not None and run.progress > _TOO_EARLY:
        left = (now - run.started_at).total_seconds() * (1 - run.progress) / run.progress
        lines.append(
            texts.say("run-left", seconds=round(left))
            if left < _MINUTES_FROM
            else texts.say("run-left-minutes", minutes=round(left / 60))
        )
    return Markup("\n".join(lines))


def _verdict(run: RunRow, texts: Texts) -> Markup:
    key = "run-promoted" if run.outcome is Outcome.PROMOTED else "run-rejected"
    return Markup("\n".join([texts.say(key, version=run.candidate_version or 0), *judged(run, texts)]))


def judged(run: RunRow, texts: Texts) -> list[str]:
    """Both models' figures, what the gate looked at, and what the candidate was trained from."""
    parts: list[str] = []
    report = run.report or {}
    if "champion" in report and "candidate" in report:
        parts.append(_figures(report, texts))
    parts += clauses(run.verdict, texts)
    base = run.base or str(report.get("base", ""))
    parts.append(
        texts.say(
            "run-base",
            base=texts.say(_BASES[base]) if base in _BASES else base,
            texts=report.get("corrections_trained", 0),
            judged=report.get("candidate", {}).get("n", 0),
        )
    )
    return parts


def _figures(report: Mapping[str, Any], texts: Texts) -> Markup:
    old, new = report["champion"], report["candidate"]
    rows: list[tuple[str, str, str]] = [("", texts.say("column-old"), texts.say("column-new"))]
    rows += [(texts.say(key), percent(old[name]), percent(new[name])) for name, key in _METRICS.items()]
    rows.append((texts.say("change-recall"), "", ""))
    for emotion in Emotion:
        name = f" {emotions.name(emotion, texts)}"
        rows.append((name, percent(old["recall"][emotion]), percent(new["recall"][emotion])))
    for name, key in _ON_CORRECTIONS.items():
        shares = report.get(name, {})
        if shares.get("n"):
            rows.append((texts.say(key), percent(shares["champion"]), percent(shares["candidate"])))
    return table(rows)


def _clause(clause: Mapping[str, Any], texts: Texts) -> str:
    name, passed, figures = clause["name"], clause["passed"], clause.get("figures")
    if name not in _CLAUSES or figures is None:
        return f"{_MARKS[passed]} {escape(name)}"
    values = {what: _figure(what, value, texts) for what, value in figures.items()}
    return f"{_MARKS[passed]} {texts.say(_CLAUSES[name], passed=_PASSED[passed], **values)}"


def _figure(what: str, value: float | str, texts: Texts) -> int | str:
    """A figure of a clause: counts and words as they are, shares as percentages, their differences as points."""
    if what in _IN_POINTS:
        return f"{100 * float(value):+.1f}".replace("-", "−")
    if what == "emotion":
        return emotions.name(int(value), texts).lower()
    return percent(value) if isinstance(value, float) else value
