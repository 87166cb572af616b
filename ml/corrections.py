"""What people said readings should have been, as the bot exports it for a retraining.

One JSON object a line: `text`, `label` (0 to 5, or 6 for no emotion) and `weight` (what the people who agree on it
count together). Nothing in here ever shows a text: bad lines are named by their number.

Beside it, one a line, the words that so many people used that a vocabulary may take them in. The export counts people,
for who said what is not in the file; a word that is not listed, such as a name that one person typed, stays unknown.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from ml.dataset import BadRow
from ml.emotions import LABELS
from ml.samples import Samples, merge_equal
from ml.text import is_held_out, normalise, tokenise


@dataclass(frozen=True)
class Corrections:
    """Corrections by text.

    Attributes:
        samples: one a normalised text: the distribution of what people said, and the sum of their weights.
        words: what of these texts may enter a vocabulary.
        bad: lines that were left out, and why.
        fingerprint: hex; equal for equal samples and words.
    """

    samples: Samples
    words: tuple[str, ...]
    bad: tuple[BadRow, ...]
    fingerprint: str

    def select(self, keep: Callable[[str], bool]) -> Samples:
        """The samples whose texts pass."""
        return self.samples.take([row for row, text in enumerate(self.samples.texts) if keep(text)])

    def held_out(self) -> Samples:
        """The samples that never train and judge."""
        return self.select(is_held_out)


def read(path: Path, words: Path | None = None) -> Corrections:
    """Read an export and the words beside it; lines that are no correction are left out and named.

    Raises:
        OSError: a file cannot be read.
    """
    texts: list[str] = []
    labels: list[int] = []
    weights: list[float] = []
    bad = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            reason, correction = _parse(line)
            if correction is None:
                bad.append(BadRow(number, reason))
                continue
            texts.append(correction["text"])
            labels.append(correction["label"])
            weights.append(correction["weight"])
    plain = Samples.of_labels(texts, labels)
    samples = merge_equal(Samples(texts, plain.targets, np.array(weights, np.float32)))
    known = _read_words(words) if words else ()
    return Corrections(samples, known, tuple(bad), _fingerprint(samples, known))


def _read_words(path: Path) -> tuple[str, ...]:
    """The lines that are a word, as `ml.text` would have it."""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    return tuple(sorted({line for line in lines if tokenise(line) == [line]}))


def _parse(line: bytes) -> tuple[str, dict[str, Any] | None]:
    """The correction in a line, or why there is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return "not JSON", None
    match value:
        case {"text": str(text), "label": int(label), "weight": int() | float() as weight}:
            if not normalise(text):
                return "empty text", None
            if isinstance(label, bool) or not 0 <= label < len(LABELS):
                return "unknown label", None
            if not (isfinite(weight) and 0 < weight <= 1e6):
                return "weight out of range", None
            return "", value
    return "a field is missing or of the wrong kind", None


def _fingerprint(samples: Samples, words: tuple[str, ...]) -> str:
    content = blake2b(" ".join(words).encode(), digest_size=16)
    rows = zip(map(normalise, samples.texts), samples.targets.tolist(), samples.weights.tolist(), strict=True)
    for row in sorted(rows):
        content.update(repr(row).encode(errors="surrogatepass"))
    return content.hexdigest()
