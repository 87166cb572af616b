"""Measuring quality: DATA in either form, the tables, the pictures."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import quality
from benchmarks.quality import OWN, PUBLISHED, Model, figures, measured, own_files, together
from benchmarks.results import Results
from ml import base, dataset

NAMES = ("ours", "ours without the teacher", "TF-IDF + logistic regression", "the notebook's network")

pytestmark = pytest.mark.usefixtures("_small_corpus")


def guessing(seed: int) -> Model:
    random = np.random.default_rng(seed)
    return Model(lambda texts: random.dirichlet(np.ones(6), len(texts)), 1_000_000)


def test_what_was_fetched_measures_as_csv_does_but_for_the_natural_mix(fetched: Path, by_name: Path) -> None:
    sets, named = measured(fetched), measured(by_name)

    assert list(named) == [*OWN, "goemotions_dev", "tweeteval_emotion_val", "everyday"]
    assert sets.keys() == named.keys() - {"natural_mix"}
    for name, (texts, labels) in sets.items():
        assert (texts, labels.tolist()) == (named[name][0], named[name][1].tolist())
    assert [path.suffix for path in own_files(fetched, PUBLISHED).values()] == [".parquet"] * 3
    assert [path.suffix for path in own_files(by_name, PUBLISHED).values()] == [".csv"] * 3


@pytest.mark.parametrize("form", ["fetched", "by_name"])
def test_what_is_measured_already_is_printed_and_drawn_without_training(
    form: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data: Path = request.getfixturevalue(form)
    results = Results(tmp_path / "results.jsonl")
    for place, (name, number) in enumerate([("ours", 2), *((name, 1) for name in NAMES)]):
        results.add(name, number, **figures(guessing(place), measured(data)))
    assert results.of("ours")[0]["probabilities"].keys() == measured(data).keys()
    monkeypatch.setattr(base, "load", lambda *_, **__: pytest.fail("the base was read"))
    monkeypatch.setattr(
        sys, "argv", ["quality", str(data), "--work", str(tmp_path), "--plots", str(tmp_path / "new" / "plots")]
    )

    quality.main()

    first, neutral, ceilings, *_ = capsys.readouterr().out.split("\n\n")
    assert "ours, the mean of the 2, as one model" in first
    assert "everyday, held out | 35 |" in neutral
    assert [table.count("natural_mix") for table in (first, ceilings)] == ([0, 0] if form == "fetched" else [4, 1])
    assert "official_test" in ceilings
    drawn = {path.name for path in (tmp_path / "new" / "plots").iterdir()}
    assert drawn == {"neutral.png", "confusion_goemotions.png", "confusion_everyday.png"}


def test_where_the_published_split_is_absent_the_ceilings_are_left_out(
    by_name: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in by_name.glob("emotions/*_*.csv"):
        path.unlink()
    results = Results(tmp_path / "results.jsonl")
    for name in NAMES:
        results.add(name, 1, **figures(guessing(1), measured(by_name)))
    monkeypatch.setattr(sys, "argv", ["quality", str(by_name), "--work", str(tmp_path), "--seeds", "1"])

    quality.main()

    told = capsys.readouterr().out
    assert "goemotions_dev accuracy" in told
    assert "official_test" not in told
    assert "ceilings" not in told
    assert "as one model" not in told


def test_together_the_seeds_are_right_where_most_of_them_are() -> None:
    one, other = np.eye(6)[:1], np.eye(6)[1:2]
    seeds = [
        {"figures": {"MB on disk": 2.0}, "probabilities": {"everyday": mean.tolist()}}
        for mean in (0.9 * one + 0.1 * other, 0.4 * one + 0.6 * other)
    ]
    sets = {name: (["one"], np.array([0])) for name in ("everyday", "goemotions_dev")}

    told = together(seeds, sets)

    assert told == {"MB on disk": 4.0, "everyday accuracy": 1.0, "everyday ECE": pytest.approx(0.35)}


def test_a_ceiling_tells_how_far_above_ours_it_is(by_name: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets = {name: rows for name, rows in measured(by_name).items() if name in OWN}
    half_right = {name: np.eye(6)[np.where(np.arange(12) < 6, labels, 0)] for name, (_, labels) in sets.items()}
    data = dataset.load(by_name / "emotions")

    quality.ceilings(sets, data, own_files(by_name, PUBLISHED).values(), [{"probabilities": half_right}], [])

    row = capsys.readouterr().out.splitlines()[2]
    assert row.startswith("| official_test | 0.5000 | 1.0000 ± 0.0000 (+0.5000) | 1.0000 (+0.5000) |")
