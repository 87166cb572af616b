"""TensorFlow trains in a process of its own: the bot's, however long its day, never loads it, and stays small."""

import json
import os
import subprocess
import sys
from pathlib import Path

from bot.playground.server import Playground
from bot.settings import Settings

from .replica import Replica

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


async def test_at_its_first_reply_a_process_is_small(playground: Playground, replica: Replica) -> None:
    ana = playground.person("Ana")
    await ana.hears(await ana.writes("i am so happy and thankful today"))
    assert replica.process is not None
    of_process = Path(f"/proc/{replica.process.pid}")
    loaded = (of_process / "maps").read_text()
    assert "/ai_edge_litert/" in loaded
    assert not [name for name in ("tensorflow", "keras", "scipy", "matplotlib") if f"/{name}/" in loaded]
    status = dict(line.split(":", 1) for line in (of_process / "status").read_text().splitlines())
    assert int(status["VmHWM"].split()[0]) < 180 * 1024
