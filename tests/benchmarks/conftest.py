"""DATA in small, as `feelback data fetch` leaves it, and as csv of the sets' own names."""

import csv
import gzip
from collections.abc import Sequence
from itertools import islice, product
from pathlib import Path
from string import ascii_lowercase

import pyarrow as pa
import pytest
from pyarrow import parquet

from ml import base
from ml.emotions import LABELS, NO_EMOTION, Emotion
from ml.samples import Samples
from ml.text import is_held_out

Row = tuple[str, int]

TEST = [(f"i feel {emotion.label} at {word}", int(emotion)) for emotion in Emotion for word in ("home", "work")]
VAL = [(f"we feel {text[7:]}", label) for text, label in TEST]
TRAIN = [
    (f"i feel {emotion.label} {''.join(letters)}", int(emotion))
    for emotion in Emotion
    for letters in islice(product(ascii_lowercase, repeat=2), 20)
]
NATURAL = [(f"they feel {text[7:]}", label) for text, label in TEST]
CHAT = [
    *((f"so much {label}", label) for label in LABELS[:NO_EMOTION]),
    ("the bus is here", "neutral"),
    ("hm", "joy,love"),
]


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    """The parquet files of Hugging Face, and of the chat corpora those that a fetch brings."""
    files = {"unsplit/train": [*TRAIN, *VAL, *TEST], "split/train": TRAIN, "split/validation": VAL, "split/test": TEST}
    for name, rows in files.items():
        path = tmp_path / "fetched" / "emotions" / f"{name}-00000-of-00001.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        texts, labels = zip(*rows, strict=True)
        parquet.write_table(pa.table({"text": texts, "label": labels}), path)
    return with_chat(tmp_path / "fetched")


@pytest.fixture
def by_name(tmp_path: Path) -> Path:
    """Csv files, `natural_mix` and MELD's dev file among them."""
    emotions = tmp_path / "by_name" / "emotions"
    emotions.mkdir(parents=True)
    sets = {"official_train": TRAIN, "official_val": VAL, "official_test": TEST, "natural_mix": NATURAL}
    for name, rows in sets.items():
        write(emotions / f"{name}.csv", "label", rows)
    with gzip.open(emotions / "train.csv.gz", "wt") as packed:
        packed.write((emotions / "official_train.csv").read_text())
    data = with_chat(tmp_path / "by_name")
    write(data / "chat" / "meld_dev.csv", "label_name", CHAT)
    return data


@pytest.fixture
def _small_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few held-out rows of each label in place of the project's corpus."""
    texts = (" ".join(letters) for letters in product(ascii_lowercase, repeat=3))
    held_out = list(islice(filter(is_held_out, texts), 5 * len(LABELS)))
    corpus = Samples.of_labels(held_out, [place % len(LABELS) for place in range(len(held_out))])
    monkeypatch.setattr(base, "load_corpus", lambda: corpus)


def with_chat(data: Path) -> Path:
    (data / "chat").mkdir()
    for name in ("goemotions_train", "goemotions_dev", "tweeteval_emotion_val", "meld_train"):
        write(data / "chat" / f"{name}.csv", "label_name", CHAT)
    return data


def write(path: Path, column: str, rows: Sequence[tuple[str, str | int]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", column), *rows])
