"""Bring the data set and the chat corpora from their public homes, checked, into a folder that `ml.base` reads.

    DIR/emotions/…         the data set's files as they are
    DIR/chat/<corpus>.csv  text and label_name, made of the corpus' public form
    DIR/downloads/<source>/<file>  what people have downloaded by hand, where a home could not be reached; for Kaggle's
                                   file the zip that it comes in as well

A file appears under its name only when it is whole and checked; what is there already is not brought again.
"""

import csv
import gzip
import logging
import os
import re
import shutil
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

import httpx

from ml import dataset
from ml.corpora import CORPORA, Corpus, target
from ml.dataset import MAX_BAD_SHARE, DatasetError
from ml.sources import KAGGLE, Row, Source

TOLERANCE: Final = 0.1
"""A file with so much fewer or more rows than expected is refused."""

_TRY_AGAIN: Final = {408, 425, 429, 500, 502, 503, 504}
_HASH: Final = "x-linked-etag"
"""Hugging Face tells a large file's sha256 in this header of the redirection to where the file is."""

_ERRNO: Final = re.compile(r"^\[Errno -?\d+\] ")

_WRONG_CONTENT: Final = (
    ValueError,
    LookupError,
    EOFError,
    RuntimeError,
    csv.Error,
    gzip.BadGzipFile,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What the readers of `ml.sources` raise."""

Progress = Callable[[str], AbstractContextManager[Callable[[str, float], None]]]
"""Opens a bar for what has this name; what it gives is called with the name and how much is here, from 0 to 1."""


class FetchError(Exception):
    """Why a source is not there."""


class _TransientError(FetchError):
    """May pass by itself."""


class NoConnectionError(_TransientError):
    """May pass, but mostly means that there is no network: tried twice, so that this is told soon."""


class _WrongContentError(FetchError):
    """A public file is not what it should be."""


@dataclass(frozen=True)
class Bounds:
    """When to lose patience.

    Attributes:
        size: bytes of one public file, at most.
        connect: seconds to a connection; kagglehub has its own.
        read: seconds of silence; kagglehub has its own.
        whole: seconds for one public file; kagglehub knows none.
        attempts: how often to try, in all, where the fault may pass.
        pause: seconds before the second attempt, twice as many before each further one.
    """

    size: int = 128 * 2**20
    connect: float = 10.0
    read: float = 30.0
    whole: float = 900.0
    attempts: int = 4
    pause: float = 1.0


@dataclass(frozen=True)
class Arrived:
    """A file that is in place: its rows, how many rows of the public files were left out, their sha256 by name."""

    path: Path
    rows: int
    bad: int
    sha256: dict[str, str]


def fetch(
    source: Source, folder: Path, progress: Progress, bounds: Bounds = Bounds(), silent: set[str] | None = None
) -> Arrived | None:
    """Bring one source into the folder, or give None where it is there already.

    Args:
        silent: hosts that could not be reached, which are not tried again; grows.

    Raises:
        FetchError: it could not be brought, or is not what it should be.
        OSError: the folder cannot be written to.
    """
    place = folder / source.target
    if place.exists():
        return None
    given = {address: path for address in source.addresses if (path := _given(source, address, folder))}
    silent = set() if silent is None else silent
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".fetch-", dir=folder) as name:
        work = Path(name)
        try:
            files = [
                _take(given[address], work / _file(address))
                if address in given
                else _obtain(address, work, source.name, progress, bounds, silent)
                for address in source.addresses
            ]
            made, rows, bad = _make(source, files, work)
        except _WrongContentError as error:
            told = f"{source.name}: it is not what it should be: {error}"
            where = f"; it was read from {' and '.join(map(str, given.values()))}, so remove that" if given else ""
            raise FetchError(told + where) from error
        except FetchError as error:
            raise type(error)(f"{source.name}: {error}") from error
        sha256 = {file.name: _sha256(file) for file in files}
        _move(made, place)
    return Arrived(place, rows, bad, sha256)


def by_hand(source: Source, address: str, folder: Path) -> Path:
    """Where the public file at one of the source's addresses is looked for before it is downloaded."""
    return folder / "downloads" / source.name.replace(" ", "-") / _file(address)


def _file(address: str) -> str:
    return address.rpartition("/")[2]


def _given(source: Source, address: str, folder: Path) -> Path | None:
    """What was downloaded by hand: the file, or the zip that Kaggle's comes in."""
    place = by_hand(source, address, folder)
    zips = place.parent.glob("*.zip") if address.startswith(KAGGLE) else ()
    return next((path for path in (place, *zips) if path.is_file()), None)


def _take(given: Path, path: Path) -> Path:
    """What was downloaded by hand, copied to the path or unpacked there."""
    if given.name == path.name:
        return shutil.copyfile(given, path)
    try:
        with zipfile.ZipFile(given) as packed:
            return Path(packed.extract(path.name, path.parent))
    except _WRONG_CONTENT as error:
        raise _WrongContentError(_told(error)) from error


def _obtain(address: str, work: Path, title: str, progress: Progress, bounds: Bounds, silent: set[str]) -> Path:
    """The public file at the address, downloaded into `work`."""
    host = urlsplit(address).netloc
    if host in silent:
        raise NoConnectionError(f"{address} cannot be reached")
    try:
        if address.startswith(KAGGLE):
            return _persist(lambda: _from_kaggle(address.removeprefix(KAGGLE), work, bounds), bounds)
        path = work / _file(address)
        with progress(title) as show:
            return _persist(lambda: _download(address, path, lambda share: show(title, share), bounds), bounds)
    except NoConnectionError:
        silent.add(host)
        raise


def _persist(attempt: Callable[[], Path], bounds: Bounds) -> Path:
    for failures in range(bounds.attempts - 1):
        try:
            return attempt()
        except _TransientError as error:
            time.sleep(bounds.pause * 2**failures)
            if isinstance(error, NoConnectionError):
                break
    return attempt()


def _download(address: str, path: Path, show: Callable[[float], None], bounds: Bounds) -> Path:
    deadline = time.monotonic() + bounds.whole
    try:
        with (
            httpx.stream(
                "GET",
                address,
                follow_redirects=True,
                timeout=httpx.Timeout(bounds.read, connect=bounds.connect),
                headers={"Accept-Encoding": "identity", "User-Agent": "feelback"},
            ) as response,
            path.open("wb") as file,
        ):
            _check_status(address, response.status_code)
            size = int(response.headers.get("content-length", bounds.size))
            for chunk in response.iter_bytes():
                file.write(chunk)
                if max(size, file.tell()) > bounds.size:
                    raise FetchError(f"{address} is larger than {bounds.size / 2**20:,.0f} MiB")
                if time.monotonic() > deadline:
                    raise _TransientError(f"{address} took longer than {bounds.whole:,.0f} seconds")
                show(file.tell() / max(size, 1))
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise NoConnectionError(f"{address} cannot be reached ({_told(error)})") from error
    except httpx.TransportError as error:
        raise _TransientError(f"{address} cannot be downloaded whole ({_told(error)})") from error
    except httpx.HTTPError as error:
        raise FetchError(f"{address} cannot be downloaded ({_told(error)})") from error
    _check_sha256(address, path, [*response.history, response])
    return path


def _check_status(address: str, status: int) -> None:
    if status in _TRY_AGAIN:
        raise _TransientError(f"{address} answers {status}")
    if status != httpx.codes.OK:
        raise FetchError(f"{address} answers {status}")


def _check_sha256(address: str, path: Path, responses: list[httpx.Response]) -> None:
    promised = next((response.headers[_HASH] for response in responses if _HASH in response.headers), "").strip('"')
    if len(promised) == 64 and promised != _sha256(path):
        raise _TransientError(f"{address} has another sha256 than its home says")


def _from_kaggle(handle: str, work: Path, bounds: Bounds) -> Path:
    """Raises FetchError, and ModuleNotFoundError where kagglehub isn't installed."""
    import kagglehub
    import requests
    from kagglehub.exceptions import DataCorruptionError

    logging.getLogger("kagglehub").setLevel(logging.WARNING)
    owner, name, file = handle.split("/")
    page = f"https://www.kaggle.com/datasets/{owner}/{name}"
    try:
        path = Path(kagglehub.dataset_download(f"{owner}/{name}", file, force_download=True, output_dir=str(work)))
    except requests.ConnectionError as error:
        raise NoConnectionError(f"{page} cannot be reached ({type(error).__name__})") from error
    except (requests.RequestException, DataCorruptionError) as error:
        answer = getattr(error, "response", None)
        if answer is None:
            raise _TransientError(f"Kaggle's {file} cannot be downloaded whole ({type(error).__name__})") from error
        answer.close()
        _check_status(page, answer.status_code)
        raise FetchError(f"{page} cannot be downloaded ({type(error).__name__})") from error
    if path.stat().st_size > bounds.size:
        raise FetchError(f"Kaggle's {file} is larger than {bounds.size / 2**20:,.0f} MiB")
    return path


def _make(source: Source, files: list[Path], work: Path) -> tuple[Path, int, int]:
    """The file to put in place, its rows, and how many bad ones were left out.

    Raises:
        _WrongContentError: the public files do not hold what they should.
    """
    made = files[0]
    try:
        if source.corpus is None or source.read is None:
            whole = dataset.read(made)
            rows, bad = len(whole.texts), len(whole.bad)
        else:
            made = work / "made.csv"
            rows, bad = _write(source.read(*files), CORPORA[source.corpus], made)
    except DatasetError as error:
        raise _WrongContentError(str(error).replace(str(made), made.name)) from error
    except _WRONG_CONTENT as error:
        raise _WrongContentError(_told(error)) from error
    if bad > MAX_BAD_SHARE * (rows + bad):
        raise _WrongContentError(f"{bad:,} of {rows + bad:,} rows are bad")
    if abs(rows - source.rows) > TOLERANCE * source.rows:
        raise _WrongContentError(f"{rows:,} rows, not about {source.rows:,}")
    return made, rows, bad


def _write(rows: Iterable[Row], corpus: Corpus, path: Path) -> tuple[int, int]:
    """Write the good rows; how many they are, and how many have no text or a label that the corpus doesn't know."""
    good = bad = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label_name"))
        for text, labels in rows:
            if text.strip() and _is_known(corpus, labels):
                writer.writerow((text.strip(), labels))
                good += 1
            else:
                bad += 1
    return good, bad


def _is_known(corpus: Corpus, labels: str) -> bool:
    try:
        target(corpus, labels)
    except KeyError:
        return False
    return True


def _move(made: Path, place: Path) -> None:
    """Put the file in its place: whole, even if the machine stops."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    place.parent.mkdir(parents=True, exist_ok=True)
    made.replace(place)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _told(error: Exception) -> str:
    return _ERRNO.sub("", str(error)) or type(error).__name__
