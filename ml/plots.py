"""Pictures of how a model reads: confusion matrix, ROC curves, reliability. Needs the extra `train` (matplotlib)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from ml.classifier import Reading
from ml.emotions import COLOURS, NO_EMOTION, Emotion
from ml.evaluation import Bins, bins, calibration_error, of_the_six

_INK: Final = "#333333"
_FAINT: Final = "#dddddd"
_NAMES: Final = [emotion.label for emotion in Emotion]
_DPI: Final = 150
_BRIGHTNESS: Final = np.array([0.2126, 0.7152, 0.0722])
"""What red, green and blue are to the eye (ITU-R BT.709)."""

_ENOUGH: Final = 20
"""A bin with fewer rows says nothing, and has no point."""

_Probabilities = NDArray[np.float64]
_Truth = NDArray[np.intp]


def draw(folder: Path, readings: Sequence[Reading], labels: Sequence[int]) -> list[Path]:
    """Draw `confusion.png`, `roc.png` and `reliability.png` into a folder, which is made if need be.

    Of the readings of texts that are labelled with one of the six; an emotion has the same colour everywhere.

    Raises:
        DatasetError: there are none.
        ValueError: not one label a reading is given.
        OSError: the files cannot be written.
    """
    probabilities, truth = of_the_six(readings, labels)
    figures = {"confusion": _confusion, "roc": _roc, "reliability": _reliability}
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        paths.append(folder / f"{name}.png")
        figure(probabilities, truth).savefig(paths[-1], dpi=_DPI)
    return paths


def draw_confusion(path: Path, readings: Sequence[Reading], labels: Sequence[int]) -> None:
    """Draw the confusion matrix alone, of the readings of texts that are labelled with one of the six.

    Raises:
        DatasetError: there are none.
        ValueError: not one label a reading is given.
        OSError: the file cannot be written.
    """
    _confusion(*of_the_six(readings, labels)).savefig(path, dpi=_DPI)


def draw_neutral(path: Path, sets: Mapping[str, tuple[Sequence[Reading], Sequence[int]]], threshold: float) -> None:
    """Draw how neutral messages are told from emotional ones: for every threshold of `none`, from 0 to 1, the shares of
    both that are read as none, a line for each of at most two sets.

    Args:
        path: of the picture.
        sets: readings of n texts and their labels, 0 to 6, by name; both kinds are among them.
        threshold: of `none`, marked on each line.

    Raises:
        OSError: the file cannot be written.
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    figure = Figure(figsize=(6.6, 5.8), layout="constrained")
    axes = figure.add_subplot()
    for (name, (readings, labels)), ink in zip(sets.items(), (_INK, COLOURS[NO_EMOTION]), strict=False):
        neutral, none = np.asarray(labels) == NO_EMOTION, np.array([reading.none for reading in readings])
        wrong, right, _ = roc_curve(neutral, none)
        label = f"{name}: AUC {roc_auc_score(neutral, none):.3f}"
        axes.plot(wrong, right, color=ink, linewidth=1.8, label=label)
        flagged = none >= threshold
        axes.scatter(flagged[~neutral].mean(), flagged[neutral].mean(), color=ink, s=56, zorder=3)
    axes.scatter([], [], color=_INK, s=56, label=f"the threshold of none, {threshold:.2f}")
    axes.plot([0, 1], [0, 1], color=_FAINT, linewidth=1, zorder=0, label="chance: AUC 0.5")
    axes.set(xlim=(-0.01, 1), ylim=(0, 1.01))
    _as_percent(axes)
    axes.legend(frameon=False, loc="lower right", fontsize=9)
    title = "Neutral messages told from emotional ones"
    _finish(axes, title, "emotional messages read as none", "neutral messages read as none")
    figure.savefig(path, dpi=_DPI)


def _confusion(probabilities: _Probabilities, truth: _Truth) -> Figure:
    """A row for each label: the shares of its rows that are read as each emotion, in the label's colour."""
    read = probabilities.argmax(axis=1)
    counts = np.bincount(truth * len(Emotion) + read, minlength=len(Emotion) ** 2).reshape(len(Emotion), -1)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    figure = Figure(figsize=(6.6, 5.8), layout="constrained")
    axes = figure.add_subplot()
    colours = (LinearSegmentedColormap.from_list("", ["white", colour]) for colour in COLOURS)
    cells = np.array([colour(row) for colour, row in zip(colours, shares, strict=False)])
    axes.imshow(cells, aspect="auto")
    for label, column in zip(*np.nonzero(counts), strict=True):
        share, count = shares[label, column], counts[label, column]
        ink = "white" if cells[label, column, :3] @ _BRIGHTNESS < 0.54 else _INK
        place: dict[str, Any] = {"ha": "center", "va": "center", "color": ink}
        axes.text(column, label - 0.1, f"{share:.0%}" if share >= 0.005 else "<1%", fontsize=11, **place)
        axes.text(column, label + 0.22, f"{count:,}", fontsize=7.5, **place)
    rows = [f"{name}\n{total:,}" for name, total in zip(_NAMES, totals[:, 0], strict=True)]
    axes.set_xticks(range(len(Emotion)), _NAMES)
    axes.set_yticks(range(len(Emotion)), rows)
    axes.set_xticks(np.arange(0.5, len(Emotion) - 1), minor=True)
    axes.set_yticks(np.arange(0.5, len(Emotion) - 1), minor=True)
    axes.grid(which="minor", color=_FAINT, linewidth=0.8)
    axes.tick_params(which="both", length=0)
    _finish(axes, f"Read right: {(read == truth).mean():.1%} of {len(truth):,} texts", "read as", "labelled")
    return figure


def _roc(probabilities: _Probabilities, truth: _Truth) -> Figure:
    """A curve for each emotion against the other five, and the corner that matters enlarged."""
    from sklearn.metrics import roc_auc_score, roc_curve

    figure = Figure(figsize=(6.6, 5.8), layout="constrained")
    axes = figure.add_subplot()
    corner = axes.inset_axes((0.33, 0.07, 0.64, 0.62), xlim=(-0.002, 0.1), ylim=(0.7, 1.006))
    for emotion in Emotion:
        positive = truth == emotion
        if positive.any() and not positive.all():
            scores = probabilities[:, emotion]
            line: dict[str, Any] = {"color": COLOURS[emotion], "linewidth": 1.8}
            wrong, right, _ = roc_curve(positive, scores)
            axes.plot(wrong, right, **line)
            corner.plot(wrong, right, label=f"{emotion.label} {roc_auc_score(positive, scores):.4f}", **line)
    for part in (axes, corner):
        part.plot([0, 1], [0, 1], color=_FAINT, linewidth=1, zorder=0, label="chance 0.5")
    axes.set(xlim=(-0.01, 1), ylim=(0, 1.01))
    for part in (axes, corner):
        _as_percent(part)
    corner.tick_params(labelsize=8, colors=_INK)
    corner.legend(title="area under the curve", frameon=False, loc="lower right", title_fontsize=9, fontsize=9)
    corner.spines[:].set_color(_FAINT)
    for connector in axes.indicate_inset_zoom(corner, edgecolor=_INK, alpha=0.4).connectors or ():
        connector.set_visible(False)
    title = f"Each emotion told from the other five, {len(truth):,} texts"
    _finish(axes, title, "false positive rate", "true positive rate")
    return figure


def _reliability(probabilities: _Probabilities, truth: _Truth) -> Figure:
    """How often what was given a probability came true: the best of the six, and each of them; and how often it was
    given."""
    figure = Figure(figsize=(6.6, 6.6), layout="constrained")
    axes, below = figure.subplots(2, height_ratios=(4, 1), sharex=True)
    axes.plot([0, 1], [0, 1], color=_FAINT, linewidth=1, zorder=0)
    for emotion in Emotion:
        points = _points(bins(probabilities[:, emotion], truth == emotion))
        if points[0].size:
            dots: dict[str, Any] = {"color": COLOURS[emotion], "s": 26, "label": emotion.label}
            axes.scatter(*points, zorder=3, **dots)
    best = bins(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth)
    axes.plot(*_points(best), color=_INK, linewidth=1.4, marker="o", label="the best of the six")
    below.bar(best.probability, best.rows / len(truth), width=0.04, color=_INK)
    axes.set(xlim=(0, 1.01), ylim=(0, 1.01))
    for part in (axes, below):
        _as_percent(part)
    axes.legend(frameon=False, loc="upper left")
    error = calibration_error(probabilities, truth)
    _finish(axes, f"Expected calibration error {error:.3f}, {len(truth):,} texts", "", "share that was right")
    _finish(below, "", "probability given", "share of texts")
    return figure


def _points(found: Bins) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probabilities and shares of the bins that hold enough rows."""
    enough = found.rows >= _ENOUGH
    return found.probability[enough], found.share[enough]


def _as_percent(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(color=_FAINT, linewidth=0.5)


def _finish(axes: Axes, title: str, across: str, up: str) -> None:
    axes.set_title(title, loc="left", color=_INK, fontsize=12, pad=10)
    axes.set_xlabel(across, color=_INK)
    axes.set_ylabel(up, color=_INK)
    axes.spines[:].set_visible(False)
    axes.tick_params(colors=_INK)
    axes.set_axisbelow(True)
