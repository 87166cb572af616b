"""How a label looks to people: its emoji, its names, its bar."""

from typing import Final

from bot.replies.texts import Markup, Texts

EMOJI: Final = ("😢", "😊", "❤️", "😠", "😨", "😮", "😐")
"""By label: the six emotions, then none."""

_NAMES: Final = (
    "emotion-sadness",
    "emotion-joy",
    "emotion-love",
    "emotion-anger",
    "emotion-fear",
    "emotion-surprise",
    "emotion-none",
)
_SHORT: Final = (
    "button-sadness",
    "button-joy",
    "button-love",
    "button-anger",
    "button-fear",
    "button-surprise",
    "button-none",
)
_CELLS: Final = 10


def name(label: int, texts: Texts) -> Markup:
    """A label's full name: "Sadness", …, "No emotion"."""
    return texts.say(_NAMES[label])


def button(label: int, texts: Texts) -> str:
    """A label's emoji and short name, for a button."""
    return f"{EMOJI[label]} {texts.say(_SHORT[label])}"


def bar(share: float) -> str:
    """A share between 0 and 1 as ten cells, at least one of them full unless the share is 0."""
    full = min(_CELLS, max(round(share * _CELLS), int(share > 0)))
    return "▰" * full + "▱" * (_CELLS - full)
