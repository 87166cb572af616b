"""What the loop is measured on, of DATA in either form, and how that is told."""

from pathlib import Path

import pytest

from benchmarks.learning import measured
from benchmarks.results import Results, draw, print_table

NOT_FETCHED = {"natural_mix", "meld_dev"}


@pytest.mark.usefixtures("_small_corpus")
def test_what_was_fetched_measures_as_csv_does_but_for_what_no_fetch_brings(fetched: Path, by_name: Path) -> None:
    named = measured(by_name)

    assert set(named) == {"official_test", "goemotions_dev", "everyday"} | NOT_FETCHED
    assert measured(fetched) == {name: rows for name, rows in named.items() if name not in NOT_FETCHED}


def test_without_them_the_tables_and_the_picture_are_made_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = Results(tmp_path / "results.jsonl")
    for name in ("goemotions", "meld", "trolls", "coordinated"):
        for number in (0, 1):
            share = 0.5 + 0.2 * number
            sets = dict.fromkeys(("goemotions_dev", "official_test, of six", "everyday"), share)
            results.add(name, number, figures=sets)

    print_table(results)
    draw(results, tmp_path / "learning.png")

    goals, rounds = capsys.readouterr().out.split("\n\n")
    assert "| `goemotions` | accuracy on goemotions_dev by round | +15 points | 50.0%, 70.0%: +20.0 |" in goals
    assert not any(name in goals + rounds for name in NOT_FETCHED)
    assert "| `meld` | 1 |  | 70.0% | 70.0% | 70.0% |" in rounds
    assert (tmp_path / "learning.png").exists()
