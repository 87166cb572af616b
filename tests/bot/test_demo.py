"""The demo: one command, a page, a bot that answers, and a clean end; in a real process."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this shell's settings nor a developer's `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TRAINER", "off")
    monkeypatch.chdir(tmp_path)


@contextmanager
def demo(port: int) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command, once it said where the page is, and the lines that it said."""
    command = [sys.executable, "-m", "bot", "demo", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout
        said = [child.stdout.readline()]
        if "taken" in said[0]:
            said.append(child.stdout.readline())
        try:
            yield child, said
        finally:
            child.kill()


def address(said: list[str]) -> str:
    """The page's address."""
    return next(word for word in said[-1].split() if word.startswith("http://"))


def converse(url: str) -> str:
    """Write as Ana on the page, and wait for the bot's answer."""
    with urlopen(f"{url}/api/events", timeout=30) as events:  # noqa: S310
        given = {"chat": 6_000_000_001, "text": "i am so happy and thankful today"}
        request = Request(  # noqa: S310
            f"{url}/api/messages", json.dumps(given).encode(), {"Content-Type": "application/json"}
        )
        with urlopen(request, timeout=30):  # noqa: S310
            pass
        for line in events:
            event = json.loads(line.removeprefix(b"data: ")) if line.startswith(b"data: ") else {}
            if event.get("type") == "message" and event["message"]["from"]["is_bot"]:
                return str(event["message"]["text"])
    raise AssertionError("the page got no answer")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_and_ends_cleanly(number: signal.Signals) -> None:
    with demo(free_port()) as (child, said):
        assert converse(address(said)).startswith("😊 Joy")
        asked_at = time.monotonic()
        child.send_signal(number)
        assert child.wait(20) == 0
        assert time.monotonic() - asked_at < 4  # 2 on a machine that does nothing else
        assert child.stderr
        assert not [line for line in child.stderr if "traceback" in json.loads(line)]


def test_a_second_start_is_quick_and_goes_on_with_what_was_stored() -> None:
    port = free_port()
    with demo(port) as (child, said):
        converse(address(said))
        child.send_signal(signal.SIGTERM)
        child.wait(20)
    key = Path("var/demo/text.key")
    before = key.read_text(encoding="ascii")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    began = time.monotonic()
    with demo(port) as (_, said):
        assert converse(address(said)).startswith("😊 Joy")
        assert time.monotonic() - began < 10  # 5 on a machine that does nothing else
    assert key.read_text(encoding="ascii") == before


def test_a_taken_port_gives_way_to_the_next_with_a_word() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with demo(port) as (_, said):
            assert said[0].startswith(f"Port {port} is taken, so it is ")
            assert f":{port}" not in address(said)


def test_two_signals_end_it_at_once() -> None:
    with demo(free_port()) as (child, _):
        os.kill(child.pid, signal.SIGINT)
        os.kill(child.pid, signal.SIGTERM)
        assert child.wait(20) in (0, 1)
