"""How well messages are read: ours beside its peers, on the same rows, in the same run.

    python benchmarks/quality.py DATA [--seeds N] [--bundle FILE]

DATA holds `emotions/` and `chat/` (see `feelback data fetch`). Ours is the shipped bundle, and N trainings of the same
recipe with other seeds, as mean and spread. The peers, each trained here:

- the notebook's network ("emosion-cnn-roc-0-99"): Embedding 50,000 x 16, length 100, Conv1D 128 of width 5, maximum,
  Dense 64, Dense 6, Adam, the data set alone
- TF-IDF of words and pairs with logistic regression, on all the rows that ours trains on, with their weights
"""

import argparse
import csv
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from ml import base, candidate, corpora, dataset
from ml.bundle import SHIPPED, Bundle
from ml.classifier import Classifier
from ml.emotions import NO_EMOTION, Emotion
from ml.samples import Samples

Read = Callable[[Sequence[str]], NDArray[np.float64]]
"""Probabilities of the six for n texts, (n, 6)."""

Rows = tuple[list[str], NDArray[np.intp]]
"""n texts and the emotions that they are, (n,)."""


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description="How well messages are read: ours beside its peers.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--bundle", type=Path, default=SHIPPED)
    options = parser.parse_args()
    sets = measured(options.data)
    all_rows = base.load(options.data)
    shipped = Classifier(Bundle.load(options.bundle))
    table = {"ours, as shipped": figures(ours(shipped), sets)}
    runs = []
    for seed in range(1, options.seeds + 1):
        _progress(f"training ours, seed {seed}")
        nothing = Samples.of_labels([], [])
        bundle = candidate.from_base(all_rows, nothing, (), start=None, seed=seed, progress=lambda stage, done: None)
        runs.append(figures(ours(Classifier(bundle)), sets))
    if runs:
        table[f"ours, {len(runs)} seeds: mean"] = {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}
        table["highest less lowest"] = {key: float(np.ptp([run[key] for run in runs])) for key in runs[0]}
    _progress("training TF-IDF with logistic regression")
    table["TF-IDF + logistic regression"] = figures(tfidf(all_rows.train), sets)
    _progress("training the notebook's network")
    table["the notebook's network"] = figures(notebook(dataset.load(options.data / "emotions").train), sets)
    print_table(table)
    print()
    print_neutral(shipped, options.data)


def measured(folder: Path) -> dict[str, Rows]:
    """The sets that only measure, by name."""
    sets = {}
    for name in ("official_test", "natural_mix"):
        rows = dataset.read(folder / "emotions" / f"{name}.csv")
        sets[name] = (rows.texts, rows.labels.astype(np.intp))
    names = {emotion.label: int(emotion) for emotion in Emotion}
    for name in ("goemotions_dev", "tweeteval_emotion_val"):
        with (folder / "chat" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            chosen = [
                (row["text"], names[row["label_name"]]) for row in csv.DictReader(file) if row["label_name"] in names
            ]
        sets[name] = ([text for text, _ in chosen], np.array([label for _, label in chosen]))
    held_out = base.load_corpus().split().judge
    emotional = held_out.take(np.flatnonzero(held_out.targets[:, NO_EMOTION] == 0))
    sets["everyday"] = (list(emotional.texts), emotional.targets.argmax(axis=1))
    return sets


def figures(read: Read, sets: dict[str, Rows]) -> dict[str, float]:
    """Accuracy everywhere; macro F1 and the mean one-vs-rest AUC on the data set's own."""
    from sklearn.metrics import f1_score, roc_auc_score

    told = {}
    for name, (texts, labels) in sets.items():
        probabilities = read(texts)
        told[f"{name} accuracy"] = float((probabilities.argmax(axis=1) == labels).mean())
        if name in ("official_test", "natural_mix"):
            told[f"{name} macro F1"] = float(f1_score(labels, probabilities.argmax(axis=1), average="macro"))
            told[f"{name} AUC"] = float(roc_auc_score(labels, probabilities, multi_class="ovr", average="macro"))
    return told


def ours(classifier: Classifier) -> Read:
    """The form that is served: LiteRT, quantised."""
    return lambda texts: np.array([reading.probabilities for reading in classifier.read_many(texts)])


def tfidf(samples: Samples) -> Read:
    """scikit-learn's, with its own defaults but for pairs of words and more steps."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    emotional = samples.take(np.flatnonzero(samples.targets[:, NO_EMOTION] < 0.5))
    labels = emotional.targets[:, :NO_EMOTION].argmax(axis=1)
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2), LogisticRegression(max_iter=200))
    pipeline.fit(emotional.texts, labels, logisticregression__sample_weight=emotional.weights)
    return lambda texts: np.asarray(pipeline.predict_proba(texts))


def notebook(samples: Samples, epochs: int = 3) -> Read:
    """The notebook's network, trained its own way: one length for all, no weights, Adam."""
    import keras

    vectorise = keras.layers.TextVectorization(max_tokens=50_000, output_sequence_length=100)
    vectorise.adapt(samples.texts)
    model = keras.Sequential(
        [
            keras.layers.Embedding(50_000, 16),
            keras.layers.Conv1D(128, 5, activation="relu"),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(len(Emotion), activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    ids, labels = np.asarray(vectorise(list(samples.texts))), samples.targets.argmax(axis=1)
    model.fit(ids, labels, batch_size=32, epochs=epochs, verbose=0)
    return lambda texts: np.asarray(model.predict(np.asarray(vectorise(list(texts))), batch_size=256, verbose=0))


def print_table(table: dict[str, dict[str, float]]) -> None:
    """A row a model, a column a figure."""
    columns = list(next(iter(table.values())))
    print(f"| model | {' | '.join(columns)} |")
    print(f"| --- |{' --- |' * len(columns)}")
    for name, row in table.items():
        print(f"| {name} | {' | '.join(f'{row[column]:.4f}' for column in columns)} |")


def print_neutral(classifier: Classifier, folder: Path) -> None:
    """How well neutral messages are told from emotional ones, and what the shipped thresholds flag."""
    from sklearn.metrics import roc_auc_score

    held_out = base.load_corpus().split().judge
    goemotions = corpora.CORPORA["goemotions"]
    with (folder / "chat" / "goemotions_dev.csv").open(encoding="utf-8", newline="") as file:
        dev = [(row["text"], corpora.target(goemotions, row["label_name"])) for row in csv.DictReader(file)]
    clear: list[tuple[str, Any]] = [(text, target) for text, target in dev if target is not None]
    sets = {
        "goemotions_dev": ([text for text, _ in clear], np.array([target[NO_EMOTION] for _, target in clear])),
        "everyday": (list(held_out.texts), held_out.targets[:, NO_EMOTION]),
    }
    print("| set | AUC of none | neutral flagged | emotional flagged |\n| --- | --- | --- | --- |")
    for name, (texts, none) in sets.items():
        readings = list(classifier.read_many(texts))
        scores, flagged = np.array([reading.none for reading in readings]), np.array([bool(r.unsure) for r in readings])
        neutral, emotional = none == 1, none == 0
        area = roc_auc_score(neutral[neutral | emotional], scores[neutral | emotional])
        print(f"| {name} | {area:.3f} | {flagged[neutral].mean():.1%} | {flagged[emotional].mean():.1%} |")


def _progress(what: str) -> None:
    print(what, "…", file=sys.stderr)


if __name__ == "__main__":
    main()
