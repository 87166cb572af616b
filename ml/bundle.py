"""One immutable file that holds all a trained model needs to serve.

The file is a zip with four members and nothing else, stored without compression and with fixed timestamps, so equal
content gives equal bytes and no member is ever larger than the file it came in:

- `manifest.json`: format, sha256 of the other members, and every small field of `Bundle`
- `model.tflite`: the LiteRT model
- `weights.npz`: the float32 weights, for fine-tuning; the network is rebuilt by `ml.network`
- `vocabulary.txt`: the words, one a line, in the order of their ids

Nothing of it is unpickled or extracted to disk.
"""

import io
import json
import math
import os
import struct
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from ml.emotions import Emotion

FORMAT: Final = 3
MAX_BYTES: Final = 32 * 2**20
"""A file larger than this is refused unread."""

SHIPPED: Final = Path(__file__).parent / "shipped" / "base.bundle"
"""The bundle that comes with the project."""

_MANIFEST, _MODEL, _WEIGHTS, _VOCABULARY = "manifest.json", "model.tflite", "weights.npz", "vocabulary.txt"
_MEMBERS: Final = (_MANIFEST, _MODEL, _WEIGHTS, _VOCABULARY)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_UNREADABLE: Final = (zipfile.BadZipFile, RuntimeError, ValueError, OSError, EOFError, struct.error, OverflowError)
"""What `zipfile`, `json` and `numpy` raise on damaged input."""


class BundleError(ValueError):
    """A bundle that cannot be used; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Golden:
    """What the model read in a text of the project's own corpus when it was made.

    Attributes:
        text: the message.
        emotions: six calibrated probabilities that sum to 1, given that there is an emotion.
        none: the probability that there is no emotion.
    """

    text: str
    emotions: tuple[float, ...]
    none: float


@dataclass(frozen=True, slots=True)
class Scale:
    """What turns the logits of one kind of text into probabilities.

    Attributes:
        temperature: divides the six logits.
        none_temperature: divides the logit of none …
        none_bias: … after which this is added.
    """

    temperature: float
    none_temperature: float
    none_bias: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a reading is unsure, as probabilities or shares between 0 and 1.

    Attributes:
        none: no emotion from this `none` on.
        best: torn only when the best of the six is below this …
        torn: … and leads the second by less than this.
        known: unreadable when a smaller share of the tokens is in the vocabulary, and more than one is not.
    """

    none: float
    best: float
    torn: float
    known: float


@dataclass(frozen=True)
class Bundle:
    """A trained model and all that is told about it. Every field is checked when it is made.

    Attributes:
        litert: LiteRT model, int32 token ids (1, length) to float32 logits (1, `ml.emotions.OUTPUTS`).
        weights_npz: the same network's float32 weights, as `pack_weights` makes them.
        vocabulary: words in the order of their ids, from id 2 on.
        config: `NetworkConfig` as JSON values.
        normaliser: `ml.text.NORMALISER_VERSION` at training.
        telling: for texts that tell of feeling, as the data set's do (`ml.text.TELLING`).
        showing: for all others.
        thresholds: when a reading is unsure.
        metrics: figures of this model, as JSON values.
        golden: readings that a server must reproduce before it serves this bundle.
        made: how it was made (base, seed, time, …), as JSON values.

    Raises:
        BundleError: a field does not hold what is said here.
    """

    litert: bytes
    weights_npz: bytes
    vocabulary: tuple[str, ...]
    config: dict[str, Any]
    normaliser: int
    telling: Scale
    showing: Scale
    thresholds: Thresholds
    metrics: dict[str, Any]
    golden: tuple[Golden, ...]
    made: dict[str, Any]

    def __post_init__(self) -> None:
        if self.litert[4:8] != b"TFL3":
            raise BundleError(f"{_MODEL} is not a LiteRT model")
        _check_vocabulary(self.vocabulary)
        for name in ("config", "metrics", "made"):
            _check_json_object(name, getattr(self, name))
        if type(self.normaliser) is not int:
            raise BundleError("normaliser is not a whole number")
        for scale in (self.telling, self.showing):
            _check_scale(scale)
        for name, value in asdict(self.thresholds).items():
            _check_number(f"threshold {name}", value, low=0, high=1)
        for number, golden in enumerate(self.golden, start=1):
            _check_golden(number, golden)

    @cached_property
    def sha256(self) -> str:
        """Hex sha256 of the file's bytes: of the bytes it was read from, or else of `to_bytes`."""
        return sha256(self.to_bytes()).hexdigest()

    @property
    def id(self) -> str:
        """The first 12 digits of `sha256`: the version people see where the database gave no number."""
        return self.sha256[:12]

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """The float32 weights by name.

        Raises:
            BundleError: `weights_npz` is not an archive of float32 arrays.
        """
        return unpack_weights(self.weights_npz)

    def to_bytes(self) -> bytes:
        """The file's bytes; equal bundles give equal bytes."""
        members = {
            _MODEL: self.litert,
            _WEIGHTS: self.weights_npz,
            _VOCABULARY: "\n".join(self.vocabulary).encode(),
        }
        manifest = {
            "format": FORMAT,
            "sha256": {name: sha256(data).hexdigest() for name, data in members.items()},
            "config": self.config,
            "normaliser": self.normaliser,
            "telling": asdict(self.telling),
            "showing": asdict(self.showing),
            "thresholds": asdict(self.thresholds),
            "metrics": self.metrics,
            "golden": [asdict(golden) for golden in self.golden],
            "made": self.made,
        }
        return _zip({_MANIFEST: json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False).encode(), **members})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a bundle and check it from end to end.

        Raises:
            BundleError: the bytes are no bundle, are damaged, or were made for another format.
        """
        members = _unzip(data)
        manifest = _read_manifest(members)
        try:
            bundle = cls(
                litert=members[_MODEL],
                weights_npz=members[_WEIGHTS],
                vocabulary=_read_vocabulary(members[_VOCABULARY]),
                config=manifest["config"],
                normaliser=manifest["normaliser"],
                telling=Scale(**manifest["telling"]),
                showing=Scale(**manifest["showing"]),
                thresholds=Thresholds(**manifest["thresholds"]),
                metrics=manifest["metrics"],
                golden=tuple(
                    Golden(text=golden["text"], emotions=tuple(golden["emotions"]), none=golden["none"])
                    for golden in manifest["golden"]
                ),
                made=manifest["made"],
            )
        except (KeyError, TypeError) as error:
            raise BundleError(f"{_MANIFEST} lacks a field or holds one of the wrong kind: {error}") from None
        vars(bundle)["sha256"] = sha256(data).hexdigest()
        return bundle

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a bundle from a file.

        Raises:
            BundleError: as `from_bytes`, or the file cannot be read.
        """
        try:
            with path.open("rb") as file:
                return cls.from_bytes(file.read(MAX_BYTES + 1))
        except OSError as error:
            raise BundleError(f"{path}: {error.strerror}") from error
        except BundleError as error:
            raise BundleError(f"{path}: {error}") from None

    def save(self, path: Path) -> None:
        """Write the bundle so that `path` holds all of it or what it held before.

        Raises:
            OSError: the folder cannot be written to.
        """
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(self.to_bytes())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def pack_weights(weights: Mapping[str, NDArray[np.float32]]) -> bytes:
    """An `.npz` archive of float32 arrays, the same bytes for the same arrays.

    Raises:
        BundleError: an array is not float32.
    """
    for name, array in weights.items():
        if array.dtype != np.float32:
            raise BundleError(f"weight {name} is {array.dtype}, not float32")
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: np.ascontiguousarray(array) for name, array in weights.items()})
    return buffer.getvalue()


def unpack_weights(data: bytes) -> dict[str, NDArray[np.float32]]:
    """The arrays in what `pack_weights` made; no array can be larger than `data`.

    Raises:
        BundleError: `data` is anything else.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {
                info.filename.removesuffix(".npy"): _read_array(info.filename, _read_stored(archive, info))
                for info in archive.infolist()
            }
    except BundleError:
        raise
    except _UNREADABLE as error:
        raise BundleError(f"{_WEIGHTS} cannot be read: {error}") from None


def _read_array(name: str, data: bytes) -> NDArray[np.float32]:
    """One `.npy` of float32 in C order (numpy's own reader would allocate whatever the header claims)."""
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise BundleError(f"{_WEIGHTS}: {name} is of an unknown version")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream)
    body = data[stream.tell() :]
    if dtype != np.float32 or fortran_order or len(body) != 4 * math.prod(shape):
        raise BundleError(f"{_WEIGHTS}: {name} is not a float32 array in C order, or is cut short")
    return np.frombuffer(body, dtype=np.float32).reshape(shape)


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # the same bytes on every system; the default differs on Windows
            archive.writestr(info, data)
    return buffer.getvalue()


def _unzip(data: bytes) -> dict[str, bytes]:
    if len(data) > MAX_BYTES:
        raise BundleError(f"larger than the {MAX_BYTES} bytes allowed for a bundle")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if sorted(names) != sorted(_MEMBERS):
                raise BundleError(f"not a bundle: holds {_shown(names)} instead of {', '.join(_MEMBERS)}")
            return {info.filename: _read_stored(archive, info) for info in archive.infolist()}
    except BundleError:
        raise
    except _UNREADABLE as error:
        raise BundleError(f"not a bundle, or damaged: {error}") from None


def _read_stored(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > MAX_BYTES:
        raise BundleError(f"{info.filename!r} is compressed or too large")
    return archive.read(info)


def _shown(names: Iterable[str]) -> str:
    listed = [repr(name[:40]) for name in names]
    return ", ".join(listed[:5]) + (", …" if len(listed) > 5 else "") if listed else "nothing"


def _read_manifest(members: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        manifest = json.loads(members[_MANIFEST])
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{_MANIFEST} is not JSON: {error}") from None
    if not isinstance(manifest, dict):
        raise BundleError(f"{_MANIFEST} is not a JSON object")
    if manifest.get("format") != FORMAT:
        raise BundleError(f"bundle of format {str(manifest.get('format'))[:20]}, this code reads format {FORMAT}")
    digests = {name: sha256(data).hexdigest() for name, data in members.items() if name != _MANIFEST}
    if manifest.get("sha256") != digests:
        raise BundleError(f"damaged: a member's sha256 is not the one in {_MANIFEST}")
    return manifest


def _read_vocabulary(data: bytes) -> tuple[str, ...]:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BundleError(f"{_VOCABULARY} is not UTF-8: {error.reason}") from None
    return tuple(text.split("\n")) if text else ()


def _check_vocabulary(words: tuple[str, ...]) -> None:
    if len(set(words)) != len(words):
        raise BundleError("vocabulary holds a word twice")
    for number, word in enumerate(words, start=1):
        if word.split() != [word]:
            raise BundleError(f"vocabulary word {number} is empty or holds white space")
    try:
        "".join(words).encode()
    except UnicodeEncodeError as error:
        raise BundleError(f"vocabulary cannot be written as UTF-8: {error.reason}") from None


def _check_json_object(name: str, value: object) -> None:
    try:
        same = isinstance(value, dict) and json.loads(json.dumps(value, allow_nan=False)) == value
    except (TypeError, ValueError, RecursionError) as error:
        raise BundleError(f"{name} is not made of JSON values: {error}") from None
    if not same:
        raise BundleError(f"{name} is not a JSON object that survives being written and read")


def _check_number(name: str, value: object, *, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BundleError(f"{name} is a {type(value).__name__}, not a number")
    if not low <= value <= high:
        raise BundleError(f"{name} is {value!r}, not between {low:g} and {high:g}")


def _check_scale(scale: Scale) -> None:
    for name in ("temperature", "none_temperature"):
        _check_number(name, getattr(scale, name), low=1e-6, high=1e6)
    _check_number("none_bias", scale.none_bias, low=-1e6, high=1e6)


def _check_golden(number: int, golden: Golden) -> None:
    if not isinstance(golden.text, str):
        raise BundleError(f"golden example {number} has no text")
    if len(golden.emotions) != len(Emotion):
        raise BundleError(f"golden example {number} has {len(golden.emotions)} emotions, not {len(Emotion)}")
    for value in (*golden.emotions, golden.none):
        _check_number(f"a probability of golden example {number}", value, low=0, high=1)
