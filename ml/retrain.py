"""The process that makes a candidate: `python -m ml.retrain`, files in and files out, no database, no credentials.

Standard output carries JSON lines: `{"event": "progress", "stage": …, "done": 0..1}` while it runs, then one
`{"event": "report", …}`; or `{"event": "error", "message": …}` and exit status 1. The report holds

- `base`: `data set`, or `shipped bundle` where no data set was given
- `fingerprint`: hex; equal for equal data and corrections
- `samples`, `corrections_trained`, `bad_corrections`: counts of texts; of corrections that may train; of lines of the
  corrections' file that were left out, of which `bad_lines` names the first by line and reason
- `champion`, `candidate`: accuracy, macro_f1, recall (six), f1 (six), ece and n, on the same held-out rows of the base
- `recall_changes`: for each emotion, `change`, and `low` and `high` of its interval (see `ml.evaluation`), or null
- `behaviour`: n cases, and how many of them champion and candidate meet (see `ml.behaviour`)
- `contradicting_corrections`: count of texts left out because the base knows better
- `held_out_corrections`, `trained_corrections`: n, and the shares, by weight, that champion and candidate read as
  people said
- `words`: those that were read most differently, each a `word` with the probabilities of the seven labels that
  `champion` and `candidate` give it
- `seconds`

Nothing that it writes holds a text. It ends at once when its standard input does, so that it never outlives whoever
started it.
"""

import argparse
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TextIO

ORPHANED: Final = 3
"""Exit status where standard input ended first."""

BAD_LINES: Final = 20
"""So many bad lines are named."""

_THREAD_VARIABLES: Final = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with the given command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    events = _take_standard_output()
    os.environ |= dict.fromkeys(_THREAD_VARIABLES, str(options.threads))
    began = time.monotonic()
    try:
        report = _retrain(options, events)
    except Exception as error:  # noqa: BLE001 the parent must be told of any failure
        _say(events, {"event": "error", "message": _message(error)})
        return 1
    _say(events, {"event": "report", **report, "seconds": round(time.monotonic() - began, 3)})
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml.retrain", description="Train a candidate and judge it.")
    parser.add_argument("--champion", type=Path, required=True, help="bundle that serves now")
    parser.add_argument("--corrections", type=Path, required=True, help="JSON lines: text, label, weight")
    parser.add_argument("--words", type=Path, help="words of theirs that may enter the vocabulary, one a line")
    parser.add_argument("--out", type=Path, required=True, help="where to write the candidate's bundle")
    parser.add_argument("--data", type=Path, help="folder of the data set; without it the shipped bundle is fine-tuned")
    parser.add_argument("--corpora", nargs="*", metavar="NAME", help="chat corpora beside it; all unless given")
    parser.add_argument("--keep", type=Path, help="folder to keep the data set's own model in, for the next time")
    parser.add_argument("--seed", type=int, default=0, help="same seed, data and threads: same candidate")
    parser.add_argument("--threads", type=int, default=2, help="processor threads to use")
    return parser


def _retrain(options: argparse.Namespace, events: TextIO) -> dict[str, Any]:
    """Make the candidate. What reads the number of threads at import is imported here, TensorFlow once it is needed."""
    _say(events, {"event": "progress", "stage": "reading", "done": 0.0})
    from ml import corrections
    from ml.bundle import Bundle

    def progress(stage: str, done: float) -> None:
        _say(events, {"event": "progress", "stage": stage, "done": round(done, 4)})

    champion = Bundle.load(options.champion)
    corrected = corrections.read(options.corrections, options.words)
    from ml import candidate

    data, kept, names = options.data, options.keep, options.corpora
    made = candidate.make(champion, corrected, data, kept, names, seed=options.seed, progress=progress)
    made.bundle.save(options.out)
    bad_lines = [{"line": row.line, "reason": row.reason} for row in corrected.bad[:BAD_LINES]]
    return {**made.report, "bad_lines": bad_lines}


def _end_with_standard_input() -> None:
    with suppress(OSError):
        while os.read(0, 65_536):
            pass
    os._exit(ORPHANED)


def _take_standard_output() -> TextIO:
    """Standard output for events alone: what libraries print there goes to standard error from now on."""
    sys.stdout.flush()
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return events


def _say(events: TextIO, event: dict[str, Any]) -> None:
    events.write(f"{json.dumps(event, allow_nan=False)}\n")
    events.flush()


def _message(error: Exception) -> str:
    """What may be told of an error: our own say nothing of texts; of others, where they happened goes to standard
    error, and their message, which may hold a text, nowhere."""
    from ml.bundle import BundleError
    from ml.dataset import DatasetError

    if isinstance(error, BundleError | DatasetError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    traceback.print_tb(error.__traceback__)
    sys.stderr.write(f"{type(error).__name__}\n")
    return f"unexpected {type(error).__name__}"


if __name__ == "__main__":
    sys.exit(main())
