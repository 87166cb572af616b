"""A playground on a free port, a bot of python-telegram-bot and a bare HTTP client that talk to it."""

import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.playground.server import Playground


@pytest.fixture
async def bot(playground: Playground) -> AsyncIterator[Bot]:
    url = playground.url
    one, two = (HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2))  # saves loading certificates
    async with Bot(playground.token, f"{url}/bot", f"{url}/file/bot", request=one, get_updates_request=two) as bot:
        yield bot


@pytest.fixture
async def http(playground: Playground) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=playground.url, timeout=5, verify=False) as client:  # noqa: S501
        yield client


@pytest.fixture
def ask(playground: Playground, http: httpx.AsyncClient) -> Callable[..., Awaitable[httpx.Response]]:
    """Call a method of the Bot API with JSON, as a bot without python-telegram-bot would."""

    async def ask(method: str, **parameters: Any) -> httpx.Response:
        return await http.post(f"/bot{playground.token}/{method}", json=parameters)

    return ask


@pytest.fixture(scope="session")
def png() -> Callable[[int, int], bytes]:
    """Make a black PNG of a width and height."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def png(width: int, height: int) -> bytes:
        head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
        pixels = zlib.compress((b"\0" + bytes(width)) * height)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")

    return png
