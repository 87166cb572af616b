"""What a retraining costs: `ml.retrain` as the bot calls it, beside the notebook's own way, on the same rows.

    python -m benchmarks.training DATA [--sizes SIZE …] [--work FOLDER]

DATA is as for `benchmarks.quality`. A size is a multiple of the original data set's 416,809 rows, in its mix of
emotions; `chat` is size 1 with the chat corpora beside it. Where DATA has fewer rows of an emotion they are repeated,
each time with another word at the end ("copyb"), so that they are not merged as equal texts. With each size come 10,000
corrections, which are rows of GoEmotions.

Ours is everything from the start of the process to its end: reading, checking, tokenising, training, calibrating,
export through LiteRT, judging champion and candidate, the bundle. The first retraining trains the base's own model too;
those that follow find it, and teach it. The notebook's way is Keras' `fit` with batches of 32 over what of the same
rows and corrections trains, 3 times, as in `benchmarks.quality`; start and reading are in its time, but no checks and
no export. It is left out beyond size 1, where it would take an hour.

Each figure is appended to FOLDER/results.jsonl as it comes, and what is there already is not done again: remove the
folder to begin anew.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import Any, Final

import numpy as np

from benchmarks import quality
from benchmarks.crowd import rows_of
from benchmarks.results import Results
from ml import base, dataset
from ml.bundle import SHIPPED, Bundle
from ml.emotions import NO_EMOTION
from ml.samples import Samples
from ml.text import is_held_out

ROWS: Final = 416_809
CORRECTIONS: Final = 10_000
SIZES: Final = ("0.25", "1", "chat", "4")
STAGES: Final = ("start", "reading", "tokenising", "training", "calibrating", "exporting", "judging")
MEASURED: Final = ("official_test", "natural_mix", "everyday")


def main() -> None:
    """Measure what is not in the results yet, and print all sizes."""
    parser = argparse.ArgumentParser(description="What a retraining costs, beside the notebook's own way.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--sizes", nargs="+", default=SIZES, metavar="SIZE")
    parser.add_argument("--work", type=Path, default=Path("var/training"))
    parser.add_argument("--notebook", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.notebook:
        json.dump(_notebook(options.data, options.work), sys.stdout)
        return
    results = Results(options.work / "results.jsonl")
    for size in options.sizes:
        folder = options.work / f"size_{size}"
        if not (folder / "notebook.csv").exists():
            _say(f"size {size}: preparing")
            prepare(options.data, folder, size)
        for number in (1, 2) if rows_times(size) <= 1 else (1,):
            if not results.has(f"ours, {size}", number):
                results.add(f"ours, {size}", number, **ours(options.data, folder, size, first=number == 1))
        if size != "chat" and rows_times(size) <= 1 and not results.has(f"notebook, {size}", 1):
            _say(f"size {size}: the notebook's way")
            results.add(f"notebook, {size}", 1, **notebook(options.data, folder))
    print_table(results, options.sizes)


def rows_times(size: str) -> float:
    """How many times the original data set's rows there are in a size."""
    return 1.0 if size == "chat" else float(size)


def prepare(data: Path, folder: Path, size: str) -> None:
    """A data set of a size, corrections, and what of both trains, for the notebook."""
    emotions = folder / "emotions"
    emotions.mkdir(parents=True, exist_ok=True)
    for path in quality.own_files(data, ("official_val", *quality.OWN)).values():
        shutil.copy(path, emotions)
    if size == "chat":
        shutil.copytree(data / "chat", folder / "chat", dirs_exist_ok=True)
    rows = list(_repeated(dataset.load(data / "emotions").train, rows_times(size)))
    random = np.random.default_rng(1)
    random.shuffle(rows)
    _write(emotions / "text.csv", rows)
    crowd = rows_of(data / "chat" / "goemotions_train.csv")
    said = [crowd[place] for place in random.permutation(len(crowd))[:CORRECTIONS]]
    with (folder / "corrections.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(f"{json.dumps({'text': row.text, 'label': row.label, 'weight': 1.0})}\n" for row in said)
    trains = dataset.load(emotions).train
    labels = trains.targets.argmax(axis=1).tolist()
    taught = [(row.text, row.label) for row in said if row.label != NO_EMOTION and not is_held_out(row.text)]
    _write(folder / "notebook.csv", [*zip(trains.texts, labels, strict=True), *taught])


def _repeated(samples: Samples, size: float) -> Iterator[tuple[str, int]]:
    labels = samples.targets.argmax(axis=1)
    for emotion, rows in enumerate(base.NATURAL_MIX):
        places = np.flatnonzero(labels == emotion).tolist()
        for number in range(round(ROWS * size * rows / sum(base.NATURAL_MIX))):
            copy, place = divmod(number, len(places))
            text = samples.texts[places[place]]
            yield (f"{text} copy{ascii_lowercase[copy]}" if copy else text), emotion


def _write(path: Path, rows: Sequence[tuple[str, int]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])


def ours(data: Path, folder: Path, size: str, *, first: bool) -> dict[str, Any]:
    """Seconds by stage, peak memory and figures of a retraining: the first, or one that finds the base's model."""
    out, kept = folder / "candidate.bundle", folder / "kept"
    if first:
        shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "ml.retrain", "--champion", str(SHIPPED), "--data", str(folder)]
    command += ["--corrections", str(folder / "corrections.jsonl"), "--out", str(out), "--keep", str(kept)]
    command += ["--threads", "2"]
    began, ends = time.monotonic(), dict.fromkeys(STAGES, 0.0)
    report: dict[str, Any] = {}
    reached = 0
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        for line in process.stdout or ():
            event, now = json.loads(line), time.monotonic() - began
            if event["event"] == "error":
                sys.exit(f"size {size}: {event['message']}")
            if event["event"] == "report":
                report = event
                continue
            reached = max(reached, STAGES.index(_stage(event["stage"], event["done"], ends)))
            ends[STAGES[reached]] = now
            _say(f"size {size}: {now:4.0f} s, {event['stage']} {event['done']:.0%}")
        memory = _end(process)
    ends["judging"] = time.monotonic() - began
    seconds = dict(zip(STAGES, np.diff([0.0, *ends.values()]).tolist(), strict=True))
    bundle = Bundle.load(out)
    figures = _figures(quality.ours(bundle), data)
    return {
        "rows": _count(folder / "emotions" / "text.csv"),
        "samples": report["samples"],
        "corrections": report["corrections_trained"],
        "seconds": seconds,
        "total": ends["judging"],
        "memory": memory,
        "figures": figures,
    }


def _stage(stage: str, done: float, ends: dict[str, float]) -> str:
    """The stage of `STAGES` that ends, as far as is known, with such an event of `ml.retrain`."""
    if stage == "training":
        return ("training" if ends["tokenising"] else "tokenising") if done else "reading"
    before, after = {
        "reading": ("start", "reading"),
        "exporting": ("calibrating", "exporting"),
        "judging": ("exporting", "judging"),
    }[stage]
    return after if done else before


def notebook(data: Path, folder: Path) -> dict[str, Any]:
    """The same of the notebook's way, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.training", str(data), "--work", str(folder), "--notebook"]
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        told = (process.stdout or sys.stdin).read()
        memory = _end(process)
    return {"total": time.monotonic() - began, "memory": memory, "figures": json.loads(told)}


def _notebook(data: Path, folder: Path) -> dict[str, float]:
    """Be that process."""
    with (folder / "notebook.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], int(row["label"])) for row in csv.DictReader(file)]
    texts, labels = zip(*rows, strict=True)
    return _figures(quality.notebook(Samples.of_labels(texts, labels)), data)


def _figures(model: quality.Model, data: Path) -> dict[str, float]:
    sets = quality.measured(data)
    told: dict[str, float] = quality.figures(model, {name: sets[name] for name in MEASURED if name in sets})["figures"]
    return told


def _end(process: subprocess.Popen[str]) -> float:
    """Wait for the end of a process; the most memory that it, or a child of it, took, in MB."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{process.args!r} failed")
    return usage.ru_maxrss / 1e3


def _count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1


def _say(what: str) -> None:
    print(what, file=sys.stderr)


def print_table(results: Results, sizes: Sequence[str]) -> None:
    """A row a size and a way; figures that were not measured are left out."""
    figures = ("official_test accuracy", "official_test macro F1", "natural_mix accuracy", "everyday accuracy")
    rows = [row for size in sizes for row in results.of(f"ours, {size}")]
    shown = [name for name in figures if all(name in row["figures"] for row in rows)]
    columns = ("rows", *STAGES, "all, s", "µs a row", "peak MB", *shown)
    print(f"| size | {' | '.join(columns)} |\n| --- |{' --- |' * len(columns)}")
    for size in sizes:
        for mine in results.of(f"ours, {size}"):
            which = "the first" if mine["round"] == 1 else "the next"
            stages = [f"{mine['seconds'][stage]:.1f}" for stage in STAGES]
            print(f"| {size}, {which} | {mine['rows']:,} | {' | '.join(stages)} | {_ending(mine, mine['rows'], shown)}")
        for row in results.of(f"notebook, {size}"):
            way = f"{size}, notebook: {row['total'] / mine['total']:.1f} times the next of ours"
            stages = ["" for _ in STAGES]
            print(f"| {way} | {mine['rows']:,} | {' | '.join(stages)} | {_ending(row, mine['rows'], shown)}")
    print("\nRows of an emotion of which DATA has fewer are repeated, with another word at the end of each copy.")


def _ending(row: dict[str, Any], rows: int, shown: Sequence[str]) -> str:
    figures = " | ".join(f"{row['figures'][name]:.4f}" for name in shown)
    return f"{row['total']:.1f} | {row['total'] / rows * 1e6:.0f} | {row['memory']:,.0f} | {figures} |"


if __name__ == "__main__":
    main()
