"""Fuzzes the reader of bundles: bytes as they come, any manifest in a bundle that is well otherwise, any weights.

A crash is an exception other than `BundleError`, a bundle that is read and can't be written again, or memory.
"""

import io
import sys
import zipfile

import atheris

with atheris.instrument_imports(include=["ml.bundle", "zipfile", "json"]):
    from ml.bundle import Bundle, BundleError, unpack_weights
    from tests.ml.test_bundle import DATA


def with_manifest(manifest: bytes) -> bytes:
    """The bundle of the tests with another manifest."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(DATA)) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as after:
        for name in before.namelist():
            after.writestr(name, manifest if name == "manifest.json" else before.read(name))
    return buffer.getvalue()


def one(data: bytes) -> None:
    """Read one bundle; the first byte says what is made of the rest."""
    kind, rest = data[:1], data[1:]
    try:
        if kind == b"w":
            unpack_weights(rest)
        else:
            bundle = Bundle.from_bytes(with_manifest(rest) if kind == b"m" else rest)
            assert Bundle.from_bytes(bundle.to_bytes()) == bundle
    except BundleError:
        pass


def main() -> None:
    """Fuzz until told to end."""
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
