"""The child as its parent sees it: a real process, its standard streams, its exit status, the file it leaves."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ml.bundle import SHIPPED, Bundle
from ml.classifier import Classifier
from ml.retrain import ORPHANED, _message
from ml.text import is_held_out

SECRET = "zanzibarian"
"""A word in every correction that must appear nowhere."""


def start(folder: Path, *more: str, champion: Path = SHIPPED) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ml.retrain"]
    files = ["--champion", champion, "--corrections", folder / "corrections.jsonl", "--out", folder / "new.bundle"]
    return subprocess.Popen(
        [*command, *map(str, files), "--threads", "2", *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(child: subprocess.Popen[str]) -> tuple[list[dict[str, Any]], str]:
    """Its events, and its standard error; standard input stays open until it has ended."""
    assert child.stdin
    assert child.stdout
    assert child.stderr
    with child.stdin, child.stdout as events, child.stderr as log:
        lines = [json.loads(line) for line in events]
        text = log.read()
        child.wait(timeout=60)
    return lines, text


def write_corrections(folder: Path, rows: Sequence[tuple[str, int]], *more: str) -> None:
    lines = [json.dumps({"text": text, "label": label, "weight": 3.0}) for text, label in rows]
    (folder / "corrections.jsonl").write_text("\n".join([*lines, *more]))


def free(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if not is_held_out(text)]


@pytest.mark.train
@pytest.mark.timeout(600)
def test_a_candidate_from_a_data_set(tmp_path: Path) -> None:
    """Trained from nothing on a small data set and the project's corpus: it learns the corrections that may train, and
    its report tells all figures and no text."""
    data = tmp_path / "data"
    data.mkdir()
    words = ("gloomy", "cheerful", "devoted", "furious", "scared", "astonished")
    places = ("at home", "at work", "at school", "on the train", "in town", "by the sea", "all day", "since monday")
    times = ("today", "now", "again", "as ever", "this week", "this year", "lately", "mostly", "so often", "at night")
    rows = [
        (f"i feel {word} {place} {time}", label)
        for label, word in enumerate(words)
        for place in places
        for time in times
    ]
    (data / "text.csv").write_text(
        ",text,label\n" + "".join(f"{n},{text},{label}\n" for n, (text, label) in enumerate(rows))
    )
    (tmp_path / "chat").mkdir()
    for corpus in ("isear", "meld_train"):
        (tmp_path / "chat" / f"{corpus}.csv").write_text(f"text,label_name\nwe all laughed at the {corpus},joy\n")
    taught = [(f"{text} {SECRET}", 5) for text in ("the bins are out", "the tram came", "the soup is on the stove")]
    held_out = [(f"the {word} {place} {SECRET}", 3) for word in words for place in places]
    held_out = [row for row in held_out if is_held_out(row[0])]
    assert held_out
    alone = "a quixotical day , so quixotical"
    by_one = json.dumps({"text": alone, "label": 1, "weight": 1.0})
    write_corrections(tmp_path, [*taught, *held_out], f"no json about {SECRET}", by_one)
    (tmp_path / "words.txt").write_text(SECRET)

    words_file, kept = tmp_path / "words.txt", tmp_path / "kept"
    kept.mkdir()
    options = ["--data", str(data), "--corpora", "isear", "--words", str(words_file), "--keep", str(kept)]
    events, log = finish(start(tmp_path, *options))

    report = events[-1]
    assert [event["event"] for event in events[:-1]] == ["progress"] * (len(events) - 1)
    assert list(dict.fromkeys(event["stage"] for event in events[:-1])) == [
        "reading",
        "training",
        "exporting",
        "judging",
    ]
    assert all(0 <= event["done"] <= 1 for event in events[:-1])
    assert report["event"] == "report"
    assert report["base"] == "data set"
    assert report["corrections_trained"] == len(free([alone, *(text for text, _ in taught)]))
    assert report["held_out_corrections"]["n"] == len(held_out)
    assert report["bad_corrections"] == 1
    assert report["bad_lines"] == [{"line": len(taught) + len(held_out) + 1, "reason": "not JSON"}]
    assert report["seconds"] > 0
    assert report["champion"]["n"] == report["candidate"]["n"] > 200
    assert len(report["candidate"]["recall"]) == 6
    assert len(report["candidate"]["f1"]) == 6
    assert all(sum(word["candidate"]) == pytest.approx(1, abs=0.01) for word in report["words"])
    assert [-1 <= change["low"] <= change["change"] <= change["high"] <= 1 for change in report["recall_changes"]] == [
        True
    ] * 6
    assert 0 < report["behaviour"]["candidate"] <= report["behaviour"]["n"]
    assert report["contradicting_corrections"] == 0
    assert report["trained_corrections"]["n"] == report["corrections_trained"]
    assert SECRET not in log + json.dumps(events)
    bundle = Bundle.load(tmp_path / "new.bundle")
    classifier = Classifier(bundle)
    classifier.check_golden()
    assert SECRET in bundle.vocabulary, "enough people used it"
    assert "quixotical" not in bundle.vocabulary, "not enough did"
    assert classifier.read("i feel cheerful in the garden").best.label == "joy"
    assert {classifier.read(text).best.label for text in free([text for text, _ in taught])} == {"surprise"}
    assert bundle.metrics["accuracy"] == report["candidate"]["accuracy"]
    (of_base,) = map(Bundle.load, kept.iterdir())
    assert (of_base.made["corrections"], bundle.made["corrections"]) == (0, report["corrections_trained"])
    assert SECRET not in of_base.vocabulary
    assert set(bundle.made["rows"]) == {"data set", "isear", "corpus"}


def test_it_ends_when_its_standard_input_does(tmp_path: Path) -> None:
    write_corrections(tmp_path, [])
    child = start(tmp_path)
    assert child.stdout
    assert json.loads(child.stdout.readline()) == {"event": "progress", "stage": "reading", "done": 0.0}

    child.communicate()

    assert child.returncode == ORPHANED
    assert not (tmp_path / "new.bundle").exists()


def test_a_champion_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    write_corrections(tmp_path, [])
    (tmp_path / "old.bundle").write_bytes(b"something else")
    child = start(tmp_path, champion=tmp_path / "old.bundle")

    events, _ = finish(child)

    assert child.returncode == 1
    assert events[-1]["event"] == "error"
    assert "old.bundle: not a bundle" in events[-1]["message"]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    child = start(tmp_path)

    events, _ = finish(child)

    assert child.returncode == 1
    assert events[-1] == {"event": "error", "message": f"{tmp_path / 'corrections.jsonl'}: No such file or directory"}


def test_an_unexpected_error_tells_its_kind_and_place_alone(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError) as caught:
        dict[str, str]()[SECRET]

    assert _message(caught.value) == "unexpected KeyError"
    log = capfd.readouterr().err
    assert "test_retrain.py" in log
    assert SECRET not in log
