"""Corrections: equal texts become one sample, bad lines are named and never shown, rare words stay out."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.corrections import read
from ml.dataset import BadRow


def correction(text: str, label: int = 1, weight: float = 1.0) -> dict[str, Any]:
    return {"text": text, "label": label, "weight": weight}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "corrections.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def test_equal_texts_become_one_sample_with_a_distribution(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        correction("Oh no, Monday!", label=0, weight=2.0),
        correction("something else", label=6),
        correction("oh no monday !", label=3),
        correction("OH NO MONDAY!", label=0),
    )
    samples = read(path).samples

    assert list(samples.texts) == ["Oh no, Monday!", "something else"]
    assert samples.targets.tolist() == [[0.75, 0, 0, 0.25, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1]]
    assert samples.weights.tolist() == [4.0, 1.0]


def test_bad_lines_are_named_and_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        correction("kept"),
        "not json about my secret",
        "[1]",
        correction("x") | {"label": "joy"},
        correction("x", label=7),
        correction("x", label=-1),
        correction("x") | {"label": True},
        correction(" @someone "),
        correction("x", weight=0),
        correction("x", weight=float("inf")),
        correction("x", weight=1e7),
        {"text": "x", "label": 1},
        "[" * 100_000,
        correction("kept too"),
    )
    corrections = read(path)

    assert len(corrections.samples) == 2
    assert corrections.bad == (
        BadRow(2, "not JSON"),
        BadRow(3, "a field is missing or of the wrong kind"),
        BadRow(4, "a field is missing or of the wrong kind"),
        BadRow(5, "unknown label"),
        BadRow(6, "unknown label"),
        BadRow(7, "unknown label"),
        BadRow(8, "empty text"),
        BadRow(9, "weight out of range"),
        BadRow(10, "weight out of range"),
        BadRow(11, "weight out of range"),
        BadRow(12, "a field is missing or of the wrong kind"),
        BadRow(13, "not JSON"),
    )


ANY_CORRECTION = st.from_regex(r'\{"text": ".{,9}", "label": \d, "weight": \d\}')


@given(data=st.binary(max_size=200) | ANY_CORRECTION.map(lambda line: line.encode(errors="surrogatepass")))
def test_any_bytes_are_corrections_or_bad_lines(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(data)

    corrections = read(path)

    assert len(corrections.samples) + len(corrections.bad) <= data.count(b"\n") + 1


def test_words_are_those_listed_beside_the_corrections(tmp_path: Path) -> None:
    path, words = write(tmp_path, correction("my friend Zebulon has rizz")), tmp_path / "words.txt"
    words.write_bytes("rizz\nmeh\nmeh\n\ntwo words\nCAPITALS\n\ufffd\r\n😭".encode() + b"\xff")

    assert read(path, words).words == ("meh", "rizz")
    assert read(path).words == ()
    assert read(path).fingerprint != read(path, words).fingerprint


def test_fingerprint_depends_on_what_was_said_alone(tmp_path: Path) -> None:
    one, two = correction("one"), correction("two", label=2)
    fingerprints = [read(write(tmp_path, *lines)).fingerprint for lines in ([one, two], [two, one], [one], [])]
    assert fingerprints[0] == fingerprints[1]
    assert len(set(fingerprints)) == 3


def test_no_corrections_are_no_samples(tmp_path: Path) -> None:
    corrections = read(write(tmp_path))
    assert len(corrections.samples) == len(corrections.held_out()) == 0
