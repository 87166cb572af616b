"""How well readings agree with labels. Needs the extra `train` (scikit-learn)."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ml.classifier import Classifier, Reading, Unsure
from ml.dataset import DatasetError
from ml.emotions import NO_EMOTION, Emotion
from ml.samples import Samples

ECE_BINS: Final = 15
DRAWS: Final = 10_000
"""Of the bootstrap."""


@dataclass(frozen=True)
class Flagged:
    """How many of n rows were read as unsure, as shares of n by reason; None where there are no rows."""

    n: int
    no_emotion: float | None
    torn: float | None
    unreadable: float | None

    @property
    def unsure(self) -> float | None:
        """The share that was unsure for any reason."""
        if self.no_emotion is None or self.torn is None or self.unreadable is None:
            return None
        return self.no_emotion + self.torn + self.unreadable


@dataclass(frozen=True)
class Metrics:
    """Figures of the n rows that are labelled with one of the six, by their most probable emotion, unsure or not.

    Figures by emotion are in the order of the ids, None for an emotion that no row is labelled with; means are over
    the emotions that have a figure.

    Attributes:
        n: the rows.
        accuracy: share read as labelled.
        macro_f1: mean F1 of the emotions.
        precision: of each emotion; 0 where it was never read.
        recall: of each emotion.
        auc: mean area under the one-vs-rest ROC curves of the probabilities; None where all rows have one label.
        auc_by_emotion: the areas.
        ece: expected calibration error of the best probability, see `calibration_error`.
        confusion: counts, a row each label, a column each emotion read.
        emotional: how many of the n rows were flagged as unsure.
        neutral: how many of the rows labelled as none were, which count nowhere else.
    """

    n: int
    accuracy: float
    macro_f1: float
    precision: tuple[float | None, ...]
    recall: tuple[float | None, ...]
    auc: float | None
    auc_by_emotion: tuple[float | None, ...]
    ece: float
    confusion: tuple[tuple[int, ...], ...]
    emotional: Flagged
    neutral: Flagged

    @property
    def f1(self) -> tuple[float | None, ...]:
        """Of each emotion."""
        return tuple(
            None if p is None or r is None else 2 * p * r / (p + r) if p + r else 0.0
            for p, r in zip(self.precision, self.recall, strict=True)
        )

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values."""
        values = asdict(self)
        lists = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
        return values | lists | {"confusion": [list(row) for row in self.confusion]}


@dataclass(frozen=True)
class Bins:
    """Rows by a probability they were given, in those of 15 bins ((m - 1) / 15, m / 15] that hold any.

    Attributes:
        probability: its mean, (bins,).
        share: of the rows for which it came true, (bins,).
        rows: (bins,).
    """

    probability: NDArray[np.float64]
    share: NDArray[np.float64]
    rows: NDArray[np.intp]


@dataclass(frozen=True)
class Change:
    """A difference between two models on the same rows, and the 95 % interval of its paired bootstrap."""

    change: float
    low: float
    high: float


def evaluate(classifier: Classifier, texts: Iterable[str], labels: Sequence[int]) -> Metrics:
    """Read the texts and measure the readings against their labels, 0 to 6.

    Raises:
        DatasetError: no row is labelled with one of the six.
        ValueError: not one label a text is given.
    """
    return measure(list(classifier.read_many(texts)), labels)


def measure(readings: Sequence[Reading], labels: Sequence[int]) -> Metrics:
    """Measure readings against the labels, 0 to 6, of the same texts.

    Raises:
        DatasetError: no row is labelled with one of the six.
        ValueError: not one label a reading is given.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    probabilities, truth = of_the_six(readings, labels)
    emotional = np.asarray(labels) != NO_EMOTION
    unsure = np.array([reading.unsure for reading in readings], object)
    read = probabilities.argmax(axis=1)
    present = np.unique(truth)
    precision, recall, f1, _ = precision_recall_fscore_support(truth, read, labels=present, zero_division=0)
    areas = [_area(truth == emotion, probabilities[:, emotion]) for emotion in Emotion]
    return Metrics(
        n=len(truth),
        accuracy=float((truth == read).mean()),
        macro_f1=float(f1.mean()),
        precision=_by_emotion(present, precision),
        recall=_by_emotion(present, recall),
        auc=_mean(areas),
        auc_by_emotion=tuple(areas),
        ece=calibration_error(probabilities, truth),
        confusion=tuple(map(tuple, confusion_matrix(truth, read, labels=list(Emotion)).tolist())),
        emotional=_flagged(unsure[emotional]),
        neutral=_flagged(unsure[~emotional]),
    )


def of_the_six(readings: Sequence[Reading], labels: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Probabilities, (n, 6), and labels, (n,), of the n readings of texts that are labelled with one of the six.

    Raises:
        DatasetError: there are none.
        ValueError: not one label a reading is given.
    """
    if len(readings) != len(labels):
        raise ValueError(f"{len(labels)} labels for {len(readings)} readings")
    truth = np.asarray(labels, np.intp)
    emotional = truth != NO_EMOTION
    if not emotional.any():
        raise DatasetError("no row is labelled with one of the six emotions")
    return np.array([reading.probabilities for reading in readings])[emotional], truth[emotional]


def recall_changes(
    before: Sequence[Reading], after: Sequence[Reading], labels: Sequence[int], seed: int
) -> list[Change | None]:
    """How the recall of each emotion changed from one model's readings of the same texts to another's.

    The intervals are those of the paired bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
    chapter 13): rows of the emotion are drawn with replacement, each with both readings of it. Since a row adds -1, 0
    or 1 to the difference, drawing counts of these three from a multinomial is the same and takes no time.

    Args:
        before: of the n texts.
        after: of the same.
        labels: theirs, 0 to 6.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    truth = np.asarray(labels, np.intp)
    right = [np.array([reading.best for reading in readings], np.intp) == truth for readings in (before, after)]
    return [_change(right[0][truth == emotion], right[1][truth == emotion], random) for emotion in Emotion]


def calibration_error(probabilities: NDArray[np.float64], truth: NDArray[np.intp]) -> float:
    """Expected calibration error of the best probability, with 15 bins of equal width.

    Equation 3 of Guo et al., "On Calibration of Modern Neural Networks", ICML 2017: the mean distance between the
    accuracy and the mean probability of the rows in a bin, weighted by their number.

    Args:
        probabilities: (n, classes), each row summing to 1.
        truth: the labels, (n,).
    """
    found = bins(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth)
    return float(np.abs(found.share - found.probability) @ found.rows / len(truth))


def bins(probabilities: NDArray[np.float64], came_true: NDArray[np.bool_]) -> Bins:
    """The bins of n rows, each with a probability and whether what it was given to came true, (n,)."""
    places = np.clip(np.ceil(probabilities * ECE_BINS).astype(np.intp) - 1, 0, ECE_BINS - 1)
    rows = np.bincount(places, minlength=ECE_BINS)
    held = rows > 0
    sums = [np.bincount(places, values, ECE_BINS)[held] for values in (probabilities, came_true)]
    return Bins(sums[0] / rows[held], sums[1] / rows[held], rows[held])


def label_rows(samples: Samples) -> tuple[list[str], list[int]]:
    """Texts and labels to measure on: a text with several labels is a row with each."""
    rows, labels = np.nonzero(samples.targets)
    return [samples.texts[row] for row in rows.tolist()], labels.tolist()


def _area(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float | None:
    from sklearn.metrics import roc_auc_score

    if positive.all() or not positive.any():
        return None
    return float(roc_auc_score(positive, scores))


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _change(before: NDArray[np.bool_], after: NDArray[np.bool_], random: np.random.Generator) -> Change | None:
    rows = len(before)
    if not rows:
        return None
    lost, won = int((before & ~after).sum()), int((after & ~before).sum())
    drawn = random.multinomial(rows, [lost / rows, won / rows, (rows - lost - won) / rows], DRAWS)
    low, high = np.quantile((drawn[:, 1] - drawn[:, 0]) / rows, [0.025, 0.975])
    return Change((won - lost) / rows, float(low), float(high))


def _by_emotion(present: NDArray[np.intp], values: NDArray[np.float64]) -> tuple[float | None, ...]:
    known = dict(zip(present.tolist(), values.tolist(), strict=True))
    return tuple(known.get(emotion) for emotion in Emotion)


def _flagged(unsure: NDArray[np.object_]) -> Flagged:
    shares = [float((unsure == reason).mean()) if len(unsure) else None for reason in Unsure]
    return Flagged(len(unsure), *shares)
