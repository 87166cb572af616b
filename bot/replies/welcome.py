"""The first message, with examples to try."""

from html import escape
from typing import Final

from bot.replies import reading
from bot.replies.reading import Told
from bot.replies.texts import Markup, Texts

EXAMPLES: Final = ("I finally got the job!!", "I miss my grandmother so much today")
"""In English in every language, as that is what is read; a button carries its place."""


def shown(example: str, told: Told, texts: Texts) -> Markup:
    """The first message, with an example and its reading below."""
    return Markup(f"{texts.say('start')}\n\n<blockquote>{escape(example)}</blockquote>\n{reading.reading(told, texts)}")
