"""A retraining that only plays at training: the rest of the run, the gate, the promotion and the swap, is real."""

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.learning.run import Means
from ml.bundle import SHIPPED, Bundle

STAND_IN = Path(__file__).parents[1] / "bot" / "learning" / "stand_in.py"
OLD = {"accuracy": 0.9, "macro_f1": 0.8, "recall": [0.9] * 6, "ece": 0.01, "n": 100}


def report(**changes: Any) -> dict[str, Any]:
    """A child's report whose candidate's figures differ from the champion's as told."""
    return {
        "base": "shipped bundle",
        "fingerprint": "f00d",
        "samples": 2,
        "corrections_trained": 2,
        "seconds": 0.1,
        "champion": OLD,
        "candidate": OLD | changes,
        "recall_changes": [{"change": 0.0, "low": -0.01, "high": 0.01}] * 6,
        "behaviour": {"n": 190, "champion": 150, "candidate": 150},
        "held_out_corrections": {"n": 0, "champion": 0.0, "candidate": 0.0},
    }


class Training:
    """A child that only plays at training, and waits until it is let go on."""

    def __init__(self, folder: Path) -> None:
        bundle = Bundle.load(SHIPPED)
        self.candidate = folder / "candidate.bundle"
        self.candidate.write_bytes(replace(bundle, made=bundle.made | {"another": True}).to_bytes())
        self.gate = folder / "gate"
        os.mkfifo(self.gate)
        self.report = report(macro_f1=0.85)
        self.folder = folder

    def means(self, _settings: object) -> Means:
        options = ["--behave", "wait", "--report", json.dumps(self.report), "--candidate", str(self.candidate)]
        command = [sys.executable, "-IS", str(STAND_IN), *options, "--gate", str(self.gate)]
        return Means(self.folder / "runs", None, 1, 60, command)

    async def go_on(self) -> None:
        await asyncio.to_thread(self.gate.write_text, "")
