"""The original data set, in every form it is found in, split by text into what trains, chooses and judges.

Forms, told by their content, plain or gzipped: Kaggle's `text.csv` (unnamed index, `text`, `label`), any csv with a
header that has `text` and `label`, lines `text;emotion` without a header, and Hugging Face's parquet files. Labels are
ids or names.

In a folder, what a file is for is read from the words in its name and in the folders above it (`Role`):

- `test`, `natural` or `holdout`: only measures, none of its texts trains or chooses
- `val`, `valid`, `validation` or `dev`: chooses (early stopping, calibration), none of its texts trains
- `train`, `text` or `unsplit`: trains
- anything else is not read

Where a name says two things the upper one holds. A file given by itself trains, unless its name says otherwise.
Whatever the files are called, held-out texts (`ml.text.is_held_out`) only judge, and the texts of the official
validation and test files never train: `corpus/official.digests` knows them where those files are absent.
"""

import csv
import gzip
import io
import re
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from itertools import compress, count, islice
from pathlib import Path, PurePath
from typing import BinaryIO, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ml.emotions import LABELS, Emotion
from ml.samples import Samples, are_chosen, are_held_out
from ml.text import digest, normalise

MAX_BAD_SHARE: Final = 0.01
"""A file with a larger share of bad rows is refused."""

_TEXT_COLUMN: Final = "text"
_LABEL_COLUMNS: Final = ("label", "emotion", "label_name")
_RECORD_LINES: Final = 20
"""A quoted field that spans more lines than this was never closed."""
OFFICIAL: Final = Path(__file__).parent / "corpus" / "official.digests"
"""What is known of the texts of the official validation and test files: 8 bytes each, no text."""

_DIGEST_BYTES: Final = 8
_NOT_LETTERS: Final = re.compile(r"[^a-z]+")
_WORDS: Final = re.compile(r"[a-z]+")
_SUFFIXES: Final = {".csv", ".gz", ".parquet", ".tsv", ".txt"}

_Record = tuple[int, str, str]
"""The line a row starts on, its text and its label, both as written."""


class DatasetError(ValueError):
    """A file or folder that cannot be used; the message names it and says why, and never shows a text."""


class Role(StrEnum):
    """What the texts of a file may do."""

    MEASURE = "measures"
    CHOOSE = "chooses"
    TRAIN = "trains"


_ROLE_WORDS: Final = {
    Role.MEASURE: {"test", "natural", "holdout"},
    Role.CHOOSE: {"val", "valid", "validation", "dev"},
    Role.TRAIN: {"train", "text", "unsplit"},
}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: the line it starts on (the row, in parquet), from 1, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Rows:
    """The good rows of a file in order: n texts as written, int8 labels (n,); and the bad ones."""

    texts: list[str]
    labels: NDArray[np.int8]
    bad: tuple[BadRow, ...]


@dataclass(frozen=True)
class FileSummary:
    """What was read of one file; `role` is None where it was passed over."""

    name: str
    role: Role | None
    rows: int
    bad: tuple[BadRow, ...]


_ROLE_BITS: Final = {role: 1 << place for place, role in enumerate(Role, start=len(LABELS))}


class Guard:
    """Knows the texts that must not train: held out, official, or of a file that chooses or measures."""

    def __init__(self, digests: Collection[int] = ()) -> None:
        self._digests: Final = frozenset(digests)

    def may_train(self, text: str) -> bool:
        """Whether this text is free to train."""
        return bool(self._may_train(Samples.of_labels([text], [0]))[0])

    def and_samples(self, *parts: Samples) -> "Guard":
        """This guard, and none of these texts may train either."""
        return Guard(self._digests.union(*(samples.digests.tolist() for samples in parts)))

    def trainable(self, samples: Samples) -> Samples:
        """The samples whose texts may train."""
        return samples.take(np.flatnonzero(self._may_train(samples)))

    def _may_train(self, samples: Samples) -> NDArray[np.bool_]:
        known = np.fromiter((own in self._digests for own in samples.digests.tolist()), bool, len(samples))
        return np.asarray(~(are_held_out(samples.digests) | known | _are_official(samples.normalised)))


@dataclass(frozen=True)
class Dataset:
    """The data set by what each text may do; a normalised text is in one of the parts, and there once.

    A text with several labels is one sample with an equal share of each. Texts without any token are left out.

    Attributes:
        train: what trains.
        validation: what chooses: from the files that choose, or else a twentieth of what could train.
        held_out: what judges: the held-out texts of all files.
        guard: knows what must not train, for texts from elsewhere.
        files: what was read, in order, and what was passed over.
        fingerprint: hex; equal for equal texts, labels and roles, whatever the files they came in.
    """

    train: Samples
    validation: Samples
    held_out: Samples
    guard: Guard
    files: tuple[FileSummary, ...]
    fingerprint: str


def load(path: Path) -> Dataset:
    """Read the data set from a folder (and the folders in it) or from one file.

    Raises:
        DatasetError: nothing there can train, or a file cannot be read or is too bad.
    """
    texts = _Texts()
    files = []
    for file, name, role in _files(path):
        if role is None:
            files.append(FileSummary(name, None, 0, ()))
            continue
        rows = read(file)
        texts.add(rows, role)
        files.append(FileSummary(name, role, len(rows.texts), rows.bad))
    may = texts.may()
    if not may.train.any():
        raise DatasetError(f"{path}: holds no texts to train on (files are told apart by name: see {__name__})")
    return Dataset(
        train=texts.samples(may.train),
        validation=texts.samples(may.choose),
        held_out=texts.samples(may.judge),
        guard=Guard(may.guarded),
        files=tuple(files),
        fingerprint=texts.fingerprint(),
    )


def read(path: Path, *, with_none: bool = False) -> Rows:
    """Read one file.

    Args:
        path: the file, of any of the forms.
        with_none: whether `none` (6) is a label beside the six; in the data set it is not.

    Raises:
        DatasetError: the file is of no known form, is damaged, or more than `MAX_BAD_SHARE` of its rows are bad.
    """
    try:
        with path.open("rb") as file:
            records = _parquet_records(file) if file.read(4) == b"PAR1" else _text_records(file)
            rows = _check(records, _label_ids(with_none=with_none))
    except DatasetError as error:
        raise DatasetError(f"{path}: {error}") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    _refuse_too_bad(path, rows)
    return rows


def find_role(name: PurePath) -> Role | None:
    """What a file is for, by the words in its path relative to the data set's folder."""
    words = set(_WORDS.findall(str(name).lower()))
    return next((role for role, names in _ROLE_WORDS.items() if words & names), None)


def _files(path: Path) -> Iterator[tuple[Path, str, Role | None]]:
    if path.is_file():
        yield path, path.name, find_role(PurePath(path.name)) or Role.TRAIN
        return
    if not path.is_dir():
        raise DatasetError(f"{path}: no such file or folder")
    for file in sorted(path.rglob("*")):
        relative = file.relative_to(path)
        if file.is_file() and not any(part.startswith(".") for part in relative.parts):
            yield file, str(relative), find_role(relative) if file.suffix in _SUFFIXES else None


class _Texts:
    """Normalised texts in order of first sight, each with bits for the labels and roles seen with it."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}
        self._written: dict[str, str] = {}
        """The first spelling, where it is not the normalised one."""

    def add(self, rows: Rows, role: Role) -> None:
        bits, written, role_bit = self._bits, self._written, _ROLE_BITS[role]
        for text, label in zip(rows.texts, rows.labels.tolist(), strict=True):
            normalised = normalise(text)
            seen = bits.get(normalised, 0)
            bits[normalised] = seen | role_bit | 1 << label
            if not seen and normalised != text:
                written[normalised] = text
        bits.pop("", None)

    def may(self) -> "_May":
        bits = np.fromiter(self._bits.values(), np.uint16, len(self._bits))
        digests = np.fromiter(map(digest, self._bits), np.uint64, len(self._bits))
        held_out = are_held_out(digests)
        measures, chooses = (bits & _ROLE_BITS[role] != 0 for role in (Role.MEASURE, Role.CHOOSE))
        guarded = measures | chooses
        official = _are_official(self._bits)
        train = (bits & _ROLE_BITS[Role.TRAIN] != 0) & ~(held_out | guarded | official)
        choose = chooses & ~(held_out | measures)
        if not choose.any():
            choose = train & are_chosen(digests)
        return _May(train & ~choose, choose, held_out, digests[guarded].tolist())

    def samples(self, chosen: NDArray[np.bool_]) -> Samples:
        normalised = list(compress(self._bits, chosen))
        texts = [self._written.get(text, text) for text in normalised]
        labels = np.fromiter(compress(self._bits.values(), chosen), np.uint16, len(texts)).astype(np.uint8)
        targets = np.unpackbits(labels[:, None], axis=1, count=len(LABELS), bitorder="little").astype(np.float32)
        targets /= targets.sum(axis=1, keepdims=True)
        samples = Samples(texts, targets, np.ones(len(texts), np.float32))
        vars(samples)["normalised"] = normalised
        return samples

    def fingerprint(self) -> str:
        content = blake2b(digest_size=16)
        for text in sorted(self._bits):
            content.update(f"{text}\0{self._bits[text]}\n".encode())
        return content.hexdigest()


class _May(NamedTuple):
    """Which texts do what, bool (n,) each, and the digests of those that must not train."""

    train: NDArray[np.bool_]
    choose: NDArray[np.bool_]
    judge: NDArray[np.bool_]
    guarded: list[int]


def _letters_digest(text: str) -> bytes:
    """Of the letters alone, so that it outlives changes of the normaliser."""
    letters = text.lower().replace(" ", "")
    if not (letters.isascii() and letters.isalpha()):
        letters = _NOT_LETTERS.sub("", letters)
    return blake2b(letters.encode(), digest_size=_DIGEST_BYTES, person=b"official").digest()


def _are_official(normalised: Collection[str]) -> NDArray[np.bool_]:
    official = _official_digests()
    return np.fromiter((_letters_digest(text) in official for text in normalised), bool, len(normalised))


@cache
def _official_digests() -> frozenset[bytes]:
    data = OFFICIAL.read_bytes()
    return frozenset(data[start : start + _DIGEST_BYTES] for start in range(0, len(data), _DIGEST_BYTES))


def official_digests(texts: Iterable[str]) -> bytes:
    """The content of `OFFICIAL` for the texts of the official validation and test files."""
    return b"".join(sorted({_letters_digest(text) for text in texts}))


@cache
def _label_ids(*, with_none: bool) -> dict[str, int]:
    """By the id, also as pandas writes it beside missing ones ("1.0"), and by the name."""
    labels = range(len(LABELS) if with_none else len(Emotion))
    return {form: label for label in labels for form in (str(label), f"{label}.0", LABELS[label])}


def _check(records: Iterable[_Record | BadRow], ids: dict[str, int]) -> Rows:
    texts, labels, bad = [], bytearray(), []
    unknown = f"unknown label (known: 0 to {max(ids.values())}, {', '.join(filter(str.isalpha, ids))})"
    for record in records:
        if isinstance(record, BadRow):
            bad.append(record)
            continue
        line, text, name = record
        label = ids.get(name)
        if label is None:
            label = ids.get(name.strip().lower())
        if not text.strip():
            bad.append(BadRow(line, "empty text"))
        elif not _is_utf8(text):
            bad.append(BadRow(line, "not UTF-8"))
        elif label is None:
            bad.append(BadRow(line, unknown))
        else:
            texts.append(text)
            labels.append(label)
    return Rows(texts, np.fromiter(labels, np.int8, len(labels)), tuple(bad))


def _is_utf8(text: str) -> bool:
    """Whether no byte of it had to be escaped as a lone surrogate in decoding."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_too_bad(path: Path, rows: Rows) -> None:
    total = len(rows.texts) + len(rows.bad)
    if not total:
        raise DatasetError(f"{path}: no rows")
    if len(rows.bad) > MAX_BAD_SHARE * total:
        firsts: dict[str, int] = {}
        for row in rows.bad:
            firsts.setdefault(row.reason, row.line)
        told = "; ".join(f"line {line}: {reason}" for reason, line in firsts.items())
        raise DatasetError(f"{path}: {len(rows.bad):,} of {total:,} rows are bad, more than 1 %: {told}")


class _Lines:
    """Lines that can be given back; `number` is that of the last one taken, from 1."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._returned: deque[str] = deque()
        self.number = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.number += 1
        return line

    def give_back(self, lines: list[str]) -> None:
        self._returned.extendleft(reversed(lines))
        self.number -= len(lines)


def _text_records(file: BinaryIO) -> Iterator[_Record | BadRow]:
    file.seek(0)
    start = file.read(2)
    packed = start == b"\x1f\x8b"
    if start in (BOM_UTF16_LE, BOM_UTF16_BE):
        raise DatasetError("is UTF-16, as Excel's Unicode Text is; save it as CSV UTF-8")
    file.seek(0)
    stream = gzip.GzipFile(fileobj=file) if packed else file
    with io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="") as text:
        lines = _Lines(text)
        first = next((line for line in lines if not line.isspace()), None)
        if first is None:
            return
        for delimiter in ",;\t":
            names = [name.strip().lower() for name in _fields(first, lines, delimiter) or ()]
            label_column = next((name for name in _LABEL_COLUMNS if name in names), None)
            if _TEXT_COLUMN in names and label_column:
                yield from _csv_records(lines, delimiter, names, label_column)
                return
        if ";" not in first:
            raise DatasetError("has neither a header with text and label, nor lines text;emotion")
        lines.give_back([first])
        yield from _semicolon_records(lines)


def _csv_records(lines: _Lines, delimiter: str, names: list[str], label_column: str) -> Iterator[_Record | BadRow]:
    columns, text, label = len(names), names.index(_TEXT_COLUMN), names.index(label_column)
    for line in lines:
        number = lines.number
        if line.isspace():
            continue
        fields = _fields(line, lines, delimiter)
        if fields is None:
            yield BadRow(number, "misplaced quote")
        elif len(fields) != columns:
            yield BadRow(number, "too few columns" if len(fields) < columns else "too many columns")
        else:
            yield number, fields[text], fields[label]


def _fields(line: str, lines: _Lines, delimiter: str) -> list[str] | None:
    """The fields of the record that starts with `line`, or None, only `line` taken, where quotes are wrong."""
    if '"' not in line:
        return line.rstrip("\r\n").split(delimiter)
    taken = []

    def record() -> Iterator[str]:
        yield line
        for following in islice(lines, _RECORD_LINES - 1):
            taken.append(following)
            yield following

    try:
        return next(csv.reader(record(), delimiter=delimiter, strict=True))
    except csv.Error:
        lines.give_back(taken)
        return None


def _semicolon_records(lines: _Lines) -> Iterator[_Record | BadRow]:
    for line in lines:
        if line.isspace():
            continue
        text, found, label = line.rpartition(";")
        yield (lines.number, text, label) if found else BadRow(lines.number, "too few columns")


def _parquet_records(file: BinaryIO) -> Iterator[_Record | BadRow]:
    from pyarrow import ArrowException, binary, string
    from pyarrow.parquet import ParquetFile

    try:
        parquet = ParquetFile(file)
        label_column = next((name for name in _LABEL_COLUMNS if name in parquet.schema_arrow.names), None)
        if _TEXT_COLUMN not in parquet.schema_arrow.names or label_column is None:
            raise DatasetError("has no columns text and label")
        rows = count(1)
        for batch in parquet.iter_batches(columns=[_TEXT_COLUMN, label_column]):
            texts = batch.column(_TEXT_COLUMN).cast(binary()).to_pylist()
            labels = batch.column(label_column).cast(string()).to_pylist()
            for text, label in zip(texts, labels, strict=True):
                yield next(rows), (text or b"").decode(errors="surrogateescape"), label or ""
    except ArrowException as error:
        raise DatasetError(f"cannot be read: {error}") from None
