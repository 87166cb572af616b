"""The one port of a bot process: the webhook, whether it is well, and its counters.

POST <path of WEBHOOK_URL>   an update from Telegram, with its secret: 200 once handled, 503 to have it again
GET /healthz                 200 while the process lives
GET /readyz                  200 while updates are handled, 503 with the reason otherwise
GET /metrics                 counters, in Prometheus' text form, without anything of a person
"""

import asyncio
import hmac
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from telegram import Bot, Update

from bot.delivery.handling import MOST, Handling, Outcome, parse
from bot.settings import OWN_PATHS
from bot.web import WebServer

LARGEST_BODY: Final = 1024 * 1024
"""Bytes; a message's text is 4,096 characters at most, an update some of them."""

BODY_SECONDS: Final = 10.0
"""Seconds that a body may take to come."""

HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
_PROMETHEUS: Final = "text/plain; version=0.0.4; charset=utf-8"
_GRACE: Final = 2

Figures = Callable[[], Iterable[tuple[str, str, str, Mapping[str, float]]]]
"""Gives name, kind, what it says, and values by label (`outcome="answered"`, or none)."""


class Front:
    """The port, before, while and after updates are handled.

    Args:
        path: where updates come to; None where they are polled.
        secret: what Telegram sends along to show that it is Telegram.
    """

    def __init__(self, path: str | None = None, secret: str = "") -> None:
        self._secret = secret.encode()
        self._handling: tuple[Handling, Bot] | None = None
        self.waits_for: str | None = "the start"
        """Why updates are not handled now; None where they are."""
        self.figures: Figures = tuple
        self.refused: Counter[str] = Counter()
        """Requests to the webhook that brought no update, by reason."""
        routes = [Route(*route) for route in zip(OWN_PATHS, (_healthz, self._readyz, self._metrics), strict=True)]
        if path is not None:
            routes.append(Route(path, self._update, methods=["POST"]))
        self._server = WebServer(Starlette(routes=routes, exception_handlers={ClientDisconnect: _gone}), _GRACE)

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port. Raises OSError where that can't be."""
        return await self._server.start(host, port)

    async def stop(self) -> None:
        """Listen no more."""
        await self._server.stop()

    def open(self, handling: Handling, bot: Bot) -> None:
        """From now on, have updates handled."""
        self._handling = handling, bot

    def close(self) -> None:
        """From now on, let the server bring updates again, later or to another process."""
        self._handling = None

    async def _readyz(self, _: Request) -> Response:
        if self.waits_for is None:
            return PlainTextResponse("ready\n")
        return PlainTextResponse(f"waits for {self.waits_for}\n", 503)

    async def _metrics(self, _: Request) -> Response:
        lines = []
        for name, kind, says, values in self.figures():
            lines += [f"# HELP {name} {says}", f"# TYPE {name} {kind}"]
            lines += [
                f"{name}{{{label}}} {value:g}" if label else f"{name} {value:g}" for label, value in values.items()
            ]
        return PlainTextResponse("".join(f"{line}\n" for line in lines), headers={"content-type": _PROMETHEUS})

    async def _update(self, request: Request) -> Response:
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return self._refuse(401, "secret")
        if self._handling is None or len(self._handling[0]) >= MOST:
            return self._refuse(503, "busy")
        handling, bot = self._handling
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(request)
        except TimeoutError:
            return self._refuse(408, "slow")
        if body is None:
            return self._refuse(413, "large")
        update = parse(_json(body), bot)
        if update is None:
            return self._refuse(400, "no update")
        if not isinstance(update, Update):
            return Response()  # it would never be read, however often it came
        task = handling.start(update)
        await asyncio.wait([task])
        return Response(status_code=503 if task.cancelled() or task.result() is Outcome.PUT_OFF else 200)

    def _refuse(self, status: int, reason: str) -> Response:
        self.refused[reason] += 1
        return Response(status_code=status)


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("alive\n")


async def _gone(_: Request, error: Exception) -> Response:
    return Response(status_code=400)


async def _body(request: Request) -> bytes | None:
    """The body; None where it is too large."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > LARGEST_BODY:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
