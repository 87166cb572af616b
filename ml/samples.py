"""Labelled texts, as the network is trained and measured on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.emotions import LABELS
from ml.text import is_held_out, normalise


@dataclass(frozen=True)
class Samples:
    """Texts and what they should be read as.

    Attributes:
        texts: n texts as they were written.
        targets: float32 (n, 7), a distribution over the six and none; a plain label is a 1 in its column.
        weights: float32 (n,), what each counts in training.
    """

    texts: Sequence[str]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def of_labels(
        cls, texts: Sequence[str], labels: Sequence[int] | NDArray[np.integer[Any]], weight: float = 1.0
    ) -> "Samples":
        """Samples of one label (0 to 6) each, all of one weight."""
        targets = np.eye(len(LABELS), dtype=np.float32)[np.asarray(labels, np.intp)]
        return cls(texts, targets, np.full(len(texts), weight, np.float32))

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> "Samples":
        """The samples at the given places."""
        rows = np.asarray(rows, np.intp)
        return Samples([self.texts[row] for row in rows], self.targets[rows], self.weights[rows])

    def weighed(self, by: float) -> "Samples":
        """The samples, each counting `by` times what it did."""
        return Samples(self.texts, self.targets, self.weights * np.float32(by))

    def split_held_out(self) -> tuple["Samples", "Samples"]:
        """The samples that may train, and the tenth that only judges."""
        held_out = np.fromiter((is_held_out(text) for text in self.texts), bool, len(self))
        return self.take(np.flatnonzero(~held_out)), self.take(np.flatnonzero(held_out))


def join(parts: Sequence[Samples]) -> Samples:
    """All samples of the parts, in order."""
    return Samples(
        [text for part in parts for text in part.texts],
        np.concatenate([part.targets for part in parts]) if parts else np.zeros((0, len(LABELS)), np.float32),
        np.concatenate([part.weights for part in parts]) if parts else np.zeros(0, np.float32),
    )


def merge_equal(samples: Samples) -> Samples:
    """One sample a normalised text: the first spelling, the weighted mean of the targets, the sum of the weights."""
    places: dict[str, int] = {}
    rows = np.fromiter((places.setdefault(normalise(text), len(places)) for text in samples.texts), np.intp)
    first = np.full(len(places), -1, np.intp)
    first[rows[::-1]] = np.arange(len(samples))[::-1]
    weights = np.bincount(rows, samples.weights, len(places))
    targets = np.zeros((len(places), len(LABELS)))
    np.add.at(targets, rows, samples.targets * samples.weights[:, None])
    return Samples(
        [samples.texts[row] for row in first.tolist()],
        (targets / weights[:, None]).astype(np.float32),
        weights.astype(np.float32),
    )
