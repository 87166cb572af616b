"""Why a message was read as it was."""

from collections.abc import Sequence
from html import escape
from typing import Final

from bot.replies.texts import Markup, Texts
from ml.classifier import Influence

SHOWN: Final = 1_500
"""Characters of a message that are shown at most: 3,000 of the 4,096 that Telegram takes, where each counts twice."""

_BEFORE: Final = 200
"""Characters of a longer message before the strongest word."""


def why(reading: Markup, text: str, influences: Sequence[Influence], texts: Texts) -> Markup:
    """The reading, and the message under it with the words underlined that carried it."""
    if not influences:
        return Markup(f"{reading}\n\n{texts.say('why-none')}")
    return Markup(f"{reading}\n\n{texts.say('why')}\n<blockquote>{_underlined(text, influences)}</blockquote>")


def _underlined(text: str, influences: Sequence[Influence]) -> str:
    """What of the text can be shown, around the strongest word, as HTML."""
    first = 0 if len(text) <= SHOWN else max(influences[0].start - _BEFORE, 0)
    last = min(first + SHOWN, len(text))
    parts, done = ["…" if first else ""], first
    for one in sorted(influences, key=lambda one: one.start):
        if done <= one.start and one.end <= last:
            parts += [escape(text[done : one.start]), f"<u>{escape(text[one.start : one.end])}</u>"]
            done = one.end
    parts += [escape(text[done:last]), "…" if last < len(text) else ""]
    return "".join(parts).strip()
