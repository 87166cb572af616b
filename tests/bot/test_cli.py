"""The command line: help, errors in a sentence, and streams in a real process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.settings import Settings
from bot.storage import models
from bot.storage.database import Database
from bot.storage.migration import upgrade
from ml.bundle import SHIPPED, Bundle
from ml.emotions import Emotion

FEELBACK = [sys.executable, "-m", "bot"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this shell's settings nor a developer's `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)


def feelback(*arguments: str, given: str | bytes | None = None) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(app, list(arguments), input=given)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """The database that commands find without any setting."""
    url = f"sqlite:///{tmp_path}/var/feelback.db"
    upgrade(url)
    return Database(url)


def test_help_tells_every_command() -> None:
    told = feelback("--help").output
    for command in ("demo", "run", "doctor", "migrate", "retrain", "rollback", "classify", "train", "evaluate"):
        assert command in told
        assert "Usage:" in feelback(command, "--help").output


def test_version() -> None:
    assert feelback("--version").output == f"feelback {version('feelback')}\n"


def test_without_a_token_run_says_what_to_do() -> None:
    result = feelback("run")
    assert result.exit_code == 2
    assert result.stderr.startswith("TELEGRAM_BOT_TOKEN is not set")
    assert "@BotFather" in result.stderr
    assert "feelback demo" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [["run"], ["demo"], ["doctor"], ["migrate"], ["retrain"], ["rollback", "1"]])
def test_wrong_settings_are_named_a_line_each(monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.setenv("TRAINER", "maybe")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "hunter2")
    result = feelback(*command)
    assert result.exit_code == 2
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["TELEGRAM_BOT_TOKEN", "TRAINER"]
    assert "hunter2" not in result.output


def test_a_database_without_tables_is_told_with_the_command_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:abc")
    for command in (["run"], ["retrain"], ["rollback", "1"]):
        result = feelback(*command)
        assert result.exit_code == 2
        assert "feelback migrate" in result.stderr
    assert feelback("migrate").output == "The database is up to date.\n"
    assert "feelback migrate" not in feelback("rollback", "1").stderr


def test_a_database_that_is_not_there_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone:hunter2@127.0.0.1:1/nothing")
    result = feelback("migrate")
    assert result.exit_code == 1
    assert "DATABASE_URL can't be used" in result.stderr
    assert "hunter2" not in result.output


def test_rollback_lets_an_earlier_version_serve_again(database: Database) -> None:
    from bot.application import now

    with database:
        for content in (b"one", b"two"):
            added = database.write_now(models.add, content, metrics={}, base="shipped bundle", now=now())
            database.write_now(models.promote, added, now())
        result = feelback("rollback", "1")
        assert (result.exit_code, result.output) == (0, "Version 1 serves now.\n")
        assert database.read_now(models.champion_version) == 1
        assert feelback("rollback", "1").output == "Version 1 serves already.\n"
        result = feelback("rollback", "7")
        assert result.exit_code == 2
        assert result.stderr == "There is no model version 7; there are: 1, 2.\n"


def test_classify_answers_with_every_key_in_order() -> None:
    result = feelback("classify", "--json", "i am so happy and thankful today", "хорошо", "ça va?")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["text"] for answer in answers] == ["i am so happy and thankful today", "хорошо", "ça va?"]
    for answer in answers:
        assert list(answer) == ["text", "emotion", "unsure", "none", "probabilities", "model"]
        assert list(answer["probabilities"]) == [emotion.label for emotion in Emotion]
        assert sum(answer["probabilities"].values()) == pytest.approx(1)
        assert (answer["emotion"] is None) == (answer["unsure"] is not None)
        assert 0 <= answer["none"] <= 1
        assert answer["model"] == Bundle.load(SHIPPED).id
    assert answers[0]["emotion"] == "joy"
    assert answers[1]["unsure"] == "unreadable"


def test_classify_tells_why_if_asked() -> None:
    text = "Today I'm so HAPPY!\n"
    first, *_ = json.loads(feelback("classify", "--json", "--why", text).stdout)["why"]
    assert first["word"] == text[first["start"] : first["end"]] == "HAPPY"
    assert 0 < first["drop"] <= 1
    assert f"[HAPPY {first['drop']:.0%}" in feelback("classify", "--why", text).stdout
    assert json.loads(feelback("classify", "--json", "--why", "привет").stdout)["why"] == []
    assert "why" not in json.loads(feelback("classify", "--json", text).stdout)


def test_a_message_that_starts_with_a_dash_is_read_as_the_help_says() -> None:
    assert '-- "-_-"' in feelback("classify", "--help").output
    assert feelback("classify", "--", "-_-").stdout.endswith("%  -_-\n")


def test_classify_reads_lines_whatever_they_hold() -> None:
    result = feelback("classify", "--json", given=b"so happy\r\n\n\xff\xfe sad\n\xc3\xa9t\xc3\xa9\nno newline")
    texts = [json.loads(line)["text"] for line in result.stdout.splitlines()]
    assert texts == ["so happy", "", "\ufffd\ufffd sad", "été", "no newline"]


def test_classify_for_people_is_a_line_a_message() -> None:
    result = feelback("classify", "i am so happy\nand thankful", "привет", "the train leaves at five")
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["joy", "unreadable", "no"]
    assert lines[0].endswith("%  i am so happy and thankful")


def test_a_bundle_that_is_none_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "not.bundle").write_bytes(b"not a bundle")
    for name in ("not.bundle", "missing.bundle"):
        result = feelback("classify", "--bundle", name, "hello")
        assert result.exit_code == 1
        assert name in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_evaluate_gives_the_figures_as_json_and_names_bad_rows(tmp_path: Path) -> None:
    rows = ["i am so happy and thankful,1", "i feel so alone and sad,0", "this makes me so angry,3"] * 50
    (tmp_path / "rows.csv").write_text("\n".join(["text,label", *rows, "what is this,9"]), encoding="utf-8")
    result = feelback("evaluate", "--data", "rows.csv", "--json")
    figures = json.loads(result.stdout)
    assert figures["n"] == 150
    assert figures["accuracy"] == 1
    assert "rows.csv, line 152: left out" in result.stderr
    told = feelback("evaluate", "--data", "rows.csv").stdout
    assert all(words in told for words in ("150 rows", "accuracy", "sadness", "flagged as unsure"))


def test_evaluate_draws_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text,label\ni am so happy,1\ni feel so alone,0\n", encoding="utf-8")
    result = feelback("evaluate", "--data", "rows.csv", "--plots", "pictures")
    assert result.exit_code == 0
    pictures = sorted((tmp_path / "pictures").iterdir())
    assert [picture.suffix for picture in pictures] == [".png"] * 3
    assert all(f"pictures/{picture.name}" in result.stderr for picture in pictures)


def test_rows_without_an_emotion_cannot_be_measured(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text,label\nsee you at five,6\n", encoding="utf-8")
    result = feelback("evaluate", "--data", "rows.csv")
    assert (result.exit_code, result.stderr.strip()) == (
        1,
        "rows.csv: no row is labelled with one of the six emotions",
    )


@pytest.mark.parametrize("command", [["evaluate"], ["train", "--out", "x.bundle"]])
def test_data_that_is_not_there_is_told_in_a_line(command: list[str]) -> None:
    result = feelback(*command, "--data", "no/such/data")
    assert result.exit_code == 1
    assert result.stderr.strip().startswith("no/such/data")
    assert len(result.stderr.strip().splitlines()) == 1


def test_answers_stream_one_by_one_as_messages_come() -> None:
    with subprocess.Popen(
        [*FEELBACK, "classify", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        for text in ("so happy", "so sad", ""):
            child.stdin.write(f"{text}\n".encode())
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["text"] == text
        child.stdin.close()
        assert child.wait(30) == 0
        assert child.stderr.read() == b""


def told_by(terminal: int) -> Iterator[bytes]:
    """What comes to a terminal until nobody holds its other end."""
    with suppress(OSError):
        while came := os.read(terminal, 2**16):
            yield came


@pytest.mark.parametrize(
    ("command", "stage"),
    [(["classify"], "reading"), (["evaluate", "--data", "rows.csv"], "measuring"), (["migrate"], "migrating")],
)
def test_long_work_shows_a_bar_on_a_terminal(tmp_path: Path, command: list[str], stage: str) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("text,label\n" + "i am so happy,1\n" * 2000, encoding="utf-8")
    terminal, end = os.openpty()
    with (
        rows.open("rb") as file,
        subprocess.Popen([*FEELBACK, *command], stdin=file, stdout=subprocess.DEVNULL, stderr=end) as child,
    ):
        os.close(end)
        shown = b"".join(told_by(terminal)).decode()
        os.close(terminal)
        assert child.wait(30) == 0
    assert stage in shown
    assert "%" in shown


def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    with subprocess.Popen(
        [*FEELBACK, "classify"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        child.stdin.write(b"so happy\n")
        child.stdin.flush()
        child.stdout.readline()
        child.stdout.close()
        child.stdin.write(b"so happy\n" * 3)
        child.stdin.close()
        assert child.wait(30) == 0
        assert child.stderr.read() == b""


def test_an_interrupt_ends_it_quietly() -> None:
    with subprocess.Popen(
        [*FEELBACK, "classify"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        child.stdin.write(b"so happy\n")
        child.stdin.flush()
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 130
        assert child.stderr.read() == b""


def test_classify_and_the_bot_load_nothing_that_trains() -> None:
    code = (
        "import sys, bot.application, bot.cli, bot.demo, bot.operator\n"
        "print([name for name in ('tensorflow', 'keras', 'sklearn', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout == "[]\n"
