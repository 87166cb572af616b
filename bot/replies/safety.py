"""Plain words of somebody who may hurt themselves, and where they are told help is found. Nothing is stored about it.

Words and help are in a file that an operator can change: see `safety.toml`.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeAlias

from bot.replies.texts import LANGUAGES, Markup
from ml.text import tokenise

SHIPPED: Final = Path(__file__).with_name("safety.toml")

Help: TypeAlias = Mapping[str, Markup]
"""What such a person is told, by language."""


class SafetyError(ValueError):
    """What is wrong with a file, in one line."""


class Safety:
    """What to look for, and what to say."""

    def __init__(self, help_: Help, phrases: Iterable[str], harmless: Iterable[str]) -> None:
        self._help: Final = help_
        self._phrases: Final = _by_length(phrases)
        self._harmless: Final = _by_length(harmless)

    def look(self, text: str) -> Help | None:
        """What to tell whoever wrote the text; None where nothing in it calls for that."""
        words = _words(text)
        found = list(_find(self._phrases, words))
        if not found:
            return None
        harmless = set(chain.from_iterable(_find(self._harmless, words)))
        return None if all(harmless.intersection(places) for places in found) else self._help


def load(path: Path) -> Safety:
    """What a file says.

    Raises:
        SafetyError: it can't be read, or lacks something.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SafetyError(f"{path} can't be read: {error}") from None
    tables: dict[str, Any] = {language: content.get(language) for language in LANGUAGES}
    for language, table in tables.items():
        if not isinstance(table, dict) or not isinstance(table.get("help"), str) or not table["help"].strip():
            raise SafetyError(f"{path}: [{language}] has no help, a text")
    found: dict[str, list[str]] = {"phrases": [], "harmless": []}
    for language, table in content.items():
        for name, phrases in found.items():
            listed = table.get(name, []) if isinstance(table, dict) else None
            if not isinstance(listed, list) or not all(isinstance(phrase, str) and _words(phrase) for phrase in listed):
                raise SafetyError(f"{path}: {name} of [{language}] is not a list of phrases")
            phrases += listed
    help_ = {language: Markup(escape(table["help"].strip())) for language, table in tables.items()}
    return Safety(help_, found["phrases"], found["harmless"])


def _words(text: str) -> list[str]:
    """The words of a text as they are compared: normalised as for reading, without marks."""
    return [token.replace("ё", "е") for token in tokenise(text) if token[0].isalnum()]


def _by_length(phrases: Iterable[str]) -> dict[int, set[tuple[str, ...]]]:
    """The phrases as words, by how many they are."""
    found: defaultdict[int, set[tuple[str, ...]]] = defaultdict(set)
    for words in map(tuple, map(_words, phrases)):
        found[len(words)].add(words)
    return found


def _find(phrases: Mapping[int, Set[tuple[str, ...]]], words: Sequence[str]) -> Iterator[range]:
    """The places of words at which one of the phrases stands."""
    for length, some in phrases.items():
        for start in range(len(words) - length + 1):
            if tuple(words[start : start + length]) in some:
                yield range(start, start + length)
