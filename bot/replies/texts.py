"""The bot's words, one Fluent file a language, as HTML that Telegram takes."""

import logging
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

from fluent.runtime import FluentBundle, FluentResource

LANGUAGES: Final = ("en", "ru")
"""The languages there are; the first serves whoever speaks none of them."""

_FOLDER: Final = Path(__file__).parent
_log = logging.getLogger(__name__)


class Markup(str):
    """A string that is HTML already and is put into a text as it is."""

    __slots__ = ()


class Texts:
    """All the words in one language. Use `texts_for` to get one."""

    def __init__(self, language: str) -> None:
        self.language: Final = language
        self._bundle = FluentBundle([language], use_isolating=False)
        self._bundle.add_resource(FluentResource((_FOLDER / f"{language}.ftl").read_text(encoding="utf-8")))

    def say(self, key: str, **values: Any) -> Markup:
        """The text called `key` with `values` filled in; every value that is a plain string is escaped.

        Raises:
            KeyError: there is no such text.
        """
        pattern = self._bundle.get_message(key).value
        if pattern is None:
            raise KeyError(key)
        shown = {name: escape(value) if type(value) is str else value for name, value in values.items()}
        text, errors = self._bundle.format_pattern(pattern, shown)
        if errors:
            _log.error("text %s in %s: %s", key, self.language, ", ".join(type(error).__name__ for error in errors))
        return Markup(text)


@cache
def _texts(language: str) -> Texts:
    return Texts(language)


def texts_for(language_code: str | None) -> Texts:
    """The texts for a Telegram `language_code`, such as `ru` or `en-GB`."""
    language = (language_code or "").lower().partition("-")[0]
    return _texts(language if language in LANGUAGES else LANGUAGES[0])
