"""New texts out of known ones: cut, joined, or with words exchanged.

Nobody wrote them, so they have no label but the teacher's opinion; a network learns from them where that opinion turns
(Tang et al., "Distilling Task-Specific Knowledge from BERT into Simple Neural Networks", 2019).
"""

from random import Random
from typing import Final

import numpy as np

from ml.samples import Samples

MOST_WORDS: Final = 50
"""No variation is longer."""


def vary(samples: Samples, times: int) -> list[str]:
    """About so many variations of each text, the same for ever.

    A text varies with those that follow it in the order of their digests, so whether a text is there or not changes
    the variations of the few before it, and no others.
    """
    written = [(samples.texts[row].split(), int(samples.digests[row])) for row in np.argsort(samples.digests)]
    written = [(words, digest) for words, digest in written if words]
    varied = (
        _vary(words, written[(place + step) % len(written)][0], Random(digest + step))  # noqa: S311 - no secret
        for step in range(1, times + 1)
        for place, (words, digest) in enumerate(written)
    )
    return [" ".join(words[:MOST_WORDS]) for words in varied if words]


def _vary(words: list[str], others: list[str], random: Random) -> list[str]:
    kind = random.random()
    if kind < 1 / 3:
        return _part(words, random)
    if kind < 1 / 2:
        return [*_part(words, random), *_part(others, random)]
    if kind < 2 / 3:
        return [*words[: _share(words, 0.3, 0.9, random)], *others[-_share(others, 0.3, 0.9, random) :]]
    exchanged = random.uniform(0.1, 0.3)
    return [random.choice(others) if random.random() < exchanged else word for word in words if random.random() > 0.05]


def _part(words: list[str], random: Random) -> list[str]:
    length = _share(words, 0.35, 0.85, random)
    start = random.randint(0, len(words) - length)
    return words[start : start + length]


def _share(words: list[str], least: float, most: float, random: Random) -> int:
    """Number of words, about that share of them; at least one."""
    return min(len(words), max(1, round(len(words) * random.uniform(least, most))))
