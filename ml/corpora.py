"""Open chat corpora beside the data set, and what their labels mean in Feelback's.

The data set is all "i feel …"; these show how people write when they don't describe a feeling. Each corpus is a file
`<name>.csv` with the columns `text` and `label_name` (several labels joined by commas). Sources and licences are in
`docs/model-card.md`.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ml.dataset import DatasetError
from ml.emotions import LABELS
from ml.samples import Samples

UNCLEAR: Final = "unclear"
"""A label that says nothing certain about the six: its rows train only through the teacher's opinion of them."""


@dataclass(frozen=True)
class Corpus:
    """Where a corpus' rows count, and what its labels mean.

    `weight` is what a row counts beside one of the surest, over which `ml.base` has another; `labels` gives Feelback's
    label for each of its own, or two joined by a slash where it lies between them. Labels are compared in lower case.
    """

    files: tuple[str, ...]
    weight: float
    labels: Mapping[str, str]


_SAME: Final = {name: name for name in LABELS if name != "none"}

CORPORA: Final[Mapping[str, Corpus]] = {
    "goemotions": Corpus(
        files=("goemotions_train",),
        weight=1.0,
        labels=_SAME
        | {
            "neutral": "none",
            "amusement": "joy",
            "excitement": "joy",
            "gratitude": "joy",
            "pride": "joy",
            "relief": "joy",
            "optimism": "joy",  # hope for a good end: the data set's "hopeful" is joy
            "admiration": "joy/love",  # praise: the data set has "amazing" as joy and "admire" as love
            "caring": "love",  # concern for another: the data set's "caring", "tender" are love
            "desire": UNCLEAR,  # wishing for a thing is joy as often as love
            "approval": UNCLEAR,  # agreement, mostly without a feeling
            "annoyance": "anger",
            "disapproval": UNCLEAR,  # disagreement, often calm
            "disgust": "anger",  # the data set's "disgusted" is anger
            "disappointment": "sadness",
            "embarrassment": "sadness/fear",  # the data set has "embarrassed" as sadness and "shy" as fear
            "grief": "sadness",
            "remorse": "sadness",
            "nervousness": "fear",
            "confusion": UNCLEAR,  # a question, or fear ("confused" is fear in the data set)
            "curiosity": UNCLEAR,  # a question, or surprise ("curious" is surprise in the data set)
            "realization": UNCLEAR,  # a remark, or surprise
        },
    ),
    "tweeteval": Corpus(files=("tweeteval_emotion_train",), weight=1.0, labels=_SAME | {"optimism": "joy"}),
    "semeval2018": Corpus(
        files=("semeval2018_Ec_en_train",),
        weight=0.7,  # several labels a tweet, and the tweets of tweeteval among them
        labels=_SAME
        | {
            "neutral": "none",
            "disgust": "anger",
            "optimism": "joy",
            "pessimism": "sadness",  # no hope of a good end: the data set's "hopeless" is sadness
            "anticipation": UNCLEAR,  # a stance towards the future, good or bad
            "trust": UNCLEAR,  # a stance towards a person
        },
    ),
    "empatheticdialogues": Corpus(
        files=("empatheticdialogues_situations_train_part",),
        weight=1.0,
        labels={
            "joyful": "joy",
            "excited": "joy",
            "proud": "joy",
            "grateful": "joy",
            "content": "joy",
            "hopeful": "joy",
            "confident": "joy",
            "impressed": "surprise/joy",  # astonished and pleased
            "surprised": "surprise",
            "caring": "love",
            "faithful": "love",
            "sentimental": "love",  # the data set's "sentimental" and "nostalgic" are love
            "nostalgic": "love",
            "trusting": UNCLEAR,  # reliance on a person, without a strong feeling
            "anticipating": UNCLEAR,  # looking forward, gladly or not
            "prepared": UNCLEAR,  # being ready is no emotion, the situation may be one
            "sad": "sadness",
            "lonely": "sadness",
            "devastated": "sadness",
            "disappointed": "sadness",
            "guilty": "sadness",
            "ashamed": "sadness",
            "embarrassed": "sadness/fear",
            "angry": "anger",
            "furious": "anger",
            "annoyed": "anger",
            "disgusted": "anger",
            "jealous": "anger",  # the data set's "jealous" is anger
            "afraid": "fear",
            "terrified": "fear",
            "anxious": "fear",
            "apprehensive": "fear",
        },
    ),
    "meld": Corpus(
        files=("meld_train",),
        weight=0.7,  # labelled with sight and sound of the scene: the line alone often doesn't show it
        labels=_SAME | {"neutral": "none", "disgust": "anger"},
    ),
    "emorynlp": Corpus(
        files=("emorynlp_train",),
        weight=0.4,  # as meld, and "powerful" and "peaceful" are far from the six
        labels={
            "neutral": "none",
            "joyful": "joy",
            "sad": "sadness",
            "mad": "anger",
            "scared": "fear",
            "peaceful": UNCLEAR,  # calm, tender or nothing at all
            "powerful": UNCLEAR,  # sure of oneself: joy or anger
        },
    ),
    "crowdflower": Corpus(
        files=("crowdflower_text_emotion",),
        weight=0.3,  # one annotator a row, and far from agreement
        labels={
            "sadness": "sadness",
            "boredom": "sadness",  # the data set's "dull" and "listless" are sadness; its "bored" is anything
            "happiness": "joy",
            "fun": "joy",
            "enthusiasm": "joy",
            "relief": "joy",
            "love": "love",
            "anger": "anger",
            "hate": "anger",  # the data set's "hateful" is anger
            "worry": "fear",  # regret as well, among its tweets; the data set's "worried" is fear
            "surprise": "surprise",
            "neutral": "none",
            "empty": UNCLEAR,  # nothing to say, or dejection
        },
    ),
    "isear": Corpus(
        files=("isear",),
        weight=0.7,  # reports of a situation, some without the feeling
        labels={
            "joy": "joy",
            "fear": "fear",
            "anger": "anger",
            "sadness": "sadness",
            "disgust": "anger",
            "guilt": "sadness",  # the data set's "guilty" and "ashamed" are sadness
            "shame": "sadness",
        },
    ),
}


def target(corpus: Corpus, label_names: str) -> npt.NDArray[np.float32] | None:
    """The distribution over the seven labels, shape (7,), that a row's comma-joined labels stand for.

    None where all of them are unclear. Raises KeyError for a label that the corpus doesn't have.
    """
    shares = np.zeros(len(LABELS), np.float32)
    for name in label_names.lower().split(","):
        meaning = corpus.labels[name.strip()]
        if meaning != UNCLEAR:
            parts = meaning.split("/")
            for part in parts:
                shares[LABELS.index(part)] += 1 / len(parts)
    total = shares.sum()
    return shares / total if total else None


def rows(corpus: Corpus, folder: Path) -> Iterator[tuple[str, str]]:
    """Text and comma-joined labels of each row of the corpus' files in `folder`.

    Raises:
        FileNotFoundError: one of them is not there.
        DatasetError: one is of another form than `feelback data fetch` gives it.
    """
    for name in corpus.files:
        path = folder / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file, strict=True)
            try:
                for row in table:
                    if row["text"] is None or row["label_name"] is None:
                        raise DatasetError(f"{path}, line {table.line_num}: a row is cut short")
                    yield row["text"], row["label_name"]
            except (KeyError, csv.Error, UnicodeDecodeError) as error:
                told = f"{path}, line {table.line_num}: not as `feelback data fetch` leaves it ({error})"
                raise DatasetError(told) from None


def load(name: str, folder: Path) -> tuple[Samples, list[str]]:
    """The corpus' samples of clear meaning, and the texts of its unclear rows.

    Raises:
        KeyError: no corpus of that name.
        FileNotFoundError: a file of it is not in `folder`.
        DatasetError: a file is of another form, or has a label that the corpus doesn't.
    """
    corpus = CORPORA[name]
    texts, targets, unclear = [], [], []
    for text, labels in rows(corpus, folder):
        try:
            distribution = target(corpus, labels)
        except KeyError as error:
            raise DatasetError(f"{folder}: {name} has no label {error}") from None
        if distribution is None:
            unclear.append(text)
        else:
            texts.append(text)
            targets.append(distribution)
    weights = np.full(len(texts), corpus.weight, np.float32)
    return Samples(texts, np.array(targets, np.float32).reshape(-1, len(LABELS)), weights), unclear
