"""The figures, against values worked out by hand and scikit-learn's own where it has them."""

import json
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score

from ml.classifier import Reading, Unsure
from ml.dataset import DatasetError
from ml.emotions import NO_EMOTION, Emotion
from ml.evaluation import Change, bins, calibration_error, label_rows, measure, recall_changes
from ml.samples import Samples


def reading(probabilities: Sequence[float], unsure: Unsure | None = None) -> Reading:
    best = Emotion(int(np.argmax(probabilities)))
    return Reading(None if unsure else best, unsure, 0.1, tuple(probabilities), "model")


def sure(emotion: int, share: float = 0.75) -> Reading:
    rest = (1 - share) / 5
    return reading([share if place == emotion else rest for place in range(6)])


def test_figures_worked_out_by_hand() -> None:
    metrics = measure([sure(0), sure(0), sure(1), sure(1)], [0, 0, 0, 1])

    assert metrics.n == 4
    assert metrics.accuracy == 0.75
    assert list(metrics.precision) == [1, 0.5, None, None, None, None]
    assert list(metrics.recall) == [pytest.approx(2 / 3), 1, None, None, None, None]
    assert list(metrics.f1) == [pytest.approx(0.8), pytest.approx(2 / 3), None, None, None, None]
    assert metrics.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert metrics.confusion[0] == (2, 1, 0, 0, 0, 0)
    assert metrics.confusion[1] == (0, 1, 0, 0, 0, 0)
    assert list(metrics.auc_by_emotion[:2]) == [pytest.approx(5 / 6)] * 2
    assert metrics.auc == pytest.approx(5 / 6)
    assert metrics.ece == pytest.approx(0)


def test_with_all_six_the_figures_are_scikit_learns() -> None:
    random = np.random.default_rng(7)
    labels = random.permutation(np.arange(120) % 6)
    probabilities = random.dirichlet(np.ones(6), 120)

    metrics = measure([reading(row.tolist()) for row in probabilities], labels.tolist())

    assert metrics.macro_f1 == pytest.approx(f1_score(labels, probabilities.argmax(1), average="macro"))
    assert list(metrics.f1) == pytest.approx(f1_score(labels, probabilities.argmax(1), average=None))
    assert metrics.auc == pytest.approx(roc_auc_score(labels, probabilities, multi_class="ovr", average="macro"))
    assert metrics.accuracy == pytest.approx(np.mean(labels == probabilities.argmax(1)))


def test_unsure_readings_count_by_their_best_and_are_told_apart() -> None:
    even = [0.3, 0.25, 0.15, 0.1, 0.1, 0.1]
    readings = [
        reading(even, Unsure.TORN),
        reading(even, Unsure.NO_EMOTION),
        reading(even, Unsure.UNREADABLE),
        sure(0),
        reading(even, Unsure.NO_EMOTION),
        sure(2),
    ]
    metrics = measure(readings, [0, 0, 0, 0, NO_EMOTION, NO_EMOTION])

    assert metrics.n == 4
    assert metrics.accuracy == 1
    assert (metrics.emotional.torn, metrics.emotional.no_emotion, metrics.emotional.unreadable) == (0.25, 0.25, 0.25)
    assert metrics.emotional.unsure == 0.75
    assert metrics.neutral.n == 2
    assert metrics.neutral.unsure == metrics.neutral.no_emotion == 0.5


def test_one_label_alone_has_no_auc_and_survives_json() -> None:
    metrics = measure([sure(3), sure(4)], [3, 3])

    assert metrics.auc is None
    assert metrics.recall[3] == 0.5
    assert metrics.recall[4] is None
    values = metrics.to_json()
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert values["neutral"] == {"n": 0, "no_emotion": None, "torn": None, "unreadable": None}


def test_without_rows_of_the_six_there_is_nothing_to_measure() -> None:
    with pytest.raises(DatasetError, match="no row is labelled with one of the six"):
        measure([sure(0)], [NO_EMOTION])
    with pytest.raises(ValueError, match="2 labels for 1 readings"):
        measure([sure(0)], [0, 1])


def test_calibration_error_of_two_bins() -> None:
    """Three rows at 0.9 of which one is right, one row at 0.35 that is wrong: (3 * |1/3 - 0.9| + 0.35) / 4."""
    confident, doubtful = [0.9, 0.1, 0, 0, 0, 0], [0.35, 0.3, 0.35, 0, 0, 0]
    probabilities = np.array([confident, confident, confident, doubtful])
    assert calibration_error(probabilities, np.array([0, 1, 1, 1])) == pytest.approx((1.7 + 0.35) / 4)


def test_bins_hold_every_row_once_and_none_is_empty() -> None:
    found = bins(np.array([0.0, 1 / 15, 0.07, 0.5, 1.0, 1.0]), np.array([False, True, False, True, True, False]))
    assert found.rows.tolist() == [2, 1, 1, 2]
    assert found.share.tolist() == [0.5, 0, 1, 0.5]
    np.testing.assert_allclose(found.probability, [1 / 30, 0.07, 0.5, 1])


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5)), min_size=1, max_size=30))
def test_any_mix_of_labels_gives_figures_between_0_and_1(pairs: list[tuple[int, int]]) -> None:
    labels = [label for label, _ in pairs]
    if all(label == NO_EMOTION for label in labels):
        return
    metrics = measure([sure(read) for _, read in pairs], labels)

    figures = [metrics.accuracy, metrics.macro_f1, metrics.ece, metrics.auc, *metrics.precision, *metrics.recall]
    assert all(figure is None or 0 <= figure <= 1 for figure in figures)
    assert sum(map(sum, metrics.confusion)) == metrics.n


def test_a_text_with_two_labels_is_a_row_with_each() -> None:
    samples = Samples.of_labels(["one", "two"], [3, 6])
    samples.targets[0, 1] = 0.5
    assert label_rows(samples) == (["one", "one", "two"], [1, 3, 6])


def paired(champion: list[bool], candidate: list[bool], emotion: Emotion) -> list[Change | None]:
    """The changes where the rows of one emotion, among others that nobody reads right, are read right as told."""

    def readings(right: list[bool]) -> list[Reading]:
        other = Emotion((emotion + 1) % 6)
        return [sure(emotion if one else other) for one in right] + [sure(emotion)] * 20

    labels = [int(emotion)] * len(champion) + [int(other) for other in Emotion if other != emotion] * 4
    return recall_changes(readings(champion), readings(candidate), labels, seed=1)


def test_a_change_of_recall_comes_with_the_interval_of_its_paired_bootstrap() -> None:
    """On rows of which a tenth was won and a twentieth lost, the interval is that of the normal approximation."""
    champion = [True] * 400 + [False] * 600
    candidate = [False] * 50 + [True] * 350 + [True] * 100 + [False] * 500
    changes = paired(champion, candidate, Emotion.FEAR)
    change = changes[Emotion.FEAR]
    assert change is not None
    assert change.change == pytest.approx(0.05)
    error = 1.96 * math.sqrt((0.15 - 0.05**2) / 1000)
    assert change.low == pytest.approx(0.05 - error, abs=0.003)
    assert change.high == pytest.approx(0.05 + error, abs=0.003)
    assert changes == paired(champion, candidate, Emotion.FEAR), "the draws are seeded"


def test_what_did_not_change_has_no_interval_and_what_has_no_rows_no_change() -> None:
    assert paired([True, False] * 5, [True, False] * 5, Emotion.JOY)[Emotion.JOY] == Change(0.0, 0.0, 0.0)
    assert recall_changes([sure(Emotion.JOY)], [sure(Emotion.JOY)], [NO_EMOTION], seed=0) == [None] * 6
