"""What the command line shows: readings a line, reports, progress bars. Bars go to standard error, answers to standard
output."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import TYPE_CHECKING, BinaryIO, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from ml.classifier import Reading, Unsure
from ml.emotions import Emotion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ml.evaluation import Flagged, Metrics
    from ml.fetch import Arrived
    from ml.sources import Source

_EVERY: Final = 500
_TAG: Final = re.compile(r"<[^>]+>")


def lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of a stream as they come; bytes that are no UTF-8 become U+FFFD."""
    for line in stream:
        yield line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


def as_json(text: str, said: Reading) -> str:
    """A reading as one line of JSON."""
    return json.dumps(
        {
            "text": text,
            "emotion": None if said.emotion is None else said.emotion.label,
            "unsure": None if said.unsure is None else said.unsure.value,
            "none": said.none,
            "probabilities": {emotion.label: said.probabilities[emotion] for emotion in Emotion},
            "model": said.model,
        },
        ensure_ascii=False,
    )


def as_line(text: str, said: Reading) -> str:
    """A reading as a line for people: what, how sure, and the message."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    what, share = (said.best.label, f"{said.probabilities[said.best]:.0%}")
    if said.unsure is Unsure.NO_EMOTION:
        what, share = said.unsure.value, f"{said.none:.0%}"
    elif said.unsure is Unsure.UNREADABLE:
        what, share = said.unsure.value, "–"
    elif said.unsure is Unsure.TORN:
        what += f" or {said.runner_up.label}"
    return f"{what:<10} {share:>4}  {shown}".rstrip()


def plain(markup: str) -> str:
    """A reply of the bot's without its tags."""
    return unescape(_TAG.sub("", markup))


@contextmanager
def progress(first_stage: str) -> "Iterator[Callable[[str, float], None]]":
    """A bar on standard error, where that is a terminal; call what this gives with the stage and the share done."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:<16}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as bar:
        task = bar.add_task(first_stage, total=1.0)
        yield lambda stage, done: bar.update(task, description=stage, completed=done)


def counted(texts: "Sequence[str]", show: "Callable[[str, float], None]") -> Iterator[str]:
    """The texts, one by one; `show` gets the share of them that were taken."""
    for place, text in enumerate(texts):
        if place % _EVERY == 0:
            show("reading", place / len(texts))
        yield text


def arrival(source: "Source", arrived: "Arrived | None") -> str:
    """What `feelback data fetch` says of a file that is in place."""
    if arrived is None:
        return f"{source.target}: was there already"
    lines = [f"{source.target}: {arrived.rows:,} rows, {arrived.bad:,} bad ones left out. Licence: {source.licence}"]
    lines += [f"  sha256 {digest}  {name}" for name, digest in arrived.sha256.items()]
    return "\n".join(lines)


def print_metrics(metrics: "Metrics") -> None:
    """The figures of an evaluation."""
    console = Console(highlight=False)
    console.print(
        f"{metrics.n} rows: accuracy [b]{metrics.accuracy:.4f}[/b], macro F1 [b]{metrics.macro_f1:.4f}[/b], "
        f"one-vs-rest AUC {_figure(metrics.auc)}, expected calibration error {metrics.ece:.4f}",
        soft_wrap=True,
    )
    by_emotion = Table("emotion", *(_right(name) for name in ("precision", "recall", "AUC")), box=None)
    confusion = Table("labelled \\ read", *(_right(emotion.label) for emotion in Emotion), box=None)
    for emotion in Emotion:
        figures = (metrics.precision[emotion], metrics.recall[emotion], metrics.auc_by_emotion[emotion])
        by_emotion.add_row(emotion.label, *map(_figure, figures))
        confusion.add_row(emotion.label, *map(str, metrics.confusion[emotion]))
    for table in (by_emotion, confusion):
        console.print()
        console.print(table)
    console.print()
    console.print(_flagged("rows with an emotion", metrics.emotional), soft_wrap=True)
    if metrics.neutral.n:
        console.print(_flagged("rows labelled none", metrics.neutral), soft_wrap=True)


def _flagged(what: str, flagged: "Flagged") -> str:
    reasons = (flagged.no_emotion, flagged.torn, flagged.unreadable)
    names = ("no emotion", "torn", "unreadable")
    parts = ", ".join(f"{name} {_percent(share)}" for name, share in zip(names, reasons, strict=True))
    return f"flagged as unsure of the {flagged.n} {what}: {_percent(flagged.unsure)} ({parts})"


def _right(name: str) -> Column:
    return Column(name, justify="right")


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
