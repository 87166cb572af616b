"""Files that people and the bot send, kept in memory."""

import struct
from dataclasses import dataclass
from typing import Any, Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8"
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers whose segment holds the size of the picture."""


@dataclass(frozen=True)
class File:
    """One file: its id is a name that only this server knows, as at Telegram."""

    id: str
    name: str
    mime: str
    data: bytes

    def as_json(self) -> dict[str, Any]:
        """The fields that every file of the Bot API has."""
        return {"file_id": self.id, "file_unique_id": f"unique-{self.id}", "file_size": len(self.data)}


def picture_type(data: bytes) -> str | None:
    """The media type of a picture that the page shows; None for any other file."""
    return "image/png" if data.startswith(_PNG) else "image/jpeg" if data.startswith(_JPEG) else None


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG or JPEG; None for anything else, also for a damaged picture."""
    if data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) >= 24:
        width, height = struct.unpack_from(">II", data, 16)
        return width, height
    if data.startswith(_JPEG):
        return _jpeg_size(data)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    position = len(_JPEG)
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4])
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return width, height
        position += 2 + length
    return None
