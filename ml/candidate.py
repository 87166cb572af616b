"""From the base and people's corrections to a bundle, and its figures beside the champion's. Imports TensorFlow.

Every candidate starts from the base, never from the champion, so what was undone or forgotten leaves no trace. With the
data set at hand a network is trained from nothing; without it, the shipped bundle's is taught further on the
corrections, while the project's corpus keeps it from forgetting the rest.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from ml import base as bases
from ml.base import Base
from ml.behaviour import cases, met
from ml.bundle import SHIPPED, Bundle
from ml.classifier import Classifier, Reading, Unsure
from ml.corrections import Corrections
from ml.emotions import LABELS, NO_EMOTION
from ml.evaluation import Metrics, label_rows, measure, recall_changes
from ml.samples import Samples, join
from ml.training import Calibration, Recipe, calibrate, fine_tune, make_bundle, train

CORRECTION_WEIGHT: Final = 5.0
"""What one person's correction counts beside a row of the data set."""

FINE_TUNED_WEIGHT: Final = 1.0
"""The same where the shipped bundle is fine-tuned: it takes little to change, and more to stay."""

MOST_REPEATS: Final = 16
LEAST_REPEATS: Final = 4
REPEATED_ROWS: Final = 8_000
"""A correction is shown so many times a pass over the data, in different batches, that all of them together come to
these rows. AdamW scales steps by the size of the gradient, so that a weight alone, in one batch, teaches little: of 7
corrections, none of them read right before, 1 was read right after training with one row each, 6 with 8."""

FINE_TUNING: Final = Recipe(epochs=6, batch=256, learning_rate=1e-3)
"""Read 20 of 20 new corrections right, with no case of behaviour lost, and one with nothing lost at all."""

FREQUENT_WORDS: Final = 5_000
MOVED_WORDS: Final = 8
MOVED: Final = 0.1
"""Words that are read less differently than this did not move."""

GOLDEN_OF_EACH: Final = 2
"""Golden examples of each label."""

Progress = Callable[[str, float], None]
"""Told the stage (`reading`, `training`, `exporting`, `judging`) and the share of it that is done."""


@dataclass(frozen=True)
class Candidate:
    """A bundle, and the report on it as `ml.retrain` describes it, without its time."""

    bundle: Bundle
    report: dict[str, Any]


def make(
    champion: Bundle, corrections: Corrections, folder: Path | None, *, seed: int, progress: Progress
) -> Candidate:
    """Train a candidate from the base in `folder`, or from the shipped bundle where that is None, and judge it.

    Raises:
        BundleError: the champion, or the shipped bundle, cannot be used by this code.
        DatasetError: the data set cannot be used.
    """
    base = bases.load(folder)
    corrected, contradicting = _not_contradicting(corrections.select(base.guard.may_train), base.train)
    progress("reading", 1.0)
    bundle = from_base(
        base,
        Samples(
            corrected.texts, corrected.targets, corrected.weights * (CORRECTION_WEIGHT if folder else FINE_TUNED_WEIGHT)
        ),
        corrections.words,
        start=None if folder else Bundle.load(SHIPPED),
        seed=seed,
        progress=progress,
    )
    progress("judging", 0.0)
    judges = [Classifier(champion), Classifier(bundle)]
    texts, labels = label_rows(join(list(base.held_out.values())))
    readings = []
    for place, judge in enumerate(judges, start=1):
        readings.append(list(judge.read_many(texts)))
        progress("judging", place / len(judges))
    figures = [measure(said, labels) for said in readings]
    report = {
        "base": bundle.made["base"],
        "fingerprint": blake2b(f"{base.fingerprint} {corrections.fingerprint}".encode(), digest_size=16).hexdigest(),
        "samples": len(base.train) + len(corrected),
        "corrections_trained": len(corrected),
        "bad_corrections": len(corrections.bad),
        "contradicting_corrections": contradicting,
        "champion": _told(figures[0]),
        "candidate": _told(figures[1]),
        "recall_changes": [
            change and asdict(change) for change in recall_changes(readings[0], readings[1], labels, seed)
        ],
        "behaviour": {"n": len(cases()), "champion": met(judges[0]), "candidate": met(judges[1])},
        "held_out_corrections": _right(judges, corrections.held_out()),
        "trained_corrections": _right(judges, corrected),
        "words": moved_words(judges, champion.vocabulary),
    }
    return Candidate(replace(bundle, metrics=figures[1].to_json()), report)


def from_base(
    base: Base,
    corrected: Samples,
    words: Sequence[str] = (),
    *,
    start: Bundle | None = None,
    seed: int,
    progress: Progress,
) -> Bundle:
    """Train on a base and corrections, calibrate, export.

    Args:
        base: what trains beside the corrections, and what the result is calibrated on.
        corrected: the corrections that may train, weighted against the rows of the base.
        words: what the corrections add to the vocabulary; their other new words stay unknown.
        start: the bundle to go on from, which then stays calibrated as it is; None to train from nothing.
        seed: of the weights and the order.
        progress: told of the stages `training` and `exporting`.
    """
    progress("training", 0.0)

    def trained(done: float) -> None:
        progress("training", done)

    if start is None:
        samples = join([base.train, _repeated(corrected)])
        network = train(samples, texts=base.train.normalised, words=words, seed=seed, progress=trained)
        calibration = calibrate(network, base.validation, base.everyday)
    else:
        taught = _repeated(corrected)
        replay = _replay(base.train, taught)
        network = fine_tune(start, taught, replay, words=words, seed=seed, progress=trained, recipe=FINE_TUNING)
        calibration = Calibration(start.telling, start.showing, start.thresholds)
    progress("exporting", 0.0)
    made = {
        "base": "shipped bundle" if start else "data set",
        "fingerprint": base.fingerprint,
        "rows": base.rows,
        "corrections": len(corrected),
        "seed": seed,
    }
    bundle = make_bundle(network, calibration, golden_texts(), made)
    progress("exporting", 1.0)
    return bundle


def golden_texts() -> list[str]:
    """Texts of the project's corpus, some of each label."""
    corpus = bases.load_corpus()
    labels = corpus.targets.argmax(axis=1)
    places = chain.from_iterable(np.flatnonzero(labels == label)[:GOLDEN_OF_EACH] for label in range(len(LABELS)))
    return [corpus.texts[place] for place in places]


def _repeated(corrected: Samples) -> Samples:
    if not len(corrected):
        return corrected
    repeats = min(MOST_REPEATS, max(LEAST_REPEATS, REPEATED_ROWS // len(corrected)))
    return join([corrected] * repeats)


def _replay(corpus: Samples, corrected: Samples) -> Samples:
    """At least as many rows of the corpus as there are of corrections."""
    return join([corpus] * max(1, -(-len(corrected) // len(corpus))))


def _told(metrics: Metrics) -> dict[str, Any]:
    return {
        "accuracy": metrics.accuracy,
        "macro_f1": metrics.macro_f1,
        "recall": list(metrics.recall),
        "f1": list(metrics.f1),
        "ece": metrics.ece,
        "n": metrics.n,
    }


def moved_words(judges: Sequence[Classifier], vocabulary: Sequence[str]) -> list[dict[str, Any]]:
    """The words that champion and candidate, reading each of them alone, read most differently, most first: of the more
    frequent words that the champion knows, which somebody's alone never is one of.

    How different is half the sum of what the probabilities of the seven labels differ by, so between 0 and 1.
    """
    words = [word for word in vocabulary[:FREQUENT_WORDS] if word.isalpha()]
    old, new = (np.array([_of_seven(said) for said in judge.read_many(words)]).reshape(-1, 7) for judge in judges)
    moved = np.abs(old - new).sum(axis=1) / 2
    most = [place for place in np.argsort(-moved, kind="stable")[:MOVED_WORDS] if moved[place] >= MOVED]
    return [
        {"word": words[place], "champion": old[place].round(3).tolist(), "candidate": new[place].round(3).tolist()}
        for place in most
    ]


def _of_seven(reading: Reading) -> list[float]:
    return [*(share * (1 - reading.none) for share in reading.probabilities), reading.none]


def _not_contradicting(corrected: Samples, known: Samples) -> tuple[Samples, int]:
    """The corrections without those of a text that is known to be something else, and how many those are: a correction
    never takes the place of a row of the base."""
    wanted = {text: place for place, text in enumerate(corrected.normalised)}
    labels: defaultdict[int, set[int]] = defaultdict(set)
    if wanted:
        for text, label in zip(known.normalised, known.targets.argmax(axis=1).tolist(), strict=True):
            place = wanted.get(text)
            if place is not None:
                labels[place].add(label)
    said = corrected.targets.argmax(axis=1).tolist()
    agreeing = [place for place, label in enumerate(said) if place not in labels or label in labels[place]]
    return corrected.take(agreeing), len(corrected) - len(agreeing)


def _right(judges: Sequence[Classifier], corrections: Samples) -> dict[str, Any]:
    """How many corrected texts there are, and the shares, by weight, that champion and candidate read as most say."""
    labels = corrections.targets.argmax(axis=1).tolist()
    weights = corrections.weights.astype(np.float64)
    shares = []
    for judge in judges:
        right = [_label(said) == label for said, label in zip(judge.read_many(corrections.texts), labels, strict=True)]
        shares.append(float(weights @ np.array(right, np.float64) / max(weights.sum(), 1e-9)))
    return {"n": len(labels), "champion": shares[0], "candidate": shares[1]}


def _label(reading: Reading) -> int | None:
    """What a reading says, as a person would: the emotion that it names or leans to, no emotion, or nothing."""
    if reading.unsure is Unsure.UNREADABLE:
        return None
    return NO_EMOTION if reading.unsure is Unsure.NO_EMOTION else reading.best
