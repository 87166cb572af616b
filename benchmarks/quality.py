"""How well messages are read: ours beside its peers, on the same rows, in the same run.

    python -m benchmarks.quality DATA [--seeds N] [--bundle FILE] [--peers PYTHON] [--work FOLDER] [--plots DIR]

DATA is what `feelback data fetch` leaves; its published split may also be `emotions/official_{train,val,test}.csv`.
`emotions/natural_mix.csv` no fetch brings: the tables leave it out where it is absent. Ours is the shipped bundle, and
N trainings of the same recipe with other seeds, as mean and spread. The peers, each trained here:

- ours without the teacher: neither its opinions nor its word vectors
- the notebook's network ("emosion-cnn-roc-0-99"): Embedding 50,000 x 16, length 100, Conv1D 128 of width 5, maximum,
  Dense 64, Dense 6, Adam, the data set alone
- TF-IDF of words and pairs with logistic regression, on all the rows that ours trains on, with their weights
- fastText, on the same rows, as often as their weights ask
- logistic regression on the frozen all-MiniLM-L6-v2, on 33,000 of the same rows, drawn at random, with their weights

The last two are left out unless PYTHON has what `benchmarks/peers.py` says they need. Each model's figures are appended
to FOLDER/results.jsonl as they come, and what is there already is not done again: remove the folder to begin anew.

The mean of the N trainings' probabilities, as of one model, shows what more capacity would bring.

Then how neutral messages are told from emotional ones, which `--plots` draws into DIR beside confusion matrices, and
estimates of what nobody can reach, since the data set's labels contradict themselves (`ceilings`).
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from benchmarks.results import Results
from ml import base, corpora, dataset
from ml.bundle import SHIPPED, Bundle
from ml.classifier import Classifier, Reading, Unsure
from ml.dataset import Dataset
from ml.emotions import NO_EMOTION, Emotion
from ml.evaluation import calibration_error
from ml.samples import Samples
from ml.teaching import Teaching
from ml.text import HELD_OUT, normalise

MINILM_ROWS: Final = 33_000
PEERS: Final = Path(__file__).parent / "peers.py"
OWN: Final = ("official_test", "natural_mix")
"""What is of the data set itself."""

PUBLISHED: Final = {"official_train": "train", "official_val": "validation", "official_test": "test"}
"""Parts of the published split, by their sets."""

CLEAREST: Final = "goemotions_dev, exactly one of the six or neutral"
EVERYDAY: Final = "everyday, held out"

Read = Callable[[Sequence[str]], NDArray[np.float64]]
"""Probabilities of the six for n texts, (n, 6)."""

Rows = tuple[list[str], NDArray[np.intp]]
"""n texts and the emotions that they are, (n,)."""

Told = tuple[list[Reading], NDArray[np.float32]]
"""Readings of n texts, and distributions over the six and none that they should have been, (n, 7)."""


class Model(NamedTuple):
    """A trained model, and what it takes on disk, in bytes: weights and vocabulary."""

    read: Read
    size: int


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description="How well messages are read: ours beside its peers.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--bundle", type=Path, default=SHIPPED)
    parser.add_argument("--peers", metavar="PYTHON", help="with what benchmarks/peers.py needs")
    parser.add_argument("--work", type=Path, default=Path("var/quality"))
    parser.add_argument("--plots", type=Path, metavar="DIR", help="folder to draw into")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    results = Results(options.work / "results.jsonl")
    sets, data = measured(options.data), dataset.load(options.data / "emotions")
    rows = cache(partial(base.load, options.data))
    untaught = partial(base.load, options.data, teaching=Teaching.nothing())
    models: dict[tuple[str, int], Callable[[], Model]] = {
        **{("ours", seed): partial(trained, rows, seed) for seed in range(1, options.seeds + 1)},
        ("ours without the teacher", 1): partial(trained, untaught, 1),
        ("TF-IDF + logistic regression", 1): lambda: tfidf(rows().train),
        ("the notebook's network", 1): lambda: notebook(data.train),
    }
    if options.peers:
        texts = [text for texts, _ in sets.values() for text in texts]
        models |= {
            ("fastText", 1): lambda: fasttext(options.peers, rows().train, texts),
            ("MiniLM + logistic regression", 1): lambda: minilm(options.peers, rows().train, texts),
        }
    for (name, number), make in models.items():
        if not results.has(name, number):
            print(f"{name}, {number} …", file=sys.stderr)
            results.add(name, number, **figures(make(), sets))
    shipped = Bundle.load(options.bundle)
    table = {"ours, as shipped": figures(ours(shipped), sets)["figures"]}
    seeds = [row for row in results.of("ours") if row["round"] <= options.seeds]
    table |= {
        f"ours, {len(seeds)} seeds: {what}": {
            key: float(of([row["figures"][key] for row in seeds])) for key in seeds[0]["figures"]
        }
        for what, of in (("mean", np.mean), ("highest less lowest", np.ptp))
        if seeds
    }
    if len(seeds) > 1:
        table[f"ours, the mean of the {len(seeds)}, as one model"] = together(seeds, sets)
    others = {name: results.of(name)[0] for name, _ in models if name != "ours"}
    print_table(table | {name: row["figures"] for name, row in others.items()})
    told = read_neutral(Classifier(shipped), options.data)
    print_neutral(told)
    if options.plots:
        draw(options.plots, told, shipped.thresholds.none)
    published = own_files(options.data, PUBLISHED)
    if seeds and len(published) == len(PUBLISHED):
        ceilings(sets, data, list(published.values()), seeds, list(others.values()))


def own_files(folder: Path, names: Iterable[str]) -> dict[str, Path]:
    """The files of those of the named sets of the data set that are in DATA: csv, or as Hugging Face has them."""
    found = {}
    for name in names:
        forms = (f"{name}.csv", f"split/{PUBLISHED.get(name)}-00000-of-00001.parquet")
        there = [path for form in forms if (path := folder / "emotions" / form).exists()]
        if there:
            found[name] = there[0]
    return found


def measured(folder: Path) -> dict[str, Rows]:
    """The sets that only measure, by name."""
    sets = {}
    for name, path in own_files(folder, OWN).items():
        rows = dataset.read(path)
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


def figures(model: Model, sets: Mapping[str, Rows]) -> dict[str, Any]:
    """What `scores` gives on each set, and the probabilities."""
    read = {name: model.read(texts) for name, (texts, _) in sets.items()}
    told = {"MB on disk": model.size / 1e6}
    for name, probabilities in read.items():
        told |= scores(name, probabilities, sets[name][1])
    return {"figures": told, "probabilities": {name: of.round(4).tolist() for name, of in read.items()}}


def scores(name: str, probabilities: NDArray[np.float64], labels: NDArray[np.intp]) -> dict[str, float]:
    """Accuracy and expected calibration error; macro F1 and the mean one-vs-rest AUC on the data set's own.

    Args:
        name: of the set.
        probabilities: of the six, (n, 6).
        labels: (n,).
    """
    from sklearn.metrics import f1_score, roc_auc_score

    read = probabilities.argmax(axis=1)
    told = {"accuracy": float((read == labels).mean())}
    if name in OWN:
        told["macro F1"] = float(f1_score(labels, read, average="macro"))
        told["AUC"] = float(roc_auc_score(labels, probabilities, multi_class="ovr", average="macro"))
    told["ECE"] = calibration_error(probabilities, labels)
    return {f"{name} {what}": figure for what, figure in told.items()}


def together(seeds: Sequence[Mapping[str, Any]], sets: Mapping[str, Rows]) -> dict[str, float]:
    """The figures of a model that gives the mean of the seeds' probabilities, on the sets of which these were kept."""
    told = {"MB on disk": sum(row["figures"]["MB on disk"] for row in seeds)}
    for name, (_, labels) in sets.items():
        if all(name in row["probabilities"] for row in seeds):
            mean = np.mean([row["probabilities"][name] for row in seeds], axis=0)
            told |= scores(name, mean / mean.sum(axis=1, keepdims=True), labels)
    return told


def trained(rows: Callable[[], base.Base], seed: int) -> Model:
    """Ours with another seed."""
    from ml import candidate

    return ours(candidate.from_base(rows(), seed=seed, progress=lambda stage, done: None))


def ours(bundle: Bundle) -> Model:
    """The form that is served: LiteRT, quantised; on disk the whole bundle, with the weights for fine-tuning."""
    classifier = Classifier(bundle)
    return Model(
        lambda texts: np.array([reading.probabilities for reading in classifier.read_many(texts)]),
        len(bundle.to_bytes()),
    )


def tfidf(samples: Samples) -> Model:
    """scikit-learn's, with its own defaults but for pairs of words and more steps."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    emotional, labels = _emotional(samples)
    vectoriser, regression = TfidfVectorizer(ngram_range=(1, 2), min_df=2), LogisticRegression(max_iter=200)
    pipeline = make_pipeline(vectoriser, regression)
    pipeline.fit(emotional.texts, labels, logisticregression__sample_weight=emotional.weights)
    size = regression.coef_.nbytes + vectoriser.idf_.nbytes + _bytes(vectoriser.vocabulary_)
    return Model(lambda texts: np.asarray(pipeline.predict_proba(texts)), size)


def notebook(samples: Samples, epochs: int = 3) -> Model:
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
    return Model(
        lambda texts: np.asarray(model.predict(np.asarray(vectorise(list(texts))), batch_size=256, verbose=0)),
        4 * model.count_params() + _bytes(vectorise.get_vocabulary()),
    )


def fasttext(python: str, samples: Samples, texts: Sequence[str]) -> Model:
    """On normalised texts, since it leaves such things to its user."""
    emotional, labels = _emotional(samples)
    train = Samples(emotional.normalised, emotional.targets, emotional.weights)
    return _peer(python, "fasttext", train, labels, texts, normalise)


def minilm(python: str, samples: Samples, texts: Sequence[str]) -> Model:
    """On a sample, since reading all of the rows would take it most of an hour."""
    emotional, labels = _emotional(samples)
    chosen = np.random.default_rng(1).permutation(len(emotional))[:MINILM_ROWS]
    return _peer(python, "minilm", emotional.take(chosen), labels[chosen], texts, lambda text: " ".join(text.split()))


def _peer(
    python: str,
    name: str,
    train: Samples,
    labels: NDArray[np.intp],
    texts: Sequence[str],
    as_line: Callable[[str], str],
) -> Model:
    """A model of `benchmarks/peers.py`, which has read the texts."""
    with tempfile.TemporaryDirectory() as folder:
        given, told = Path(folder) / "given.npz", Path(folder) / "told.npz"
        lines, asked = (
            np.frombuffer("\n".join(map(as_line, of)).encode(errors="replace"), np.uint8) for of in (train.texts, texts)
        )
        np.savez(given, train=lines, texts=asked, labels=labels, weights=train.weights)
        subprocess.run([python, PEERS, name, given, told], check=True)  # noqa: S603
        with np.load(told, allow_pickle=False) as arrays:
            read = dict(zip(texts, arrays["probabilities"], strict=True))
            return Model(lambda wanted: np.array([read[text] for text in wanted]), int(arrays["size"]))


def _emotional(samples: Samples) -> tuple[Samples, NDArray[np.intp]]:
    """Those that are more likely emotional than not, and the likeliest of the six of each."""
    emotional = samples.take(np.flatnonzero(samples.targets[:, NO_EMOTION] < 0.5))
    return emotional, emotional.targets[:, :NO_EMOTION].argmax(axis=1)


def _bytes(words: Iterable[str]) -> int:
    return sum(len(word.encode()) + 1 for word in words)


def print_table(table: dict[str, dict[str, float]]) -> None:
    """A row a figure, a column a model; a figure that was not measured is left out."""
    print(f"| | {' | '.join(table)} |\n| --- |{' --- |' * len(table)}")
    for figure in next(iter(table.values())):
        print(f"| {figure} | {' | '.join(f'{row[figure]:.4f}' if figure in row else '' for row in table.values())} |")
    print()


def read_neutral(classifier: Classifier, folder: Path) -> dict[str, Told]:
    """Sets of which a part is neutral, read, by name."""
    held_out = base.load_corpus().split().judge
    goemotions = corpora.CORPORA["goemotions"]
    with (folder / "chat" / "goemotions_dev.csv").open(encoding="utf-8", newline="") as file:
        dev = [(row["text"], row["label_name"]) for row in csv.DictReader(file)]
    exact = {emotion.label for emotion in Emotion} | {"neutral"}
    clear = [(text, name, target) for text, name in dev if (target := corpora.target(goemotions, name)) is not None]
    sets = {
        CLEAREST: [(text, target) for text, name, target in clear if name in exact],
        "goemotions_dev, all of a clear label": [(text, target) for text, _, target in clear],
        EVERYDAY: list(zip(held_out.texts, held_out.targets, strict=True)),
    }
    return {
        name: (list(classifier.read_many(text for text, _ in rows)), np.array([target for _, target in rows]))
        for name, rows in sets.items()
    }


def print_neutral(told: Mapping[str, Told]) -> None:
    """How well neutral messages are told from emotional ones, and what the shipped thresholds flag."""
    from sklearn.metrics import roc_auc_score

    read_as = {
        "none": {Unsure.NO_EMOTION},
        "none or unreadable": {Unsure.NO_EMOTION, Unsure.UNREADABLE},
        "unsure": set(Unsure),
    }
    columns = ("rows", "AUC of none", *(f"{kind} read as {what}" for kind in _KINDS for what in read_as))
    print(f"| | {' | '.join(columns)} |\n| --- |{' --- |' * len(columns)}")
    for set_, (readings, targets) in told.items():
        none = targets[:, NO_EMOTION]
        probabilities = np.array([reading.none for reading in readings])
        said = [np.array([one.unsure in unsure for one in readings]) for unsure in read_as.values()]
        pure = (none == 0) | (none == 1)
        shares = [f"{flagged[none == kind].mean():.1%}" for kind in _KINDS.values() for flagged in said]
        area = roc_auc_score(none[pure] == 1, probabilities[pure])
        print(f"| {set_} | {pure.sum():,} | {area:.3f} | {' | '.join(shares)} |")
    print()


_KINDS: Final = {"neutral": 1, "emotional": 0}


def draw(folder: Path, told: Mapping[str, Told], threshold: float) -> None:
    """Draw `neutral.png` into a folder, with a mark where `none` is the threshold, and `confusion_goemotions.png` and
    `confusion_everyday.png`, of the rows that are labelled with one of the six."""
    from ml import plots

    folder.mkdir(parents=True, exist_ok=True)
    labelled = {
        name: (readings, targets.argmax(axis=1).tolist())
        for name, (readings, targets) in told.items()
        if name in (CLEAREST, EVERYDAY)
    }
    plots.draw_neutral(folder / "neutral.png", labelled, threshold)
    plots.draw_confusion(folder / "confusion_goemotions.png", *labelled[CLEAREST])
    plots.draw_confusion(folder / "confusion_everyday.png", *labelled[EVERYDAY])


def ceilings(
    sets: Mapping[str, Rows],
    data: Dataset,
    published: Iterable[Path],
    seeds: Sequence[Mapping[str, Any]],
    others: Sequence[Mapping[str, Any]],
) -> None:
    """What accuracy the labels of the data set leave room for, and how far above ours that is, by estimates that
    know nothing of each other.

    Two labels: many of its texts are there twice, once with each of two labels. Who reads perfectly, but cannot know
    with which of them a row was drawn, is right on half of those rows. How many there are is told by parts of the data
    set, of which both rows are at hand only by chance: by the published split, by its size; and by all that trains,
    emotion by emotion.

    Shared errors: rows whose label is wrong, by confident learning (Northcutt et al., "Confident Learning: Estimating
    Uncertainty in Dataset Labels", JAIR 2021): another emotion is at least as probable as it is, on average, on the
    rows that carry it as their label. The probabilities are the mean of the seeds', which never saw these rows, and all
    seeds must agree on the emotion; in the last column the peers too. This finds plain mistakes, not texts that have
    two labels: of those a good model is not confident.
    """
    half, error = _half_of_published(published)
    whole = 1 - _rows_of_two_labels(data.train) / 2
    columns = ("ours, mean", "two labels, by the published split", "two labels, by all that trains")
    print(f"| ceilings | {' | '.join(columns)} | errors that all seeds share | … and all peers |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in (name for name in OWN if name in sets):
        labels = sets[name][1]
        of_seeds, of_all = (
            np.array([row["probabilities"][name] for row in rows]) for rows in (seeds, [*seeds, *others])
        )
        accuracy = float(np.mean(of_seeds.argmax(axis=2) == labels))
        shares = [1 - _mislabelled(of_seeds.mean(axis=0), agreeing, labels).mean() for agreeing in (of_seeds, of_all)]
        shown = [f"{half:.4f} ± {error:.4f}", *(f"{share:.4f}" for share in (whole, *shares))]
        away = [f"{one} ({share - accuracy:+.4f})" for one, share in zip(shown, (half, whole, *shares), strict=True)]
        print(f"| {name} | {accuracy:.4f} | {' | '.join(away)} |")


def _half_of_published(published: Iterable[Path]) -> tuple[float, float]:
    """The ceiling and its standard error by the published split, whose rows were drawn from all by chance: k texts of
    its n rows have two labels, so k (N / n)² of the N rows' texts do."""
    files = [dataset.read(path) for path in published]
    labels: defaultdict[str, set[int]] = defaultdict(set)
    for rows in files:
        for text, label in zip(rows.texts, rows.labels.tolist(), strict=True):
            labels[normalise(text)].add(label)
    found = sum(len(of_text) > 1 for of_text in labels.values())
    share = sum(base.NATURAL_MIX) / sum(len(rows.texts) for rows in files) ** 2
    return 1 - found * share, float(np.sqrt(found)) * share


def _rows_of_two_labels(samples: Samples) -> float:
    """The share of the whole data set's rows whose text has another label too, by a part of it: of a text with labels a
    and b both rows are at hand as often as the share of a's rows that are, times that of b's."""
    has = (samples.targets[:, : len(Emotion)] > 0).astype(np.float64)
    both = has.T @ has
    whole = np.array(base.NATURAL_MIX) * (1 - 1 / HELD_OUT)
    at_hand = np.minimum(np.diag(both) / whole, 1)
    np.fill_diagonal(both, 0)
    return float((both / np.outer(at_hand, at_hand)).sum() / whole.sum())


def _mislabelled(mean: NDArray[np.float64], models: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which of n rows are labelled wrong, by mean probabilities, (n, 6), where all models, (models, n, 6), agree."""
    usual = np.array([mean[labels == emotion, emotion].mean() for emotion in Emotion])
    confident = np.where(mean >= usual, mean, 0)
    said = models.argmax(axis=2)
    agreed = (said == said[0]).all(axis=0) & (said[0] == confident.argmax(axis=1)) & (confident.max(axis=1) > 0)
    return np.asarray(agreed & (said[0] != labels))


if __name__ == "__main__":
    main()
