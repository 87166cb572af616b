"""The gate: whether a candidate becomes the champion, clause by clause, from the child's report alone.

Both models were judged by the same process on the same held-out rows (see `ml.retrain`). All figures are shares between
0 and 1, and differences of such; `bot/replies/run.py` has the words.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from ml.emotions import Emotion

MACRO_F1_TOLERANCE: Final = 0.005
"""How much lower the candidate's macro F1 may be: 0.5 points."""

RECALL_TOLERANCE: Final = 0.03
"""How much lower any emotion's recall may be, beyond doubt: 3 points at the upper end of the 95 % interval."""

ENOUGH_CORRECTIONS: Final = 30
"""Fewer held-out corrections than this are reported and do not gate."""

BEHAVIOUR_TOLERANCE: Final = 0.02
"""How many fewer cases of behaviour may be met, as a share of all: cases on the edge turn with any training."""

CALIBRATION_TOLERANCE: Final = 0.02
"""How much larger the expected calibration error may be: 2 points."""


class ReportError(ValueError):
    """A report that cannot be judged; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One named condition of the gate.

    Attributes:
        name: `macro_f1`, `recall`, `held_out_corrections`, `calibration`, `behaviour`, `servable`, or what the trainer
            adds: `new`, `same_champion`.
        passed: None where there was too little to judge by; that does not gate.
        figures: what it was judged by, by name.
    """

    name: str
    passed: bool | None
    figures: Mapping[str, float | str]

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(f'{name} {value}' for name, value in self.figures.items())})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says. It promotes when no clause failed."""

    clauses: tuple[Clause, ...]

    @property
    def promote(self) -> bool:
        return all(clause.passed is not False for clause in self.clauses)

    @property
    def reason(self) -> str:
        """The clauses that failed, with their figures; empty when none did."""
        return "; ".join(str(clause) for clause in self.clauses if clause.passed is False)

    def but(self, clause: Clause) -> "Verdict":
        """The verdict with one more clause."""
        return Verdict((*self.clauses, clause))

    def to_json(self) -> dict[str, Any]:
        """`{"promote": bool, "clauses": [{"name", "passed", "figures"}, …]}`, as a run's row keeps it."""
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
            _recall(report),
            _corrections(_part(report, "held_out_corrections")),
            _calibration(champion.ece, candidate.ece),
            _behaviour(_part(report, "behaviour")),
            Clause("servable", unservable is None, {} if unservable is None else {"reason": unservable}),
        )
    )


@dataclass(frozen=True, slots=True)
class _Figures:
    macro_f1: float
    ece: float
    rows: int


def _figures(report: Mapping[str, Any], name: str) -> _Figures:
    """What the gate compares. That the figures which are only shown are there is checked as well."""
    part = _part(report, name)
    recall = part.get("recall")
    if not isinstance(recall, list) or len(recall) != len(Emotion):
        raise ReportError(f"{name}.recall is not a list of {len(Emotion)} shares")
    for value in (part.get("accuracy"), *recall):
        _share(value, f"a figure of {name}")
    return _Figures(
        macro_f1=_share(part.get("macro_f1"), f"{name}.macro_f1"),
        ece=_share(part.get("ece"), f"{name}.ece"),
        rows=_count(part.get("n"), f"{name}.n"),
    )


def _macro_f1(champion: float, candidate: float, rows: int) -> Clause:
    figures = {"champion": champion, "candidate": candidate, "rows": rows, "allowed": -MACRO_F1_TOLERANCE}
    return Clause("macro_f1", _change(champion, candidate) >= -MACRO_F1_TOLERANCE, figures)


def _recall(report: Mapping[str, Any]) -> Clause:
    """The emotion whose recall fell most, beyond what its interval leaves open."""
    changes = report.get("recall_changes")
    if not isinstance(changes, list) or len(changes) != len(Emotion):
        raise ReportError(f"recall_changes is not a list of {len(Emotion)}")
    known = [
        (_interval(change), emotion) for emotion, change in zip(Emotion, changes, strict=True) if change is not None
    ]
    if not known:
        return Clause("recall", None, {})
    (high, low, change), emotion = min(known)
    figures = {"emotion": emotion.value, "change": change, "low": low, "high": high, "allowed": -RECALL_TOLERANCE}
    return Clause("recall", high >= -RECALL_TOLERANCE, figures)


def _interval(change: object) -> tuple[float, float, float]:
    """The upper end of a change's interval, its lower end, and the change."""
    if not isinstance(change, Mapping):
        raise ReportError("a change of recall is no object")
    high, low, middle = (_difference(change.get(name), f"{name} of a recall") for name in ("high", "low", "change"))
    return high, low, middle


def _calibration(champion: float, candidate: float) -> Clause:
    figures = {"champion": champion, "candidate": candidate, "allowed": CALIBRATION_TOLERANCE}
    return Clause("calibration", _change(champion, candidate) <= CALIBRATION_TOLERANCE, figures)


def _behaviour(figures: Mapping[str, Any]) -> Clause:
    cases, champion, candidate = (
        _count(figures.get(name), f"behaviour.{name}") for name in ("n", "champion", "candidate")
    )
    if max(champion, candidate) > cases:
        raise ReportError("more cases of behaviour are met than there are")
    passed = candidate >= champion - BEHAVIOUR_TOLERANCE * cases
    return Clause("behaviour", passed, {"champion": champion, "candidate": candidate, "cases": cases})


def _corrections(figures: Mapping[str, Any]) -> Clause:
    name = "held_out_corrections"
    count = _count(figures.get("n"), f"{name}.n")
    if count == 0:
        return Clause(name, None, {"count": 0, "needed": ENOUGH_CORRECTIONS})
    champion, candidate = (_share(figures.get(model), f"{name}.{model}") for model in ("champion", "candidate"))
    passed = _change(champion, candidate) >= 0 if count >= ENOUGH_CORRECTIONS else None
    told = {"count": count, "needed": ENOUGH_CORRECTIONS, "champion": champion, "candidate": candidate}
    return Clause(name, passed, told)


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
    if not 0 <= (share := _number(value, name)) <= 1:
        raise ReportError(f"{name} is {value!r:.40}, not a share between 0 and 1")
    return share


def _difference(value: object, name: str) -> float:
    if not -1 <= (difference := _number(value, name)) <= 1:
        raise ReportError(f"{name} is {value!r:.40}, not a difference of shares")
    return difference


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ReportError(f"{name} is {value!r:.40}, not a number")
    return float(value)
