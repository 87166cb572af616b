"""TensorFlow trains in a process of its own: the bot's, however long its day, never loads it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from bot.settings import Settings

DAY = Path(__file__).with_name("one_day.py")


def test_a_day_of_the_bot_loads_nothing_that_trains(tmp_path: Path) -> None:
    settings = {name.upper() for name in Settings.model_fields}
    environment = {name: value for name, value in os.environ.items() if name not in settings}
    environment["PYTHONPATH"] = str(DAY.parents[2])
    done = subprocess.run(
        [sys.executable, DAY], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert "ai_edge_litert" in told["before a picture"]
    assert "matplotlib" not in told["before a picture"]
    assert {"tensorflow", "keras", "sklearn", "scipy", "pyarrow"} & set(told["at the end"]) == set()
