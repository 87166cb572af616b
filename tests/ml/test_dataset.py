"""The data set: every form is read, bad rows are named, and each text does only what it may."""

import csv
import gzip
import io
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from ml.dataset import (
    OFFICIAL,
    BadRow,
    DatasetError,
    FileSummary,
    Guard,
    Role,
    find_role,
    load,
    official_digests,
    read,
)
from ml.emotions import LABELS
from ml.samples import Samples
from ml.text import is_chosen, is_held_out, normalise

ROWS = [
    ("i feel rotten today", 0),
    ("what a lovely, lovely day", 1),
    ("i adore you", 2),
    ('he said "no" again', 3),
    ("naïve und ängstlich 😱", 4),
    ("i did not see that; coming", 5),
]


UNKNOWN = "unknown label (known: 0 to 5, sadness, joy, love, anger, fear, surprise)"


def csv_bytes(rows: Sequence[tuple[str, object]], end: str = "\n", header: Sequence[str] = ("text", "label")) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=end)
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().encode()


def kaggle_bytes(rows: Sequence[tuple[str, int]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["", "text", "label"])
    writer.writerows((index, text, label) for index, (text, label) in enumerate(rows))
    return stream.getvalue().encode()


def lines_bytes(rows: Sequence[tuple[str, int]]) -> bytes:
    return "".join(f"{text};{LABELS[label]}\n" for text, label in rows).encode()


def parquet_bytes(rows: Sequence[tuple[str, int]]) -> bytes:
    stream = io.BytesIO()
    texts, labels = zip(*rows, strict=True)
    parquet.write_table(pa.table({"text": pa.array(texts), "label": pa.array(labels, pa.int64())}), stream)
    return stream.getvalue()


def many(start: str, number: int, *, held_out: bool | None = False) -> list[str]:
    """Distinct texts that are held out, or are not; any where `held_out` is None."""
    texts = (f"{start} {_word(place)}" for place in count())
    wanted = (text for text in texts if held_out is None or is_held_out(text) == held_out)
    return [next(wanted) for _ in range(number)]


def _word(number: int) -> str:
    """A word of its own for each number, that normalising leaves as it is."""
    return "".join("bcfghjknpq"[int(digit)] + "a" for digit in str(number))


def write(folder: Path, name: str, texts: Sequence[str], label: int = 1) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(csv_bytes([(text, label) for text in texts]))


@pytest.mark.parametrize(
    "data",
    [
        csv_bytes(ROWS),
        csv_bytes(ROWS, end="\r\n"),
        b"\xef\xbb\xbf" + csv_bytes(ROWS),
        csv_bytes([(text, LABELS[label].title()) for text, label in ROWS]),
        csv_bytes([(text, float(label)) for text, label in ROWS]),
        csv_bytes(ROWS, header=("Text", "emotion")),
        kaggle_bytes(ROWS),
        gzip.compress(kaggle_bytes(ROWS), mtime=0),
        gzip.compress(csv_bytes(ROWS), mtime=0),
        lines_bytes(ROWS),
        lines_bytes(ROWS).replace(b"\n", b"\r\n"),
        parquet_bytes(ROWS),
    ],
    ids=[
        "csv",
        "crlf",
        "bom",
        "names",
        "floats",
        "emotion",
        "kaggle",
        "kaggle.gz",
        "csv.gz",
        "lines",
        "lines crlf",
        "parquet",
    ],
)
def test_every_form_gives_the_same_rows(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_bytes(data)

    rows = read(path)

    assert list(zip(rows.texts, rows.labels.tolist(), strict=True)) == ROWS
    assert rows.labels.dtype == np.int8
    assert rows.bad == ()


def test_bad_rows_are_named_by_line_and_reason_and_left_out(tmp_path: Path) -> None:
    good = [(text, 1) for text in many("a good day", 1000)]
    lines = csv_bytes(good).splitlines(keepends=True)
    lines[10:10] = [
        b"an unknown label,7\n",
        b"no emotion is no label of the data set,none\n",
        b"   ,1\n",
        b"not \xff utf-8,1\n",
        b"alone\n",
        b"one, comma too many,1\n",
        b'"a field\nof two lines",1\n',
        b'"never closed,1\n',
    ]
    path = tmp_path / "text.csv"
    path.write_bytes(b"".join(lines))

    rows = read(path)

    assert rows.bad == (
        BadRow(11, UNKNOWN),
        BadRow(12, UNKNOWN),
        BadRow(13, "empty text"),
        BadRow(14, "not UTF-8"),
        BadRow(15, "too few columns"),
        BadRow(16, "too many columns"),
        BadRow(19, "misplaced quote"),
    )
    assert len(rows.texts) == 1001
    assert "a field\nof two lines" in rows.texts


def test_bad_rows_of_the_other_forms_are_named_too(tmp_path: Path) -> None:
    texts = many("a good day", 300)
    (tmp_path / "lines").write_bytes(b"".join(f"{text};joy\n".encode() for text in texts) + b"no label\nx;bored\n")
    table = pa.table({"text": pa.array([*texts, None, "x"]), "label": pa.array([1] * 300 + [1, 6], pa.int64())})
    parquet.write_table(table, tmp_path / "table", row_group_size=128)

    assert read(tmp_path / "lines").bad == (BadRow(301, "too few columns"), BadRow(302, UNKNOWN))
    assert read(tmp_path / "table").bad == (BadRow(301, "empty text"), BadRow(302, UNKNOWN))


@pytest.mark.parametrize(("bad", "stops"), [(1, False), (2, True)])
def test_more_than_one_in_a_hundred_bad_rows_stop_the_run(bad: int, stops: bool, tmp_path: Path) -> None:
    path = tmp_path / "text.csv"
    rows = [(text, "1") for text in many("a good day", 99)]
    path.write_bytes(csv_bytes([*rows, *[("a secret text", "bored")] * bad]))
    if not stops:
        assert len(read(path).bad) == bad
        return
    with pytest.raises(DatasetError, match=r"2 of 101 rows are bad, more than 1 %: line 101: unknown label") as caught:
        read(path)
    assert "secret" not in str(caught.value)


def test_of_bad_rows_the_first_of_each_reason_is_told(tmp_path: Path) -> None:
    path = tmp_path / "text.csv"
    path.write_bytes(b"text,label\none,7\n,1\ntwo,1.5\n,1\nthree,1.0\n")
    with pytest.raises(DatasetError) as caught:
        read(path)
    told = f"{path}: 4 of 5 rows are bad, more than 1 %: line 2: {UNKNOWN}; line 3: empty text"
    assert str(caught.value) == told


def test_stray_quotes_cost_only_their_own_rows(tmp_path: Path) -> None:
    texts = many("a good day", 2000)
    lines = [f"{text},1\n" for text in texts]
    lines[500] = '5" of snow,1\n'
    lines[700] = '"x" y,1\n'
    lines[1990] = '"open to the end,1\n'
    path = tmp_path / "text.csv"
    path.write_text("text,label\n" + "".join(lines))

    rows = read(path)

    assert rows.bad == (BadRow(702, "misplaced quote"), BadRow(1992, "misplaced quote"))
    assert rows.texts[500] == '5" of snow'
    assert len(rows.texts) == 1998


def test_a_nul_byte_parts_words(tmp_path: Path) -> None:
    path = tmp_path / "text.csv"
    path.write_bytes(b'text,label\nso\x00happy,1\n"so\x00""sad""",0\n')
    assert [normalise(text) for text in read(path).texts] == ["so happy", "so sad"]


def test_none_is_a_label_only_where_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(csv_bytes([("see you at 5", "none"), ("hello", 6), ("hooray", 1)]))
    assert read(path, with_none=True).labels.tolist() == [6, 6, 1]
    with pytest.raises(DatasetError, match="2 of 3 rows are bad"):
        read(path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no rows"),
        (b"\n \n", "no rows"),
        (gzip.compress(b"", mtime=0), "no rows"),
        (csv_bytes(ROWS).decode().encode("utf-16"), "is UTF-16.*save it as CSV UTF-8"),
        (b"name,age\nanna,3\n", "neither a header with text and label, nor lines text;emotion"),
        (b"text,label\n", "no rows"),
        (gzip.compress(csv_bytes(ROWS), mtime=0)[:-9], "cannot be read"),
        (b"\x1f\x8bgarbage", "cannot be read"),
        (b"PAR1garbage", "cannot be read"),
        (parquet_bytes(ROWS)[:-40], "cannot be read"),
        (parquet_bytes(ROWS).replace(b"label", b"lebal"), "no columns text and label"),
    ],
)
def test_files_of_other_kinds_are_refused_with_the_reason(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "text.csv"
    path.write_bytes(data)
    with pytest.raises(DatasetError, match=f"text.csv.*{reason}"):
        read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"absent\.csv cannot be read: No such file or directory$"):
        read(tmp_path / "absent.csv")


@given(data=st.binary(max_size=300) | st.text(alphabet='text,label;"\n\r\0 joy1é', max_size=200).map(str.encode))
def test_any_bytes_are_rows_or_refused(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)
    try:
        rows = read(path)
    except DatasetError:
        return
    assert len(rows.texts) == len(rows.labels)
    assert all(text.strip() for text in rows.texts)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("text.csv", Role.TRAIN),
        ("train.csv.gz", Role.TRAIN),
        ("official_train.csv", Role.TRAIN),
        ("unsplit/train-00000-of-00001.parquet", Role.TRAIN),
        ("official_val.csv", Role.CHOOSE),
        ("split/validation-00000-of-00001.parquet", Role.CHOOSE),
        ("split/dev/0000.parquet", Role.CHOOSE),
        ("official_test.csv", Role.MEASURE),
        ("split/test/0000.parquet", Role.MEASURE),
        ("train_and_test.csv", Role.MEASURE),
        ("natural_mix.csv", Role.MEASURE),
        ("provenance.csv", None),
        ("README.md", None),
    ],
)
def test_role_is_told_by_the_name(name: str, role: Role | None) -> None:
    assert find_role(Path(name)) == role


def test_each_text_does_only_what_it_may(tmp_path: Path) -> None:
    train, held_out = many("i train", 60), many("i judge", 7, held_out=True)
    choosing, measured = many("i choose", 9), many("i measure", 8)
    shouted = [text.upper() + "," for text in choosing + measured]
    write(tmp_path, "train.csv.gz", train + held_out[:5] + shouted)
    write(tmp_path, "val.csv", choosing + held_out[5:6] + measured[:2])
    write(tmp_path, "sub/test.csv", measured + held_out[6:])
    write(tmp_path, "provenance.csv", ["never read"])

    dataset = load(tmp_path)

    assert sorted(dataset.train.texts) == sorted(train)
    assert {normalise(text) for text in dataset.validation.texts} == set(choosing)
    assert sorted(dataset.held_out.texts) == sorted(held_out)
    assert dataset.files == (
        FileSummary("provenance.csv", None, 0, ()),
        FileSummary("sub/test.csv", Role.MEASURE, 9, ()),
        FileSummary("train.csv.gz", Role.TRAIN, 82, ()),
        FileSummary("val.csv", Role.CHOOSE, 12, ()),
    )
    for text in choosing + measured + held_out:
        assert not dataset.guard.may_train(text.title())
    assert all(dataset.guard.may_train(text) for text in train)


def test_one_text_with_two_labels_is_one_sample_with_a_distribution(tmp_path: Path) -> None:
    texts = many("something", 30)
    write(tmp_path, "train.csv", [*texts, texts[0], texts[0].upper()], label=1)
    write(tmp_path, "text.csv", texts[:1], label=3)

    dataset = load(tmp_path)

    samples = dataset.train if texts[0] in dataset.train.texts else dataset.validation
    row = list(samples.texts).index(texts[0])
    assert samples.targets[row].tolist() == [0, 0.5, 0, 0.5, 0, 0, 0]
    assert len(dataset.train) + len(dataset.validation) == 30
    assert set(dataset.train.weights) == {1.0}


def test_where_no_file_chooses_a_twentieth_of_the_training_texts_does(tmp_path: Path) -> None:
    write(tmp_path, "text.csv", many("i train", 2000, held_out=None))

    for path in (tmp_path, tmp_path / "text.csv"):
        dataset = load(path)

        assert 160 < len(dataset.held_out) < 240
        assert 60 < len(dataset.validation) < 130
        assert len(dataset.train) + len(dataset.validation) + len(dataset.held_out) == 2000
        assert all(map(is_held_out, dataset.held_out.texts))
        assert all(map(is_chosen, dataset.validation.texts))


def test_hub_layout_of_split_and_unsplit(tmp_path: Path) -> None:
    texts = many("a day", 50)
    layout = {
        "unsplit/train-00000-of-00001.parquet": texts,
        "split/train-00000-of-00001.parquet": texts[:30],
        "split/validation-00000-of-00001.parquet": texts[30:40],
        "split/test-00000-of-00001.parquet": texts[40:],
    }
    for name, part in layout.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(parquet_bytes([(text, 0) for text in part]))

    dataset = load(tmp_path)

    assert sorted(dataset.train.texts) == sorted(texts[:30])
    assert sorted(dataset.validation.texts) == sorted(texts[30:40])


def test_official_texts_never_train_even_where_their_files_are_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official = many("i am official", 5)
    (tmp_path / "digests").write_bytes(official_digests(official))
    monkeypatch.setattr("ml.dataset._official_digests", lambda: frozenset(_chunks((tmp_path / "digests").read_bytes())))
    write(tmp_path, "text.csv", many("i train", 200) + official)

    dataset = load(tmp_path)

    assert not {*dataset.train.texts, *dataset.validation.texts} & set(official)
    assert not Guard().may_train(official[0].upper() + "!!")


def _chunks(data: bytes) -> list[bytes]:
    return [data[start : start + 8] for start in range(0, len(data), 8)]


def test_digests_of_the_official_texts_are_in_the_project() -> None:
    digests = _chunks(OFFICIAL.read_bytes())
    assert len(set(digests)) == 3995, "4,000 rows, 5 of them a text that another row has"
    assert digests == sorted(digests)


def test_nothing_to_train_on_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "test.csv", many("i measure", 9))
    with pytest.raises(DatasetError, match="holds no texts to train on"):
        load(tmp_path)
    with pytest.raises(DatasetError, match="holds no texts to train on"):
        load(tmp_path / "test.csv")
    with pytest.raises(DatasetError, match="no such file or folder"):
        load(tmp_path / "absent")


def test_fingerprint_depends_on_texts_labels_and_roles_alone(tmp_path: Path) -> None:
    texts = many("a day", 40)
    write(tmp_path / "one", "train.csv", texts)
    write(tmp_path / "two", "train.csv", texts[20:])
    write(tmp_path / "two", "text.csv", texts[:25])
    write(tmp_path / "other", "train.csv", texts, label=2)

    one, two, other = (load(tmp_path / name).fingerprint for name in ("one", "two", "other"))

    assert one == two != other


def test_guard_keeps_texts_from_elsewhere_out() -> None:
    samples = Samples.of_labels(many("a day", 6) + many("a night", 2, held_out=True), [1] * 8, weight=0.5)
    guard = Guard().and_samples(Samples.of_labels([samples.texts[0].title()], [1]))

    kept = guard.trainable(samples)

    assert list(kept.texts) == list(samples.texts[1:6])
    assert kept.weights.tolist() == [0.5] * 5
