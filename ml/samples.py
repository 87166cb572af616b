"""Labelled texts, as the network is trained and measured on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.emotions import LABELS
from ml.text import CHOOSING, HELD_OUT, digest, normalise


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

    @cached_property
    def normalised(self) -> list[str]:
        """The canonical forms of the texts. Made once: what is made from these samples has them too."""
        return [normalise(text) for text in self.texts]

    @cached_property
    def digests(self) -> NDArray[np.uint64]:
        """Of the normalised texts, (n,)."""
        return np.fromiter(map(digest, self.normalised), np.uint64, len(self))

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
        taken = Samples([self.texts[row] for row in rows], self.targets[rows], self.weights[rows])
        if "normalised" in vars(self):
            vars(taken)["normalised"] = [self.normalised[row] for row in rows]
        return taken

    def weighed(self, by: float) -> "Samples":
        """The samples, each counting `by` times what it did."""
        return self.with_(weights=self.weights * np.float32(by))

    def with_(
        self, *, targets: NDArray[np.float32] | None = None, weights: NDArray[np.float32] | None = None
    ) -> "Samples":
        """The same texts with other targets or weights."""
        changed = Samples(
            self.texts, self.targets if targets is None else targets, self.weights if weights is None else weights
        )
        if "normalised" in vars(self):
            vars(changed)["normalised"] = self.normalised
        return changed

    def split(self) -> "Parts":
        """The samples that may train, those that choose, and the held-out tenth that only judges."""
        held_out, chooses = are_held_out(self.digests), are_chosen(self.digests)
        return Parts(*(self.take(np.flatnonzero(rows)) for rows in (~(held_out | chooses), chooses, held_out)))


def are_held_out(digests: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """`ml.text.is_held_out`, of n texts by their digests, (n,)."""
    return np.asarray(digests % HELD_OUT == 0)


def are_chosen(digests: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """`ml.text.is_chosen`, of n texts by their digests, (n,)."""
    return np.asarray((digests % HELD_OUT != 0) & (digests // HELD_OUT % CHOOSING == 0))


class Parts(NamedTuple):
    """Samples by what they do."""

    train: Samples
    choose: Samples
    judge: Samples


def join(parts: Sequence[Samples]) -> Samples:
    """All samples of the parts, in order."""
    joined = Samples(
        [text for part in parts for text in part.texts],
        np.concatenate([part.targets for part in parts]) if parts else np.zeros((0, len(LABELS)), np.float32),
        np.concatenate([part.weights for part in parts]) if parts else np.zeros(0, np.float32),
    )
    if all("normalised" in vars(part) for part in parts):
        vars(joined)["normalised"] = [text for part in parts for text in part.normalised]
    return joined


def merge_equal(samples: Samples) -> Samples:
    """One sample a normalised text: the first spelling, the weighted mean of the targets, the sum of the weights."""
    places: dict[str, int] = {}
    rows = np.fromiter((places.setdefault(text, len(places)) for text in samples.normalised), np.intp)
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
