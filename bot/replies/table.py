"""Figures in columns."""

from collections.abc import Sequence
from html import escape

from bot.replies.texts import Markup


def table(rows: Sequence[Sequence[str]]) -> Markup:
    """Rows of equal length in a monospaced block: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]
    block = escape("\n".join(lines))
    return Markup(f"<pre>{block}</pre>")
