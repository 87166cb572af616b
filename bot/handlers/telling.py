"""What there is to tell of a message: what the model made of it, what its author taught, what the text itself shows."""

import re
from collections.abc import Mapping
from typing import Final

from bot.handlers.context import Parts
from bot.replies.reading import Told
from bot.storage.readings import ReadingRow
from ml.classifier import Reading, Unsure

_RUSSIAN: Final = re.compile(r"[а-яё]", re.IGNORECASE)
_NEIGHBOURS: Final = re.compile(r"[іїєґўђјљњћџѓќ]", re.IGNORECASE)
_LETTER: Final = re.compile(r"[^\W\d_]")


def told(
    said: Reading, taught: int | None, text: str | None, parts: Parts, votes: Mapping[int, int] | None = None
) -> Told:
    """What there is to tell; less of it where the text can't be reached (any more)."""
    if text is None:
        return Told(said, taught, votes=votes or {})
    moves, help_ = parts.live.classifier.moves(text), parts.safety.look(text) if parts.safety else None
    return Told(said, taught, moves, is_russian(text), votes or {}, help_)


def said_before(row: ReadingRow) -> Reading:
    """What the model had made of a message when the reading was stored."""
    unsure = None if row.unsure is None else Unsure(row.unsure)
    return Reading(row.emotion, unsure, row.none, row.probabilities, str(row.model_version))


def is_russian(text: str) -> bool:
    """Whether most letters of a text are those of Russian, and none that only its neighbours write."""
    return not _NEIGHBOURS.search(text) and 2 * len(_RUSSIAN.findall(text)) > len(_LETTER.findall(text))
