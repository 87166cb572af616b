"""Pictures, as PNG: a person's thirty days, the bot's figures, what a retraining changed.

Each is a dark card, which Telegram's dark theme and its light one both take well, sized to be read on a phone. No
picture relies on colour alone: rows are named, and marks differ in place or shape. Drawn in a thread of its own,
because matplotlib is for one thread at a time, and loaded with the first picture, because few ask for one.
"""

import asyncio
import io
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from html import unescape
from typing import TYPE_CHECKING, Any, Final, ParamSpec

from babel.dates import format_skeleton

from bot.replies import emotions
from bot.replies.texts import Texts
from ml.emotions import COLOURS, LABELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")

DAYS: Final = 30
PAPER: Final = "#17151f"
_INK: Final = "#eeecf6"
_SOFT: Final = "#a39fb6"
_LINE: Final = "#34303f"
_WIDTH: Final = 8.0
_DPI: Final = 160
_SIZE: Final = 15
"""Of letters, in points: 33 of a picture's 1,280 pixels, 9 of a phone's 360."""

_THREAD: Final = ThreadPoolExecutor(1, thread_name_prefix="charts")


async def draw(chart: Callable[P, bytes], *args: P.args, **kwargs: P.kwargs) -> bytes:
    """A picture, drawn beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_THREAD, partial(chart, *args, **kwargs))


def mood(counts: Mapping[tuple[date, int], int], last: date, texts: Texts) -> bytes:
    """Thirty days up to `last`: a row for each label, a dot for each day that has it, larger the more often."""
    figure = _card(6.4, texts.say("mood-title"))
    axes = figure.add_subplot()
    _days(axes, last, texts)
    most = max(counts.values(), default=1)
    for label in range(len(LABELS)):
        row = {(day - last).days: count for (day, of), count in counts.items() if of == label}
        axes.axhline(label, color=_LINE, linewidth=1, zorder=0)
        sizes = [40 + 280 * count / most for count in row.values()]
        axes.scatter(
            list(row), [label] * len(row), s=sizes, color=COLOURS[label], linewidths=0, zorder=2, clip_on=False
        )
        total = sum(row.values())
        axes.text(1.2, label, str(total), color=_INK if total else _SOFT, fontsize=_SIZE, va="center")
    _rows(axes, [emotions.name(label, texts) for label in range(len(LABELS))])
    return _png(figure)


def _card(height: float, title: str) -> "Figure":
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.25, h_pad=0.22, hspace=0.08)
    figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, facecolor=PAPER, layout=layout)
    figure.suptitle(unescape(title), x=0.035, ha="left", color=_INK, fontsize=_SIZE + 5, fontweight="bold")
    return figure


def _days(axes: "Axes", last: date, texts: Texts) -> None:
    """The days across, up to `last`, at 0; each week named by its first."""
    weeks = range(0, -DAYS, -7)
    names = [format_skeleton("MMMd", last + timedelta(days=back), locale=texts.language) for back in weeks]
    axes.set_xlim(0.6 - DAYS, 0.8)
    axes.set_xticks(list(weeks), names)
    _plain(axes)


def _rows(axes: "Axes", names: Sequence[str]) -> None:
    """Named rows, the first on top."""
    axes.set_yticks(range(len(names)), [unescape(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)


def _plain(axes: "Axes") -> None:
    axes.set_facecolor(PAPER)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, colors=_SOFT, labelsize=_SIZE, pad=8)
    axes.tick_params(axis="y", colors=_INK)


def _png(figure: "Figure") -> bytes:
    file = io.BytesIO()
    options: dict[str, Any] = {"format": "png", "metadata": {"Software": None}}
    figure.savefig(file, **options)
    return file.getvalue()
