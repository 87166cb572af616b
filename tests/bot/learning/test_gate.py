"""The gate promotes what is no worse, by figures and by properties, and never judges a report it cannot read."""

import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.learning.gate import ENOUGH_CORRECTIONS, Clause, ReportError, Verdict, judge

shares = st.floats(0, 1)
hundredths_of_a_point = st.integers(0, 10_000).map(lambda count: count / 10_000)


FIGURES = {"accuracy": 0.9, "macro_f1": 0.9, "recall": [0.9] * 6, "ece": 0.01, "n": 100}


NAMES = ("low", "change", "high")
UNCHANGED = {"change": 0.0, "low": -0.01, "high": 0.01}


def report(
    champion: float = 0.9,
    candidate: float = 0.9,
    *,
    n: int = 0,
    before: float = 0,
    after: float = 0,
    ece: float = 0.01,
    met: int = 150,
    changes: list[Any] | None = None,
) -> Any:
    return {
        "champion": FIGURES | {"macro_f1": champion},
        "candidate": FIGURES | {"macro_f1": candidate, "ece": ece},
        "recall_changes": changes or [UNCHANGED] * 6,
        "behaviour": {"n": 190, "champion": 150, "candidate": met},
        "held_out_corrections": {"n": n, "champion": before, "candidate": after},
    }


def clause(verdict: Verdict, name: str) -> Clause:
    return next(clause for clause in verdict.clauses if clause.name == name)


intervals = st.tuples(*[st.floats(-1, 1)] * 3).map(sorted).map(lambda ends: dict(zip(NAMES, ends, strict=True)))
reports = st.builds(
    report,
    shares,
    shares,
    n=st.integers(0, 100),
    before=shares,
    after=shares,
    ece=shares,
    met=st.integers(0, 190),
    changes=st.lists(st.none() | intervals, min_size=6, max_size=6),
)


@given(reports, st.none() | st.just("its golden examples read differently"))
def test_promotes_when_no_clause_failed_and_says_why_when_one_did(report: Any, unservable: str | None) -> None:
    verdict = judge(report, unservable=unservable)
    failed = [clause for clause in verdict.clauses if clause.passed is False]
    assert verdict.promote is not bool(failed)
    assert all(str(clause) in verdict.reason for clause in failed)
    assert bool(verdict.reason) is bool(failed)
    assert clause(verdict, "servable").passed is (unservable is None)
    assert json.loads(json.dumps(verdict.to_json())) == verdict.to_json()


@given(hundredths_of_a_point, hundredths_of_a_point)
def test_macro_f1_may_be_half_a_point_lower_and_not_a_hundredth_more(champion: float, candidate: float) -> None:
    passed = clause(judge(report(champion, candidate), unservable=None), "macro_f1").passed
    assert passed is (round((candidate - champion) * 10_000) >= -50)


@given(reports, shares, shares, shares, st.integers(0, 190), shares)
def test_a_better_candidate_is_never_judged_worse(
    report: Any, macro_f1: float, corrections: float, ece: float, met: int, up: float
) -> None:
    before = report["recall_changes"]
    better = copy.deepcopy(report)
    better["candidate"]["macro_f1"] = max(macro_f1, report["candidate"]["macro_f1"])
    better["held_out_corrections"]["candidate"] = max(corrections, report["held_out_corrections"]["candidate"])
    better["candidate"]["ece"] = min(ece, report["candidate"]["ece"])
    better["behaviour"]["candidate"] = max(met, report["behaviour"]["candidate"])
    better["recall_changes"] = [change and {name: min(1, change[name] + up) for name in NAMES} for change in before]
    assert judge(better, unservable=None).promote >= judge(report, unservable=None).promote


@given(st.integers(0, ENOUGH_CORRECTIONS - 1), shares, shares)
def test_few_held_out_corrections_are_told_and_do_not_gate(n: int, before: float, after: float) -> None:
    verdict = judge(report(n=n, before=before, after=after), unservable=None)
    assert verdict.promote
    assert clause(verdict, "held_out_corrections").passed is None


@given(st.integers(ENOUGH_CORRECTIONS, 10_000), hundredths_of_a_point, hundredths_of_a_point)
def test_enough_held_out_corrections_must_not_be_read_worse(n: int, before: float, after: float) -> None:
    verdict = judge(report(n=n, before=before, after=after), unservable=None)
    assert clause(verdict, "held_out_corrections").passed is (after >= before)


@given(hundredths_of_a_point)
def test_calibration_may_be_two_points_worse_and_not_a_hundredth_more(ece: float) -> None:
    assert clause(judge(report(ece=ece), unservable=None), "calibration").passed is (round(ece * 10_000) <= 300)


@given(st.integers(0, 190))
def test_hardly_fewer_cases_of_behaviour_may_be_met(met: int) -> None:
    assert clause(judge(report(met=met), unservable=None), "behaviour").passed is (met >= 147)


@given(st.lists(intervals, min_size=1, max_size=6), st.integers(0, 5))
def test_an_emotions_recall_may_not_be_three_points_lower_beyond_doubt(changes: list[Any], place: int) -> None:
    """A fall that the held-out rows leave in doubt passes, however large it looks."""
    all_six: list[Any] = [None] * (6 - len(changes)) + changes
    said = clause(judge(report(changes=all_six[place:] + all_six[:place]), unservable=None), "recall")
    assert said.passed is all(change["high"] >= -0.03 for change in changes)


def test_recall_of_emotions_without_rows_is_not_judged() -> None:
    assert clause(judge(report(changes=[None] * 6), unservable=None), "recall").passed is None


def test_clauses_give_their_figures() -> None:
    fell = {"change": -0.05, "low": -0.09, "high": -0.01}
    changes = [UNCHANGED] * 4 + [fell, UNCHANGED]
    verdict = judge(report(0.9, 0.894, n=40, before=0.5, after=0.75, changes=changes), unservable=None)
    assert {clause.name: clause.figures for clause in verdict.clauses} == {
        "macro_f1": {"champion": 0.9, "candidate": 0.894, "rows": 100, "allowed": -0.005},
        "recall": {"emotion": 4, "allowed": -0.03} | fell,
        "held_out_corrections": {"count": 40, "needed": 30, "champion": 0.5, "candidate": 0.75},
        "calibration": {"champion": 0.01, "candidate": 0.01, "allowed": 0.02},
        "behaviour": {"champion": 150, "candidate": 150, "cases": 190},
        "servable": {},
    }
    assert verdict.reason == "macro_f1 (champion 0.9, candidate 0.894, rows 100, allowed -0.005)"


@pytest.mark.parametrize("value", [None, "0.9", True, float("nan"), float("inf"), -0.1, 1.1, [0.9]])
@pytest.mark.parametrize("model", ["champion", "candidate"])
def test_a_figure_that_is_no_share_is_refused(model: str, value: object) -> None:
    broken = report()
    broken[model]["macro_f1"] = value
    with pytest.raises(ReportError, match=f"{model}.macro_f1"):
        judge(broken, unservable=None)


@pytest.mark.parametrize(
    "figures",
    [{"accuracy": None}, {"ece": -1}, {"recall": [0.9] * 5}, {"recall": None}, {"recall": [0.9] * 5 + ["0.9"]}],
)
def test_figures_that_are_only_shown_must_be_there(figures: dict[str, object]) -> None:
    broken = report()
    broken["candidate"] |= figures
    with pytest.raises(ReportError, match="candidate"):
        judge(broken, unservable=None)


@pytest.mark.parametrize(
    "part",
    [
        {"recall_changes": [UNCHANGED] * 5},
        {"recall_changes": None},
        {"recall_changes": [UNCHANGED] * 5 + [0.1]},
        {"recall_changes": [UNCHANGED] * 5 + [UNCHANGED | {"high": 2}]},
        {"recall_changes": [UNCHANGED] * 5 + [{"change": 0}]},
        {"behaviour": None},
        {"behaviour": {"n": 190, "champion": 150}},
        {"behaviour": {"n": 190, "champion": 150, "candidate": 191}},
        {"behaviour": {"n": 190, "champion": 150, "candidate": 1.5}},
    ],
)
def test_what_a_clause_needs_must_be_there(part: dict[str, object]) -> None:
    with pytest.raises(ReportError, match=r"recall|behaviour"):
        judge(report() | part, unservable=None)


@pytest.mark.parametrize(("champion", "candidate"), [(100, 99), (0, 0)])
def test_models_must_be_judged_on_the_same_rows(champion: int, candidate: int) -> None:
    broken = report()
    broken["champion"]["n"], broken["candidate"]["n"] = champion, candidate
    with pytest.raises(ReportError, match="same held-out rows"):
        judge(broken, unservable=None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("0.9 n"),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(FIGURES)), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(sorted(report())), json_values))
def test_whatever_a_child_reports_is_judged_or_refused(parts: Any) -> None:
    for said in (parts, report() | parts):
        with suppress(ReportError):
            judge(said, unservable=None)
