"""From the base and people's corrections to a bundle, and its figures beside the champion's. Imports TensorFlow.

Every candidate starts from the base's own model, never from the champion, so what was undone or forgotten leaves no
trace. That model is the shipped bundle, or with a data set at hand a network trained from nothing on it, which is kept
for the next run. It is taught the corrections while it is shown a part of the base again; without a data set, the
project's corpus. Mixed into a training from nothing instead, a crowd's corrections drown that corpus, and each run
rolls dice anew.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from ml import base as bases
from ml.base import Base
from ml.behaviour import cases, met
from ml.bundle import SHIPPED, Bundle, BundleError
from ml.classifier import Classifier, Reading, Unsure
from ml.corrections import Corrections
from ml.emotions import LABELS, NO_EMOTION
from ml.evaluation import Metrics, label_rows, measure, recall_changes
from ml.samples import Samples, join
from ml.training import Calibration, Recipe, calibrate, fine_tune, make_bundle, train

CORRECTION_WEIGHT: Final = 3.0
"""What one person's correction counts beside a row of the data set."""

FINE_TUNED_WEIGHT: Final = 1.0
"""The same where there is no data set: it takes little to change the shipped bundle's network, and more to stay."""

REPLAY_WEIGHT: Final = 1.2
"""The same of a row of the project's corpus, which the network goes on reading as it does."""

MOST_REPEATS: Final = 16
LEAST_REPEATS: Final = 4
REPEATED_ROWS: Final = 8_000
"""A correction is shown so many times a pass over the data, in different batches, that all of them together come to
these rows. AdamW scales steps by the size of the gradient, so that a weight alone, in one batch, teaches little: of 7
corrections, none of them read right before, 1 was read right after training with one row each, 6 with 8."""

TEACHING: Final = Recipe(epochs=1, learning_rate=2.5e-3)
"""With the data set, each correction shown twice as often as said above. Half as often in two passes takes half as long
again, and of comments like 5,000 corrections it read 73.4 % right where this reads 75.5."""

FINE_TUNING: Final = Recipe(epochs=6, batch=256, learning_rate=1e-3)
"""Without. Read 20 of 20 new corrections right, with no case of behaviour lost, and one with nothing lost at all."""

REHEARSED: Final = 0.25
"""Share of the base, drawn by chance, that its model is shown again while it is taught. 5,000 corrections cost 0.3
points on `natural_mix` with it, and no less with more of the base."""

BASE_SHARE: Final = 0.9
"""How much of the stage `training` the base's model takes, where it has to be trained."""

_KEPT: Final = "base-"

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
    champion: Bundle,
    corrections: Corrections,
    folder: Path | None,
    kept: Path | None,
    corpora: Sequence[str] | None = None,
    *,
    seed: int,
    progress: Progress,
) -> Candidate:
    """Teach the base's own model the corrections, and judge the result beside the champion.

    Args:
        champion: what serves.
        corrections: what people said.
        folder: of the data set; None for the shipped bundle as the base's model.
        kept: a folder to keep the base's model in for the next run.
        corpora: names of the chat corpora that train beside the data set; None for all that are there.
        seed: of weights and order.
        progress: told of all stages.

    Raises:
        BundleError: the champion, or the shipped bundle, cannot be used by this code.
        DatasetError: the data set cannot be used.
    """
    base = bases.load(folder, corpora)
    corrected, contradicting = _not_contradicting(corrections.select(base.guard.may_train), base.train)
    progress("reading", 1.0)
    start, begun = _known(base, folder, kept), 0.0
    if start is None:
        begun = BASE_SHARE
        start = from_base(base, seed=seed, progress=_within(progress, 0.0, begun))
        _keep(start, kept)
    bundle = start
    if len(corrected):
        bundle = teach(start, base, corrected, corrections.words, seed=seed, progress=_within(progress, begun, 1.0))
    progress("judging", 0.0)
    judges = [Classifier(champion), Classifier(bundle)]
    texts, labels = label_rows(join(list(base.held_out.values())))
    readings = []
    for place, judge in enumerate(judges, start=1):
        readings.append(list(judge.read_many(texts)))
        progress("judging", place / len(judges))
    figures = [measure(said, labels) for said in readings]
    report = {
        "base": "data set" if folder else "shipped bundle",
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


def from_base(base: Base, *, seed: int, progress: Progress) -> Bundle:
    """The base's own model: train from nothing, calibrate, export."""
    trained = partial(progress, "training")
    trained(0.0)
    network = train(join([base.train, base.varied]), base.teaching, seed=seed, progress=trained)
    calibration = calibrate(network, base.validation, base.everyday)
    progress("exporting", 0.0)
    bundle = make_bundle(network, calibration, golden_texts(), _made(base, seed))
    progress("exporting", 1.0)
    return bundle


def teach(
    start: Bundle, base: Base, corrected: Samples, words: Sequence[str] = (), *, seed: int, progress: Progress
) -> Bundle:
    """Teach the base's model the corrections that may train, and export the result.

    Args:
        start: the base's model.
        base: what it is shown again; where that holds a data set, the result is calibrated on it anew.
        corrected: the corrections that may train.
        words: what they add to the vocabulary; their other new words stay unknown.
        seed: of the order.
        progress: told of the stages `training` and `exporting`.
    """
    trained = partial(progress, "training")
    trained(0.0)
    corpus = base.guard.trainable(bases.load_corpus()).weighed(REPLAY_WEIGHT)
    repeated = _repeated(_balanced(corrected))
    if _has_data_set(base):
        twice = join([repeated, repeated]).weighed(CORRECTION_WEIGHT)
        taught, recipe = join([_rehearsed(base.train, seed), twice]), TEACHING
    else:
        taught, recipe = repeated.weighed(FINE_TUNED_WEIGHT), FINE_TUNING
    network = fine_tune(start, taught, corpus, words=words, seed=seed, progress=trained, recipe=recipe)
    if _has_data_set(base):
        calibration = calibrate(network, base.validation, base.everyday)
    else:
        calibration = Calibration(start.telling, start.showing, start.thresholds)
    progress("exporting", 0.0)
    bundle = make_bundle(network, calibration, golden_texts(), _made(base, seed, len(corrected)))
    progress("exporting", 1.0)
    return bundle


def _balanced(corrected: Samples) -> Samples:
    """With labels brought nearer to each other: what a label weighs beyond the mean of those that were given counts by
    its root (Mahajan et al., "Exploring the limits of weakly supervised pretraining", ECCV 2018).

    What people correct is what was read wrong, and that is of one kind above all: four corrections in five of a crowd
    that sends GoEmotions' texts said "no emotion". Taken as they come they would teach that feelings are rare.
    """
    labels = corrected.targets.argmax(axis=1)
    totals = np.bincount(labels, corrected.weights, len(LABELS))
    mean = totals.sum() / max((totals > 0).sum(), 1)
    factors = np.sqrt(np.minimum(1.0, mean / np.maximum(totals, 1e-9)))
    return corrected.with_(weights=(corrected.weights * factors[labels]).astype(np.float32))


def _rehearsed(known: Samples, seed: int) -> Samples:
    return known.take(np.random.default_rng(seed).choice(len(known), round(REHEARSED * len(known)), replace=False))


def _has_data_set(base: Base) -> bool:
    return "data set" in base.held_out


def _known(base: Base, data: Path | None, kept: Path | None) -> Bundle | None:
    """The base's model, where it need not be trained: it is the shipped one, or what an earlier run kept."""
    shipped = Bundle.load(SHIPPED)
    if data is None or shipped.made.get("fingerprint") == base.fingerprint:
        return shipped
    with suppress(BundleError, OSError):
        if kept is not None and (bundle := Bundle.load(_place(kept))).made["fingerprint"] == base.fingerprint:
            return bundle
    return None


def _keep(bundle: Bundle, folder: Path | None) -> None:
    """For the next run, in place of what was kept; that nothing can be is no reason to fail."""
    with suppress(OSError):
        if folder is not None:
            for old in folder.glob(f"{_KEPT}*"):
                old.unlink()
            bundle.save(_place(folder))


def _place(folder: Path) -> Path:
    """Where a base's model is kept. A version of this project that trains in another way ships another bundle."""
    return folder / f"{_KEPT}{Bundle.load(SHIPPED).id}.bundle"


def _within(progress: Progress, first: float, last: float) -> Progress:
    """Tells a training as a part of the stage `training`; what exports the base's model goes without saying."""

    def told(stage: str, done: float) -> None:
        if stage == "training":
            progress(stage, first + (last - first) * done)
        elif last == 1.0:
            progress(stage, done)

    return told


def _made(base: Base, seed: int, corrections: int = 0) -> dict[str, Any]:
    """What a bundle tells of how it was made."""
    of = "data set" if _has_data_set(base) else "shipped bundle"
    return {"base": of, "fingerprint": base.fingerprint, "rows": base.rows, "corrections": corrections, "seed": seed}


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
