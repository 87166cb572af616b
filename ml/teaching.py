"""What the teacher taught: its opinion of texts of the base and of variations, and where words lie beside each other.

Made once by `ml.teacher`, so that a retraining needs no teacher. It holds digests of texts, and no text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.emotions import LABELS
from ml.samples import Samples

TAUGHT: Final = Path(__file__).parent / "corpus" / "taught.npz"

SHARE: Final = 0.95
"""How much of a sample's target is the teacher's opinion; the rest is its label."""

UNCLEAR_WEIGHT: Final = 0.5
"""What a sample without a clear label, whose target is the opinion alone, counts beside a sure one."""

DIGEST_BITS: Final = 40
"""First bits of a text's digest by which it is found: one text in a million that the teacher never read is taken for
one that it read."""

OPINION_STEPS: Final = 31
"""Steps between 0 and 1 in which an opinion is written down."""

VECTOR_STEPS: Final = 25
"""Steps of a standard deviation in which a word's vector is written down; five deviations at most."""

VECTOR: Final = 32
"""Numbers of a word's vector."""

SPREAD: Final = 0.15
"""Standard deviation of the word vectors that a network starts from."""


@dataclass(frozen=True)
class Teaching:
    """The content of the file.

    Attributes:
        digests: uint64 (n,), the first `DIGEST_BITS` of those of the normalised texts, rising.
        opinions: uint8 (n, 7), in steps of 1 / `OPINION_STEPS`: a distribution over the six and none.
        words: m words.
        vectors: float64 (m, `VECTOR`), of their meanings, of standard deviation 1, in steps of 1 / `VECTOR_STEPS`.
    """

    digests: NDArray[np.uint64]
    opinions: NDArray[np.uint8]
    words: tuple[str, ...]
    vectors: NDArray[np.float64]

    @classmethod
    def of(
        cls, texts: Sequence[str], opinions: NDArray[np.float32], words: Sequence[str], vectors: NDArray[np.float32]
    ) -> "Teaching":
        """What is known of n texts, (n, 7), and of m words, (m, 32)."""
        digests, first = np.unique(_first_bits(Samples.of_labels(texts, [0] * len(texts)).digests), return_index=True)
        steps = np.rint(VECTOR_STEPS * vectors / (vectors.std() if len(words) else 1))
        return cls(
            digests,
            np.rint(opinions[first] * OPINION_STEPS).astype(np.uint8),
            tuple(words),
            np.clip(steps, -127, 127).astype(np.int8) / VECTOR_STEPS,
        )

    @classmethod
    @cache
    def load(cls, path: Path = TAUGHT) -> "Teaching":
        """Read the file."""
        with np.load(path, allow_pickle=False) as arrays:
            words = tuple(arrays["words"].tobytes().decode().split("\n"))
            steps = np.ascontiguousarray(arrays["digest_steps"].T).view(np.uint64)[:, 0]
            return cls(np.cumsum(steps, dtype=np.uint64), arrays["opinions"], words, arrays["vectors"] / VECTOR_STEPS)

    @classmethod
    def nothing(cls) -> "Teaching":
        """What a teacher taught that never was."""
        return cls.of([], np.zeros((0, len(LABELS)), np.float32), [], np.ones((0, VECTOR), np.float32))

    def save(self, path: Path) -> None:
        """Write the file; of the rising digests their steps, first bytes, second bytes and so on, which take less
        room."""
        words = np.frombuffer("\n".join(self.words).encode(), np.uint8)
        steps = np.diff(self.digests, prepend=np.uint64(0)).view(np.uint8).reshape(-1, 8).T
        vectors = np.rint(VECTOR_STEPS * self.vectors).astype(np.int8)
        np.savez_compressed(path, digest_steps=steps, opinions=self.opinions, words=words, vectors=vectors)

    def opinion(self, digests: NDArray[np.uint64]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Which of n texts the teacher read, (n,), and its opinion of those, (known, 7), each summing to 1."""
        digests = _first_bits(digests)
        known = np.isin(digests, self.digests)
        opinions = self.opinions[np.searchsorted(self.digests, digests[known])].astype(np.float32)
        return known, opinions / opinions.sum(axis=1, keepdims=True)

    def blend(self, samples: Samples) -> Samples:
        """The samples, their targets part label and part opinion."""
        known, opinions = self.opinion(samples.digests)
        targets = samples.targets.copy()
        targets[known] = (1 - SHARE) * targets[known] + SHARE * opinions
        return samples.with_(targets=targets)

    def read_of(self, samples: Samples) -> Samples:
        """Those of the samples that the teacher read."""
        return samples.take(np.flatnonzero(self.opinion(samples.digests)[0]))

    def label(self, samples: Samples) -> Samples:
        """Those of the samples that the teacher read, with its opinion for a target."""
        known, opinions = self.opinion(samples.digests)
        return samples.take(np.flatnonzero(known)).with_(targets=opinions)


def _first_bits(digests: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return digests >> np.uint64(64 - DIGEST_BITS)
