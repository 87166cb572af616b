"""The base that every training starts from: the data set, the chat corpora beside it, the corpus of the project."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from ml import corpora, dataset
from ml.dataset import Guard
from ml.emotions import NO_EMOTION, Emotion
from ml.samples import Samples, join
from ml.teaching import UNCLEAR_WEIGHT, Teaching
from ml.varying import vary

CORPUS: Final = Path(__file__).parent / "corpus" / "everyday.csv"
"""Messages written for this project, labelled with the six and none."""


class Part(NamedTuple):
    """How a part of the base trains.

    Attributes:
        weight: what a row counts beside one of the data set, over what it weighs itself.
        varied: what a variation of a row (`ml.varying`) counts, whose target is the teacher's opinion alone.
        times: variations of each row.
    """

    weight: float
    varied: float
    times: int


DATA_SET: Final = Part(weight=1.0, varied=0.55, times=3)
OWN: Final = Part(weight=0.95, varied=0.65, times=3)
"""The project's corpus."""

WORDLESS_TIMES: Final = 4
"""How often a message of the project's corpus without a word, nearly always of emoji, trains in a pass. The teacher
can't see emoji, so no variation holds one, and shown once, a face that is alone is read as in the company that it
mostly keeps."""

_TWEETS: Final = Part(weight=0.85, varied=0.8, times=24)
CHAT: Final = {
    "goemotions": Part(weight=0.85, varied=0.8, times=8),
    "tweeteval": _TWEETS,
    "semeval2018": _TWEETS,
}
OTHER_CHAT: Final = Part(weight=0.5, varied=0.35, times=4)
"""The other corpora: told by people long after, spoken, or labelled in haste. More of them costs accuracy on the data
set's test."""

NATURAL_MIX: Final = (120_989, 140_779, 34_497, 57_235, 47_664, 14_959)
"""Rows an emotion of the whole data set; where a part of it is at hand, its rows are weighted towards this mix."""


@dataclass(frozen=True)
class Base:
    """What trains, chooses and judges.

    Attributes:
        train: the data set, the corpora and the project's corpus, weighted.
        to_vary: of what there are variations too, and of which part it is.
        validation: chooses and calibrates.
        everyday: the part of it that is of the project's corpus, which sets the thresholds.
        held_out: judges, the parts by name: `data set` where it is there, and `corpus`.
        guard: knows what of the data set, the corpora and the project's corpus must not train, for texts from
            elsewhere.
        fingerprint: hex; equal for equal content.
        rows: training rows by part.
        teaching: what the teacher taught.
    """

    train: Samples
    to_vary: tuple[tuple[Samples, Part], ...]
    validation: Samples
    everyday: Samples
    held_out: dict[str, Samples]
    guard: Guard
    fingerprint: str
    rows: dict[str, int]
    teaching: Teaching

    @cached_property
    def varied(self) -> Samples:
        """Variations, which train by the teacher's opinion. Made when they are asked for: not all that train do."""
        return join([self.teaching.label(vary_to_train(each, part, self.guard)) for each, part in self.to_vary])


def load(folder: Path | None, names: Iterable[str] | None = None, *, teaching: Teaching | None = None) -> Base:
    """The base with the data set in `folder` and those of the named corpora that are there, or the corpus alone. Not
    named, all that are there train.

    The data set is in `folder` or `folder/emotions`; the corpora are in `chat` beside it, or in `folder/chat`. What the
    teacher taught is that of the project, if no other is given.

    Raises:
        DatasetError: the data set cannot be used.
    """
    teaching = teaching or Teaching.load()
    corpus = load_corpus()
    own_train, own_choose, own_judge = corpus.split()
    trained = {"corpus": own_train.weighed(OWN.weight)}
    to_vary: list[tuple[Samples, Part]] = []
    validation = [own_choose]
    held_out = {"corpus": own_judge}
    guard = Guard()
    fingerprint = blake2b(CORPUS.read_bytes(), digest_size=16)
    if folder is not None:
        inner = folder / "emotions"
        home = inner if inner.is_dir() else folder
        data = dataset.load(home)
        fingerprint.update(data.fingerprint.encode())
        validation.append(data.validation)
        held_out["data set"] = data.held_out
        trained = {"data set": _to_natural_mix(data.train).weighed(DATA_SET.weight)}
        # Of more rows than the teacher's each would vary with others, and the teacher know no such variation.
        to_vary.append((teaching.read_of(data.train), DATA_SET))
        guard = data.guard.and_samples(data.validation)
        chat = folder / "chat" if (folder / "chat").is_dir() else home.parent / "chat"
        for name in corpora.CORPORA if names is None else names:
            if all((chat / f"{file}.csv").exists() for file in corpora.CORPORA[name].files):
                train, choose, unclear = load_chat(name, chat, guard)
                part = CHAT.get(name, OTHER_CHAT)
                trained[name] = join([teaching.blend(train), teaching.label(unclear)]).weighed(part.weight)
                to_vary.append((join([train, unclear]), part))
                validation.append(choose)
                fingerprint.update(f"{name} {len(train) + len(choose)}".encode())
        own = guard.trainable(own_train).weighed(OWN.weight)
        wordless = own.take([row for row, text in enumerate(own.normalised) if not any(map(str.isalnum, text))])
        trained["corpus"] = join([own, *[wordless] * (WORDLESS_TIMES - 1)])
        to_vary.append((own, OWN))
    return Base(
        train=join(list(trained.values())),
        to_vary=tuple(to_vary),
        validation=join(validation),
        everyday=validation[0],
        held_out=held_out,
        guard=guard.and_samples(*validation),
        fingerprint=fingerprint.hexdigest(),
        rows={name: len(samples) for name, samples in trained.items()},
        teaching=teaching,
    )


def load_chat(name: str, folder: Path, guard: Guard) -> tuple[Samples, Samples, Samples]:
    """Of one corpus in `folder`, what trains, what chooses, and what trains by the teacher's opinion alone."""
    clear, unclear = corpora.load(name, folder)
    train, choose, _ = guard.trainable(clear).split()
    return train, choose, _unlabelled(unclear, guard, UNCLEAR_WEIGHT)


def vary_to_train(samples: Samples, part: Part, guard: Guard) -> Samples:
    """Those of the variations of a part's samples that may train, by the teacher's opinion."""
    return _unlabelled(vary(samples, part.times), guard, part.varied)


def _unlabelled(texts: Sequence[str], guard: Guard, weight: float) -> Samples:
    return guard.trainable(Samples.of_labels(texts, [NO_EMOTION] * len(texts), weight)).split().train


@cache
def load_corpus() -> Samples:
    """The project's corpus, all of it."""
    rows = dataset.read(CORPUS, with_none=True)
    return Samples.of_labels(rows.texts, rows.labels)


def _to_natural_mix(samples: Samples) -> Samples:
    """The samples weighted so that the emotions' shares are those of `NATURAL_MIX`; the mean weight stays 1.

    A text with two labels is two rows: where an emotion's rows are a sample of the data set's, each stands for many.
    """
    rows = samples.targets[:, : len(Emotion)] > 0
    stand_for = rows * (np.array(NATURAL_MIX) / np.maximum(rows.sum(axis=0), 1))
    weights = stand_for.sum(axis=1)
    targets = np.zeros_like(samples.targets)
    targets[:, : len(Emotion)] = stand_for / weights[:, None]
    return samples.with_(targets=targets, weights=(weights / weights.mean()).astype(np.float32))
