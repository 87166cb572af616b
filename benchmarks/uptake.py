"""Whether a model reads what people corrected as they said, and what is said a little differently. See
`benchmarks.learning`."""

import random
import re
import string
from collections.abc import Iterable, Mapping
from typing import Any, Final

from benchmarks.crowd import heard
from bot.learning.samples import Said, Sample
from ml.classifier import Classifier
from ml.text import is_held_out, normalise

_CONTRACTIONS: Final = {
    "i'm": "i am",
    "it's": "it is",
    "that's": "that is",
    "you're": "you are",
    "they're": "they are",
    "don't": "do not",
    "can't": "cannot",
    "didn't": "did not",
    "isn't": "is not",
    "i've": "i have",
    "i'll": "i will",
    "what's": "what is",
    "doesn't": "does not",
    "won't": "will not",
    "he's": "he is",
}
_CONTRACTED: Final = re.compile(rf"\b(?:{'|'.join(_CONTRACTIONS)})\b", re.IGNORECASE)
_LONG_WORD: Final = re.compile(r"\b[a-z]{5,}\b", re.IGNORECASE)
_PUNCTUATION: Final = str.maketrans("", "", "".join(set(string.punctuation) - {"'"}))


def uptake(classifier: Classifier, said: Iterable[Said], samples: Iterable[Sample]) -> dict[str, Any]:
    """Of the corrected texts, the shares that are read as most people say: of those that train, of light paraphrases of
    these by kind, and of those that are held out."""
    wanted = _corrected(said, samples)
    trained = {text: label for text, label in wanted.items() if not is_held_out(text)}
    rows: dict[str, list[tuple[str, int]]] = {
        "trained": list(trained.items()),
        "held out": [(text, label) for text, label in wanted.items() if text not in trained],
        "paraphrases": [],
    }
    for text, label in trained.items():
        for kind, paraphrase in paraphrases(text).items():
            rows.setdefault(kind, []).append((paraphrase, label))
            rows["paraphrases"].append((paraphrase, label))
    return {kind: {"n": len(of), "right": right(classifier, of)} for kind, of in rows.items() if of}


def right(classifier: Classifier, rows: Iterable[tuple[str, int]]) -> float:
    """The share of texts that are read as their label."""
    listed = list(rows)
    readings = classifier.read_many([text for text, _ in listed])
    return sum(heard(said) == label for said, (_, label) in zip(readings, listed, strict=True)) / len(listed)


def paraphrases(text: str) -> dict[str, str]:
    """The text said a little differently, by kind, as far as a kind changes anything."""
    chance = random.Random(text)  # noqa: S311
    ways = {
        "case": text.lower() if text.isupper() else text.upper(),
        "punctuation": text.translate(_PUNCTUATION).strip(),
        "typo": _typo(text, chance),
        "contraction": _CONTRACTED.sub(lambda match: _CONTRACTIONS[match[0].lower()], text.replace("’", "'")),
    }
    if ways["punctuation"] == text:
        ways["punctuation"] = f"{text}."
    return {kind: way for kind, way in ways.items() if way != text and normalise(way)}


def _typo(text: str, chance: random.Random) -> str:
    """Two neighbouring letters inside one long word change places."""
    words = list(_LONG_WORD.finditer(text))
    if not words:
        return text
    word = chance.choice(words)
    place = chance.randrange(word.start() + 1, word.end() - 2)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _corrected(said: Iterable[Said], samples: Iterable[Sample]) -> Mapping[str, int]:
    """Texts that somebody corrected, rather than confirmed, with the label that weighs most."""
    corrected = {normalise(one.text) for one in said if not one.confirmation}
    best: dict[str, Sample] = {}
    for sample in samples:
        if normalise(sample.text) in corrected and (
            sample.text not in best or sample.weight > best[sample.text].weight
        ):
            best[sample.text] = sample
    return {text: sample.label for text, sample in best.items()}
