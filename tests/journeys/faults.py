"""What can go wrong at Telegram, and on the way there and to the database."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.playground.form import Form
from bot.playground.refusal import Refusal
from bot.playground.server import Playground
from bot.playground.telegram import Telegram

Effect = Callable[[], Awaitable[Any]]
Fault = Callable[[Effect], Awaitable[Any]]


class Faults:
    """Around the methods of a playground: `let` says how the next calls of one go wrong."""

    def __init__(self, playground: Playground) -> None:
        self._inner = playground.call
        self._planned: dict[str, deque[Fault]] = {}
        self.calls: list[str] = []
        """Every method that was called, in order."""
        playground.call = self

    def let(self, method: str, *faults: Fault, times: int = 1) -> None:
        """Let the next calls of a method go wrong, one fault each, all of them so many times."""
        self._planned.setdefault(method.lower(), deque()).extend(faults * times)

    def over(self) -> bool:
        """Whether all that was planned has happened."""
        return not any(self._planned.values())

    async def __call__(self, telegram: Telegram, method: str, form: Form) -> Any:
        self.calls.append(method)
        planned = self._planned.get(method.lower())
        if planned:
            return await planned.popleft()(lambda: self._inner(telegram, method, form))
        return await self._inner(telegram, method, form)


def refused(code: int, description: str, **parameters: int) -> Fault:
    """Telegram says no."""

    async def refuse(_: Effect) -> Any:
        raise Refusal(code, description, **parameters)

    return refuse


def too_many(seconds: int) -> Fault:
    """Telegram asks to wait."""
    return refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def held(until: asyncio.Event) -> Fault:
    """Telegram takes its time."""

    async def hold(effect: Effect) -> Any:
        await until.wait()
        return await effect()

    return hold


async def failing(_: Effect) -> Any:
    """Telegram's own failure, before the effect."""
    raise Refusal(500, "Internal Server Error")


async def silent(_: Effect) -> Any:
    """No effect and no answer."""
    await asyncio.Event().wait()


async def silent_after(effect: Effect) -> Any:
    """The effect, and no answer."""
    await effect()
    await asyncio.Event().wait()


async def reset(_: Effect) -> Response:
    """The connection is reset before the effect."""
    return _Reset()


async def reset_after(effect: Effect) -> Response:
    """The connection is reset after the effect."""
    await effect()
    return _Reset()


async def half(effect: Effect) -> Response:
    """The effect, and half an answer."""
    await effect()
    return Response(b'{"ok": true, "result": {"mess', headers={"content-length": "500"}, media_type="application/json")


async def no_json(effect: Effect) -> Response:
    """The effect, and an answer that is not JSON."""
    await effect()
    return Response("<html>what a person wrote</html>", media_type="text/html")


async def no_json_failure(_: Effect) -> Response:
    """A proxy's page in the place of Telegram's refusal."""
    return Response("<html>what a person wrote</html>", 403, media_type="text/html")


class _Reset(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        receive.__self__.transport.abort()  # type: ignore[attr-defined]


class Wire:
    """A TCP port before a server, whose connections can be refused, cut and held up."""

    def __init__(self, connect: Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]) -> None:
        self._connect = connect
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0

    async def up(self) -> None:
        """Let connections through."""
        self._server = await asyncio.start_server(self._through, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse new connections, and cut those that are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    def cut(self) -> None:
        """Reset the connections that are."""
        for writer in self._open:
            writer.transport.abort()

    def hold_up(self) -> None:
        """Let nothing through, though connections stay."""
        self._flows.clear()

    def let_go(self) -> None:
        """Let all through again."""
        self._flows.set()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await self._connect()
        self._open |= {writer, far_writer}
        try:
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        finally:
            self._open -= {writer, far_writer}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
