"""What there is to tell of a message: what the model made of it, what its author taught, what the text itself shows."""

import re
from typing import Final

from bot.handlers.context import Parts
from bot.replies.reading import Told
from bot.storage.readings import ReadingRow
from ml.classifier import Reading, Unsure

_RUSSIAN: Final = re.compile(r"[а-яё]", re.IGNORECASE)
_NEIGHBOURS: Final = re.compile(r"[іїєґўђјљњћџѓќ]", re.IGNORECASE)
_LETTER: Final = re.compile(r"[^\W\d_]")


def told(said: Reading, taught: int | None, text: str | None, parts: Parts) -> Told:
    """What there is to tell; less of it where the text can't be reached (any more)."""
    if text is None:
        return Told(said, taught)
    return Told(said, taught, parts.live.classifier.moves(text), is_russian(text))


def told_before(row: ReadingRow, text: str | None, parts: Parts) -> Told:
    """What there was to tell when the reading was stored."""
    unsure = None if row.unsure is None else Unsure(row.unsure)
    said = Reading(row.emotion, unsure, row.none, row.probabilities, str(row.model_version))
    return told(said, row.taught, text, parts)


def is_russian(text: str) -> bool:
    """Whether most letters of a text are those of Russian, and none that only its neighbours write."""
    return not _NEIGHBOURS.search(text) and 2 * len(_RUSSIAN.findall(text)) > len(_LETTER.findall(text))
