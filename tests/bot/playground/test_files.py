"""Sizes and types of pictures."""

import struct
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from bot.playground.files import picture_size, picture_type

JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x08\x08" + struct.pack(">HH", 7, 9) + b"\x01"


def test_pictures(png: Callable[[int, int], bytes]) -> None:
    assert (picture_size(png(3, 2)), picture_type(png(3, 2))) == ((3, 2), "image/png")
    assert (picture_size(JPEG), picture_type(JPEG)) == ((9, 7), "image/jpeg")
    assert picture_size(png(3, 2)[:20]) is None
    assert picture_size(JPEG[:12]) is None


def test_other_files_are_no_pictures() -> None:
    assert [(picture_size(data), picture_type(data)) for data in (b"GIF89a", b"")] == [(None, None), (None, None)]


@given(st.binary())
def test_damaged_jpegs_have_no_size_or_some(rest: bytes) -> None:
    picture_size(b"\xff\xd8\xff" + rest)
