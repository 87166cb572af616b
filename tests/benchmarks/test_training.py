"""What a retraining is measured with, of DATA in either form."""

from pathlib import Path

import pytest

from benchmarks.results import Results
from benchmarks.training import STAGES, prepare, print_table
from ml import dataset
from ml.dataset import Role


@pytest.mark.parametrize(
    ("form", "files"),
    [
        (
            "fetched",
            {"test-00000-of-00001.parquet": Role.MEASURE, "validation-00000-of-00001.parquet": Role.CHOOSE},
        ),
        (
            "by_name",
            {"natural_mix.csv": Role.MEASURE, "official_test.csv": Role.MEASURE, "official_val.csv": Role.CHOOSE},
        ),
    ],
)
def test_what_measures_and_chooses_stands_beside_a_size(
    form: str, files: dict[str, Role], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    prepare(request.getfixturevalue(form), tmp_path / "size", "0.0002")

    read = dataset.load(tmp_path / "size" / "emotions")
    assert {file.name: file.role for file in read.files} == files | {"text.csv": Role.TRAIN}


def test_a_figure_that_was_not_measured_has_no_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = Results(tmp_path / "results.jsonl")
    measured = {"official_test accuracy": 0.9, "official_test macro F1": 0.8, "everyday accuracy": 0.7}
    costs = {"rows": 1, "seconds": dict.fromkeys(STAGES, 1.0), "total": 7.0, "memory": 100.0}
    results.add("ours, 1", 1, figures=measured, **costs)

    print_table(results, ["1"])

    header, _, row, *_ = capsys.readouterr().out.splitlines()
    assert header.endswith("| official_test accuracy | official_test macro F1 | everyday accuracy |")
    assert row.endswith("| 0.9000 | 0.8000 | 0.7000 |")
