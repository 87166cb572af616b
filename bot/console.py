"""What the command line shows: readings a line, reports, progress bars. Bars go to standard error, answers to standard
output."""

import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from html import unescape
from io import BufferedIOBase, BufferedReader
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from ml.classifier import Reading, Unsure
from ml.emotions import LABELS, Emotion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bot.doctor import Finding
    from ml.classifier import Influence
    from ml.evaluation import Flagged, Metrics
    from ml.fetch import Arrived, FetchError
    from ml.sources import Source

STDERR: Final = Console(stderr=True)
_EVERY: Final = 500
_AT_ONCE: Final = 2**16
"""Bytes of standard input that are taken in before they are answered, at most."""

_encode: Final = json.JSONEncoder(ensure_ascii=False).encode
_JOINER: Final = "\u200d"
"""Makes one emoji of several; of the characters that aren't printable the only one that is shown."""

_TAG: Final = re.compile(r"<[^>]+>")


def lines(stream: BufferedIOBase) -> Iterator[list[str]]:
    """The lines of a stream, all that have come so far at a time; bytes that are no UTF-8 become U+FFFD."""
    begun: list[bytes] = []
    while came := stream.read1(_AT_ONCE):
        first, *others = came.split(b"\n")
        begun.append(first)
        if others:
            whole = [b"".join(begun), *others[:-1]]
            begun = [others[-1]]
            yield [_line(line) for line in whole]
    if any(begun):
        yield [_line(b"".join(begun))]


def followed(stream: BufferedReader) -> Iterator[list[str]]:
    """The lines of standard input, with a bar where that is a file and answers don't go to the bar's terminal."""
    status = os.fstat(0)
    if not stat.S_ISREG(status.st_mode) or sys.stdout.isatty():
        yield from lines(stream)
        return
    with progress("reading") as show:
        for came in lines(stream):
            yield came
            show("reading", stream.tell() / max(status.st_size, 1))


def _line(line: bytes) -> str:
    return line.decode("utf-8", "replace").removesuffix("\r")


def as_json(text: str, said: Reading, why: "Sequence[Influence] | None" = None) -> str:
    """A reading as one line of JSON, with the words that carried it where they are given."""
    values: dict[str, Any] = {
        "text": text,
        "emotion": None if said.emotion is None else LABELS[said.emotion],
        "unsure": said.unsure,
        "none": said.none,
        "probabilities": dict(zip(LABELS, said.probabilities, strict=False)),
        "model": said.model,
    }
    if why is not None:
        values["why"] = [asdict(one) for one in why]
    return _encode(values)


def as_line(text: str, said: Reading, why: "Sequence[Influence] | None" = None) -> str:
    """A reading as a line for people: what, how sure, the message, and the words that carried it where they are
    given."""
    if why:
        text += _carried(why)
    shown = text if text.isprintable() else "".join(map(_shown, text))
    if said.emotion is not None:
        what, share = LABELS[said.emotion], said.probabilities[said.emotion]
    elif said.unsure is Unsure.NO_EMOTION:
        what, share = "no clear emotion", said.none
    elif said.unsure is Unsure.TORN:
        what, share = f"{LABELS[said.best]} or {LABELS[said.runner_up]}", max(said.probabilities)
    else:
        return f"{'unreadable':<19}    –  {shown}".rstrip()
    return f"{what:<19} {share:4.0%}  {shown}".rstrip()


def _carried(why: "Sequence[Influence]") -> str:
    """The words that carried a reading, each once with the most that it did, without those that did next to nothing."""
    told: dict[str, str] = {}
    for one in why:
        if (drop := f"{one.drop:.0%}") != "0%":
            told.setdefault(one.word.casefold(), f"{one.word} {drop}")
    return f"  [{', '.join(told.values())}]" if told else ""


def _shown(character: str) -> str:
    """The character, or a space for one that could do something to a terminal."""
    return character if character.isprintable() or character == _JOINER else " "


def plain(markup: str) -> str:
    """A reply of the bot's without its tags."""
    return unescape(_TAG.sub("", markup))


@contextmanager
def progress(first_stage: str) -> "Iterator[Callable[[str, float], None]]":
    """A bar on standard error, where that is a terminal; call what this gives with the stage and the share done."""
    with Progress(
        TextColumn("{task.description:<16}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=STDERR,
        disable=not STDERR.is_terminal,
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


def print_finding(finding: "Finding") -> None:
    """A line of `feelback doctor`."""
    style = {"✓": "green", "!": "yellow", "✗": "bold red"}[finding.verdict]
    line = Text.assemble((finding.verdict, style), f" {finding.part:<10} ", finding.told)
    Console(highlight=False).print(line, soft_wrap=True)


def arrival(source: "Source", arrived: "Arrived | None") -> str:
    """What `feelback data fetch` says of a file that is in place."""
    if arrived is None:
        return f"{source.target}: was there already"
    lines = [f"{source.target}: {arrived.rows:,} rows, {arrived.bad:,} bad ones left out. Licence: {source.licence}"]
    lines += [f"  sha256 {digest}  {name}" for name, digest in arrived.sha256.items()]
    return "\n".join(lines)


def what_is_missing(missing: "Mapping[Source, FetchError]", of: int, folder: "Path") -> str:
    """How `feelback data fetch` ends where files are missing: what to do."""
    from ml.fetch import NoConnectionError, by_hand
    from ml.sources import KAGGLE

    there = f"; the others are in {folder}" if len(missing) < of else ""
    offline = all(isinstance(error, NoConnectionError) for error in missing.values())
    network = " No home can be reached: is there a network?" if offline else ""
    first = next(iter(missing))
    packed = ", or in Kaggle's zip" if first.addresses[0].startswith(KAGGLE) else ""
    return (
        f"{len(missing)} of {of} files are missing{there}.{network} Run this again later, or download by hand what is "
        f"named above to {folder}/downloads/<source>/<file>, such as {by_hand(first, first.addresses[0], folder)}"
        f"{packed}, and run this again. ml/sources.py lists the files of each source."
    )


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
