"""Speaks the protocol of `ml.retrain` without training anything: a program for the tests of the trainer.

What it does is told by the options before those that the trainer adds: it hands out `--candidate` as its candidate and
`--report` as its report, after behaving as `--behave` says. It leaves a copy of what it was given in `--copy`, and its
process id.
"""

import argparse
import json
import os
import shutil
import signal
import sys
from pathlib import Path


def say(**event: object) -> None:
    print(json.dumps(event), flush=True)  # noqa: T201 - the protocol


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--behave", default="well")
    parser.add_argument("--candidate", type=Path)
    parser.add_argument("--report", default="{}")
    parser.add_argument("--copy", type=Path)
    parser.add_argument("--gate", type=Path)
    parser.add_argument("--champion", type=Path, required=True)
    parser.add_argument("--corrections", type=Path, required=True)
    parser.add_argument("--words", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--corpora", nargs="*")
    given = parser.parse_args()

    if given.copy:
        shutil.copytree(given.out.parent, given.copy, dirs_exist_ok=True)
        (given.copy / "data").write_text(str(given.data))
        (given.copy / "corpora").write_text(str(given.corpora))
        (given.copy / "pid").write_text(str(os.getpid()))
    say(event="progress", stage="training", done=0.5)
    match given.behave:
        case "hang":
            signal.pause()
        case "listen":  # as long as there is somebody to train for
            sys.stdin.read()
            sys.exit(1)
        case "wait":  # until told to go on
            given.gate.read_text()
        case "fail":
            say(event="error", message="the rows are no good")
            sys.exit(1)
        case "babble":
            sys.stdout.write("[" * 3_000_000 + "\n\0\n{}\nnull\n")
        case "crash":
            raise KeyError("a private word")
        case "run out of memory":
            bytearray(1 << 62)
        case "forget":
            sys.exit(0)
    if given.candidate:
        shutil.copy(given.candidate, given.out)
    say(event="report", **json.loads(given.report))


if __name__ == "__main__":
    main()
