"""The gate: whether a candidate becomes the champion, clause by clause, from the child's report alone.

Both models were judged by the same process on the same held-out rows (see `ml.retrain`). All figures are shares between
0 and 1; details give them as percentages, and differences in percentage points.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from ml.emotions import Emotion

MACRO_F1_TOLERANCE: Final = 0.005
"""How much lower the candidate's macro F1 may be: 0.5 points."""

ENOUGH_CORRECTIONS: Final = 30
"""Fewer held-out corrections than this are reported and do not gate."""


class ReportError(ValueError):
    """A report that cannot be judged; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One named condition of the gate.

    Attributes:
        name: `macro_f1`, `held_out_corrections`, `servable`, or what the trainer adds: `new`, `same_champion`.
        passed: None where there was too little to judge by; that does not gate.
        detail: the figures, in English.
    """

    name: str
    passed: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says. It promotes when no clause failed."""

    clauses: tuple[Clause, ...]

    @property
    def promote(self) -> bool:
        return all(clause.passed is not False for clause in self.clauses)

    @property
    def reason(self) -> str:
        """The details of the clauses that failed; empty when none did."""
        return "; ".join(clause.detail for clause in self.clauses if clause.passed is False)

    def but(self, clause: Clause) -> "Verdict":
        """The verdict with one more clause."""
        return Verdict((*self.clauses, clause))

    def to_json(self) -> dict[str, Any]:
        """`{"promote": bool, "clauses": [{"name", "passed", "detail"}, …]}`, as a run's row keeps it."""
        return {"promote": self.promote, "clauses": [asdict(clause) for clause in self.clauses]}


def judge(report: Mapping[str, Any], *, unservable: str | None) -> Verdict:
    """Compare the candidate with the champion.

    Args:
        report: the child's report, as `ml.retrain` describes it.
        unservable: why the candidate could not be loaded, warmed or reproduce its golden examples; None when it could.

    Raises:
        ReportError: a figure is missing, is no share, or the two models were judged on different rows.
    """
    champion, candidate = _figures(report, "champion"), _figures(report, "candidate")
    if champion.rows != candidate.rows or champion.rows == 0:
        raise ReportError("champion and candidate were not judged on the same held-out rows")
    return Verdict(
        (
            _macro_f1(champion.macro_f1, candidate.macro_f1, champion.rows),
            _corrections(_part(report, "held_out_corrections")),
            Clause("servable", unservable is None, unservable or "loads, warms and reproduces its golden examples"),
        )
    )


@dataclass(frozen=True, slots=True)
class _Figures:
    macro_f1: float
    rows: int


def _figures(report: Mapping[str, Any], name: str) -> _Figures:
    """What the gate compares. That the figures which are only shown are there is checked as well."""
    part = _part(report, name)
    recall = part.get("recall")
    if not isinstance(recall, list) or len(recall) != len(Emotion):
        raise ReportError(f"{name}.recall is not a list of {len(Emotion)} shares")
    for value in (part.get("accuracy"), part.get("ece"), *recall):
        _share(value, f"a figure of {name}")
    return _Figures(_share(part.get("macro_f1"), f"{name}.macro_f1"), _count(part.get("n"), f"{name}.n"))


def _macro_f1(champion: float, candidate: float, rows: int) -> Clause:
    change = _change(champion, candidate)
    return Clause(
        "macro_f1",
        change >= -MACRO_F1_TOLERANCE,
        f"macro F1 {champion:.1%} to {candidate:.1%} on {rows:,} held-out rows "
        f"({change * 100:+.2f} points, {-MACRO_F1_TOLERANCE * 100:+.1f} allowed)",
    )


def _corrections(figures: Mapping[str, Any]) -> Clause:
    name = "held_out_corrections"
    count = _count(figures.get("n"), f"{name}.n")
    if count == 0:
        return Clause(name, None, f"no held-out corrections yet, {ENOUGH_CORRECTIONS} needed to judge by")
    champion, candidate = (_share(figures.get(model), f"{name}.{model}") for model in ("champion", "candidate"))
    detail = f"held-out corrections read right {champion:.1%} to {candidate:.1%} of {count:,}"
    if count < ENOUGH_CORRECTIONS:
        return Clause(name, None, f"{detail}, {ENOUGH_CORRECTIONS} needed to judge by")
    return Clause(name, _change(champion, candidate) >= 0, detail)


def _change(champion: float, candidate: float) -> float:
    """The difference, free of what binary fractions leave behind, so that exactly 0.5 points is exactly 0.5 points."""
    return round(candidate - champion, 9)


def _part(report: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = report.get(name)
    if not isinstance(part, Mapping):
        raise ReportError(f"the report has no {name}")
    return part


def _count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ReportError(f"{name} is {value!r:.40}, not a count")
    return value


def _share(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not 0 <= value <= 1:
        raise ReportError(f"{name} is {value!r:.40}, not a share between 0 and 1")
    return float(value)
