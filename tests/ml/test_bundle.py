"""The bundle: what goes in comes out, and anything else is refused with a reason."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.bundle import Bundle, BundleError, Golden, Scale, Thresholds, pack_weights, unpack_weights
from tests.fault_table import Seen

WEIGHTS = {
    "embedding": np.arange(12, dtype=np.float32).reshape(4, 3),
    "dense/bias": np.array([0.5, -1.5], dtype=np.float32),
}


def make_bundle() -> Bundle:
    """A bundle whose model is too short to run, with a value in every field."""
    return Bundle(
        litert=b"\x1c\x00\x00\x00TFL3 and the rest of it",
        weights_npz=pack_weights(WEIGHTS),
        vocabulary=("i", "feel", "über", "😭"),
        config={"embedding_size": 3, "widths": [1, 2], "dropout": 0.1},
        normaliser=1,
        telling=Scale(1.25, 0.1 + 0.2, -0.5),
        showing=Scale(0.875, 1.5, 0.25),
        thresholds=Thresholds(none=0.5, best=0.6, torn=0.1, known=0.3),
        metrics={"accuracy": 0.9375, "auc": None},
        golden=(Golden("so happy", (0.1, 0.5, 0.1, 0.1, 0.1, 0.1), 0.05), Golden("\ud83d half", (1 / 6,) * 6, 1.0)),
        made={"seed": 7},
    )


BUNDLE = make_bundle()
DATA = BUNDLE.to_bytes()
SCALE = asdict(BUNDLE.telling)


def rebuild(change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The members of `DATA` after `change`, zipped as they were, the manifest's checksums left alone."""
    with zipfile.ZipFile(io.BytesIO(DATA)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_manifest(**fields: Any) -> bytes:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | fields).encode()

    return rebuild(change)


def test_round_trip_gives_an_equal_bundle() -> None:
    read = Bundle.from_bytes(DATA)

    assert read == BUNDLE
    assert read.sha256 == BUNDLE.sha256
    assert len(read.id) == 12
    assert read.sha256.startswith(read.id)


def test_equal_content_gives_equal_bytes_and_other_content_another_id() -> None:
    assert make_bundle().to_bytes() == DATA
    assert replace(Bundle.from_bytes(DATA), telling=BUNDLE.showing).sha256 != BUNDLE.sha256


def test_weights_come_back_as_float32() -> None:
    weights = Bundle.from_bytes(DATA).weights()

    assert weights.keys() == WEIGHTS.keys()
    for name, array in weights.items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, WEIGHTS[name])


def test_saved_file_loads_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "model.bundle"
    path.write_bytes(b"what was there before")

    BUNDLE.save(path)

    assert Bundle.load(path) == BUNDLE
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.fault("a bundle's file is missing", promise="it is named")
def test_missing_file_is_named(tmp_path: Path, seen: Seen) -> None:
    with pytest.raises(BundleError, match=r"absent\.bundle: No such file") as refused:
        Bundle.load(tmp_path / "absent.bundle")
    seen(str(refused.value).removeprefix(f"{tmp_path}/"))


@settings(max_examples=400, deadline=None)
@given(position=st.integers(0, len(DATA) - 1), flip=st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_nothing(position: int, flip: int) -> None:
    damaged = bytearray(DATA)
    damaged[position] ^= flip
    try:
        read = Bundle.from_bytes(bytes(damaged))
    except BundleError:
        return
    assert read == BUNDLE
    assert read.sha256 != BUNDLE.sha256


@settings(max_examples=200, deadline=None)
@given(length=st.integers(0, len(DATA) - 1))
def test_a_truncated_bundle_is_refused(length: int) -> None:
    with pytest.raises(BundleError):
        Bundle.from_bytes(DATA[:length])


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BundleError, match="not a bundle"):
        Bundle.from_bytes(data)


@settings(deadline=None)
@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists),
    st.sampled_from(sorted(json.loads(zipfile.ZipFile(io.BytesIO(DATA)).read("manifest.json")))),
)
def test_any_value_in_the_manifest_is_refused_or_read(value: Any, field: str) -> None:
    try:
        read = Bundle.from_bytes(with_manifest(**{field: value}))
    except BundleError:
        return
    assert Bundle.from_bytes(read.to_bytes()) == read


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(
            with_manifest(format=4),
            "format 4, this code reads format 3",
            marks=pytest.mark.fault("a bundle of a newer format", promise="it is refused, with the reason"),
        ),
        (with_manifest(telling=SCALE | {"temperature": 0}), "temperature is 0, not between"),
        (with_manifest(telling=SCALE | {"temperature": "warm"}), "temperature is a str, not a number"),
        (with_manifest(showing=SCALE | {"other": 1}), "lacks a field or holds one of the wrong kind"),
        (with_manifest(thresholds={"none": 0.5}), "lacks a field"),
        (with_manifest(thresholds={"none": 2, "best": 0, "torn": 0, "known": 0}), "threshold none is 2, not between"),
        (with_manifest(golden=[{"text": "x", "emotions": [1.0], "none": 0.0}]), "golden example 1 has 1 emotions"),
        (with_manifest(metrics=[]), "metrics is not a JSON object"),
        (rebuild(lambda members: members.update({"model.tflite": b"\x00\x00\x00\x00TFL3"})), "sha256"),
        (rebuild(lambda members: members.update({"manifest.json": b"[" * 100_000})), "manifest.json is not JSON"),
        (rebuild(lambda members: members.update({"run.py": b""})), "not a bundle: holds .*'run.py'"),
        (rebuild(lambda members: members.clear()), "holds nothing"),
        (bytes(33 * 2**20), "larger than"),
    ],
)
def test_the_reason_is_told(data: bytes, reason: str, seen: Seen) -> None:
    with pytest.raises(BundleError, match=reason) as refused:
        Bundle.from_bytes(data)
    seen(str(refused.value))


def test_compressed_members_are_refused_before_they_are_inflated() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("manifest.json", "model.tflite", "weights.npz", "vocabulary.txt"):
            archive.writestr(name, bytes(10**6))
    with pytest.raises(BundleError, match="compressed or too large"):
        Bundle.from_bytes(buffer.getvalue())


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("litert", b"something else", "not a LiteRT model"),
        ("vocabulary", ("same", "same"), "a word twice"),
        ("vocabulary", ("two words",), "word 1 is empty or holds white space"),
        ("vocabulary", ("\ud83d",), "cannot be written as UTF-8"),
        ("config", {"widths": (1, 2)}, "survives being written and read"),
        ("metrics", {"auc": float("nan")}, "metrics is not made of JSON values"),
        ("showing", replace(BUNDLE.showing, none_bias=float("nan")), "none_bias is nan, not between"),
        ("normaliser", True, "normaliser is not a whole number"),
    ],
)
def test_fields_are_checked_when_a_bundle_is_made(field: str, value: Any, reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        replace(BUNDLE, **{field: value})


def test_only_float32_arrays_are_weights() -> None:
    with pytest.raises(BundleError, match="float64, not float32"):
        pack_weights({"kernel": np.zeros(3)})  # type: ignore[dict-item]


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def lying_npz() -> bytes:
    """An array that claims a petabyte."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (2**48,)})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("huge.npy", header.getvalue())
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no archive", "cannot be read"),
        (npz(pickled=np.array([{}], dtype=object)), "not a float32 array"),
        (npz(double=np.zeros(3)), "not a float32 array"),
        (lying_npz(), "cut short"),
    ],
)
def test_weights_of_another_kind_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        unpack_weights(data)
