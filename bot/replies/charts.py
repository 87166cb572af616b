"""Pictures, as PNG: a person's thirty days, the bot's figures, what a retraining changed.

Each is a dark card, which Telegram's dark theme and its light one both take well, sized to be read on a phone. No
picture relies on colour alone: rows are named, and marks differ in place or shape. Drawn in a thread of its own,
because matplotlib is for one thread at a time, and loaded when the bot has answered for a while.
"""

import asyncio
import io
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from html import unescape
from math import floor
from typing import TYPE_CHECKING, Any, Final, ParamSpec

from babel.dates import format_skeleton
from babel.numbers import format_decimal

from bot.replies import emotions
from bot.replies.texts import Texts
from bot.storage.statistics import Agreement, Overview
from ml.emotions import COLOURS, LABELS, Emotion

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")

DAYS: Final = 30
PAPER: Final = "#17151f"
_INK: Final = "#eeecf6"
_SOFT: Final = "#a39fb6"
_LINE: Final = "#34303f"
_FILLS: Final = (*COLOURS, "#56516a")
"""By label, then of readings that named none."""

_VERSIONS: Final = 6
_MODELS: Final = ("champion", "candidate")
_FIGURES: Final = {"recall": "change-recall", "f1": "change-f1"}
_WIDTH: Final = 8.0
_DPI: Final = 160
_SIZE: Final = 18
"""Of letters, in points: 40 of a picture's 1,280 pixels, 11 of a phone's 360."""

_THREAD: Final = ThreadPoolExecutor(1, thread_name_prefix="charts")


async def warm(after: float) -> None:
    """Load what draws, so many seconds from now: on a new machine that may take longer than an answer may."""
    await asyncio.sleep(after)
    await draw(lambda: _png(_card(1, " ")))


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


def statistics(by_day: Mapping[tuple[date, int], int], overview: Overview, last: date, texts: Texts) -> bytes:
    """Readings a day up to `last`; below, by label, their mix in these days and how much people agreed; at last the
    same by model version. A line beside a dot is where the share may as well be."""
    versions = list(overview.agreement_by_version.items())[-_VERSIONS:]
    figure = _card(9.4 + 0.42 * len(versions), texts.say("stats-title"))
    grid = figure.add_gridspec(3, 2, height_ratios=(3, 4.2, max(0.45 * len(versions), 0.01)), width_ratios=(5, 7))
    _readings_a_day(figure.add_subplot(grid[0, :]), by_day, last, texts)
    totals = [sum(count for (_, of), count in by_day.items() if of == label) for label in range(len(_FILLS))]
    mix = figure.add_subplot(grid[1, 0])
    _mix(mix, totals, texts)
    agreement = figure.add_subplot(grid[1, 1])
    _agreement(agreement, [overview.agreement_by_label.get(label) for label in range(len(_FILLS))], _FILLS)
    _head(agreement, texts.say("stats-agreement-title"))
    agreement.set_yticklabels([])
    if versions:
        below = figure.add_subplot(grid[2, 1])
        _agreement(below, [of for _, of in versions], [_INK] * len(versions))
        below.set_yticks(range(len(versions)), [texts.say("stats-version", version=version) for version, _ in versions])
    return _png(figure)


def change(report: Mapping[str, Any], texts: Texts) -> bytes:
    """What a retraining changed: of each emotion the recall and F1, from the old model's ring to the new one's dot; and
    the words that they read most differently."""
    words = report.get("words", [])
    heights = [5.2, 1.0 + 0.55 * len(words)] if words else [5.2]
    figure = _card(sum(heights), texts.say("change-title"))
    parts = figure.subfigures(len(heights), height_ratios=heights, squeeze=False)[:, 0]
    figures = [(name, title) for name, title in _FIGURES.items() if all(name in report[model] for model in _MODELS)]
    for place, (name, title) in enumerate(figures):
        axes = parts[0].add_subplot(1, len(figures), place + 1)
        _moves(axes, *(report[model][name] for model in _MODELS))
        _head(axes, texts.say(title))
        if place == 0:
            axes.set_yticklabels([unescape(emotions.name(emotion, texts)) for emotion in Emotion])
    if words:
        _moved_words(parts[1].add_subplot(), words, texts)
    return _png(figure)


def _moves(axes: "Axes", old: Sequence[float | None], new: Sequence[float | None]) -> None:
    shares = [share for share in (*old, *new) if share is not None]
    least = floor(10 * min(shares, default=0)) / 10
    for place in (least, 1):
        axes.axvline(place, color=_LINE, linewidth=1, zorder=0)
    for row, (before, after) in enumerate(zip(old, new, strict=True)):
        if before is None or after is None:
            continue
        axes.plot([before, after], [row, row], color=COLOURS[row], linewidth=3)
        ring: dict[str, Any] = {"marker": "o", "markersize": 11, "markeredgewidth": 2.5, "clip_on": False}
        axes.plot([before], [row], markerfacecolor=PAPER, markeredgecolor=COLOURS[row], **ring)
        axes.plot([after], [row], color=COLOURS[row], **ring)
        points = f"{100 * (after - before):+.1f}".replace("-", "−")
        axes.text(1 + 0.08 * (1 - least), row, points, color=_INK, fontsize=_SIZE, va="center")
    _plain(axes)
    _rows(axes, [""] * len(Emotion))
    axes.set_xlim(least - 0.04 * (1 - least), 1 + 0.42 * (1 - least))
    axes.set_xticks([least, 1], [f"{least:.0%}", "100%"])


def _moved_words(axes: "Axes", words: Sequence[Mapping[str, Any]], texts: Texts) -> None:
    for row, moved in enumerate(words):
        for column, model in zip((0.28, 0.68), _MODELS, strict=True):
            label = max(range(len(LABELS)), key=moved[model].__getitem__)
            told = f"{unescape(emotions.name(label, texts))} {moved[model][label]:.0%}"
            axes.plot([column], [row], color=COLOURS[label], marker="o", markersize=12)
            axes.text(column + 0.035, row, told, color=_INK, fontsize=_SIZE, va="center")
        axes.text(0, row, moved["word"], color=_INK, fontsize=_SIZE, va="center")
        axes.text(0.615, row, "→", color=_SOFT, fontsize=_SIZE, va="center")
    _plain(axes)
    _rows(axes, [""] * len(words))
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    _head(axes, texts.say("change-words"))


def _readings_a_day(axes: "Axes", by_day: Mapping[tuple[date, int], int], last: date, texts: Texts) -> None:
    bottoms = dict.fromkeys(range(1 - DAYS, 1), 0)
    for label, fill in enumerate(_FILLS):
        heights = [by_day.get((last + timedelta(days=back), label), 0) for back in bottoms]
        axes.bar(list(bottoms), heights, bottom=list(bottoms.values()), width=0.8, color=fill)
        bottoms = {back: below + height for (back, below), height in zip(bottoms.items(), heights, strict=True)}
    _head(axes, texts.say("stats-readings-title"))
    _days(axes, last, texts)
    most = max(bottoms.values())
    axes.set_ylim(0, max(most, 1) * 1.04)
    axes.set_yticks([0, most] if most else [0], [format_decimal(of, locale=texts.language) for of in {0: 0, most: 0}])
    axes.tick_params(axis="y", colors=_SOFT)


def _mix(axes: "Axes", totals: Sequence[int], texts: Texts) -> None:
    shares = [total / max(sum(totals), 1) for total in totals]
    axes.barh(range(len(totals)), shares, height=0.62, color=_FILLS)
    for row, share in enumerate(shares):
        axes.text(share + 0.03 * max(*shares, 0.01), row, _percent(share), color=_INK, fontsize=_SIZE, va="center")
    _plain(axes)
    _rows(axes, [*(emotions.name(label, texts) for label in range(len(LABELS))), texts.say("stats-unsure")])
    axes.set_xlim(0, max(*shares, 0.01) * 1.45)
    axes.set_xticks([])
    _head(axes, texts.say("stats-mix-title"))


def _agreement(axes: "Axes", rows: Sequence[Agreement | None], colours: Sequence[str]) -> None:
    for place in (0, 0.5, 1):
        axes.axvline(place, color=_LINE, linewidth=1, zorder=0)
    for row, (of, colour) in enumerate(zip(rows, colours, strict=True)):
        if of is not None:
            axes.plot(of.interval, [row, row], color=colour, linewidth=4, solid_capstyle="round")
            axes.plot([of.share], [row], color=colour, marker="o", markersize=12, markeredgecolor=PAPER, clip_on=False)
        told = "–" if of is None else _percent(of.share)
        axes.text(1.07, row, told, color=_INK, fontsize=_SIZE, va="center")
    _plain(axes)
    _rows(axes, [""] * len(rows))
    axes.set_xlim(-0.03, 1.4)
    axes.set_xticks([0, 0.5, 1], ["0", "", "100%"])


def _percent(share: float) -> str:
    return f"{share:.0%}" if share == 0 or share >= 0.005 else "<1%"


def _head(axes: "Axes", text: str) -> None:
    """What one part of a picture shows."""
    axes.set_title(unescape(text), loc="left", color=_SOFT, fontsize=_SIZE, pad=12)


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
