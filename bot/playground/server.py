"""The playground's one HTTP server: the Bot API for the bot, the chat page, and the page's own small interface.

    /bot<token>/<method>, /file/bot<token>/<path>   the Bot API (https://core.telegram.org/bots/api#making-requests)
    /                                               the page
    /api/events                                     server-sent events: a snapshot, then every change
    /api/messages, /api/taps                        what a person does, as JSON
    /api/files/<id>                                 a photo or document

It listens on 127.0.0.1 alone and refuses what a foreign web page could make a browser send: a Host or an Origin of
another name (DNS rebinding), and anything but JSON where people act. The Bot API asks for the token.
"""

import hmac
import json
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.playground import bot_api
from bot.playground.chats import PEOPLE, User
from bot.playground.courier import Courier
from bot.playground.faults import Call, Faults
from bot.playground.files import picture_type
from bot.playground.form import Form, read_form
from bot.playground.person import Person
from bot.playground.refusal import Refusal
from bot.playground.telegram import Telegram
from bot.web import WebServer

HOST: Final = "127.0.0.1"
LARGEST_REQUEST: Final = 50 * 1024 * 1024
"""Bytes of a request's body: Telegram's limit for a file that a bot sends."""
_NAMES: Final = frozenset({HOST, "localhost"})
_PAGE: Final = Path(__file__).with_name("page")
_SHOWN: Final = 300
"""Messages of each chat that a freshly opened page gets."""
_RETRY: Final = 500
"""Milliseconds after which a page that lost the server asks for it again."""
_GRACE: Final = 2
"""Seconds that `stop` waits for requests under way."""
_TOKEN: Final = re.compile(r"\d+:[\w-]+", re.ASCII)
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Playground:
    """The server, inside the event loop of whoever starts it; signals are left to the caller."""

    def __init__(self, telegram: Telegram | None = None, token: str | None = None) -> None:
        self.telegram = telegram or Telegram()
        self.token = token or f"{self.telegram.bot.id}:{secrets.token_urlsafe(26)}"
        """The bot's token; a new one for each playground, so that no other program on this machine knows it."""
        self.url = ""
        """Address of the page and of the Bot API (`TELEGRAM_API_URL`), once it runs."""
        self.faults = Faults(bot_api.call)
        """What answers the methods of the Bot API, or lets them fail."""
        app = application(self.telegram, self.token, self.faults)
        self._server = WebServer(app, _GRACE)
        self._courier = Courier(self.telegram.updates)

    def person(self, first_name: str) -> Person:
        """One of the people, to act as."""
        return Person(self.telegram, next(user for user in PEOPLE if user.first_name == first_name))

    async def start(self, port: int = 0) -> str:
        """Serve until `stop`, on a free port where none is named. Returns the address.

        Raises:
            OSError: when the port is taken.
        """
        self.url = f"http://{HOST}:{await self._server.start(HOST, port)}"
        self._courier.start()
        return self.url

    async def stop(self) -> None:
        """End long polls and event streams at once, then the server; harmless when it does not run."""
        await self._courier.stop()
        self.telegram.close()
        await self._server.stop()


def application(telegram: Telegram, token: str, call: Call = bot_api.call) -> Starlette:
    """The ASGI application over a Telegram whose bot has this token, and whose methods `call` answers."""
    app = Starlette(
        routes=[
            Route("/bot{token}/{method}", _bot_method, methods=["GET", "POST"]),
            Route("/file/bot{token}/{id}", _bot_file),
            Route("/api/events", _events),
            Route("/api/messages", _write, methods=["POST"]),
            Route("/api/taps", _tap, methods=["POST"]),
            Route("/api/files/{id}", _file),
            Mount("/", StaticFiles(directory=_PAGE, html=True)),
        ],
        middleware=[Middleware(_Guard)],
        exception_handlers={Refusal: _refused, ClientDisconnect: _gone},
    )
    app.state.telegram, app.state.token, app.state.call = telegram, token, call
    return app


async def _bot_method(request: Request) -> Response:
    _check_token(request)
    form = read_form(request.headers.get("content-type", ""), request.scope["query_string"], await _body(request))
    result = await request.app.state.call(_telegram(request), request.path_params["method"], form)
    return result if isinstance(result, Response) else _json({"ok": True, "result": result})


async def _bot_file(request: Request) -> Response:
    _check_token(request)
    return await _file(request)


async def _events(request: Request) -> Response:
    return StreamingResponse(
        _changes(_telegram(request)), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


async def _changes(telegram: Telegram) -> AsyncIterator[str]:
    with telegram.follow() as events:
        yield f"retry: {_RETRY}\ndata: {json.dumps(telegram.snapshot(_SHOWN))}\n\n"
        while (event := await events.get()) is not None:
            yield f"data: {json.dumps(event)}\n\n"


async def _write(request: Request) -> Response:
    given = await _given(request)
    message = _telegram(request).write(given.number("chat"), given.text("text"), by=_person(given))
    return _json({"ok": True, "result": message.as_json()})


async def _tap(request: Request) -> Response:
    given = await _given(request)
    place = [given.number(name, -1) for name in ("chat", "message", "row", "column")]
    return _json({"ok": True, "result": {"tap": _telegram(request).tap(*place, by=_person(given)).id}})


async def _file(request: Request) -> Response:
    file = _telegram(request).files.get(request.path_params["id"])
    if file is None:
        raise Refusal(404, "Not Found")
    if picture := picture_type(file.data):
        return Response(file.data, media_type=picture)
    return Response(file.data, media_type="application/octet-stream", headers={"Content-Disposition": "attachment"})


def _person(given: Form) -> User | None:
    """Who acts, where the page says so."""
    return next((person for person in PEOPLE if person.id == given.number("by")), None)


def _telegram(request: Request) -> Telegram:
    telegram: Telegram = request.app.state.telegram
    return telegram


def _check_token(request: Request) -> None:
    token = request.path_params["token"]
    if not _TOKEN.fullmatch(token):
        raise Refusal(404, "Not Found")
    if not hmac.compare_digest(token, request.app.state.token):
        raise Refusal(401, "Unauthorized")


async def _given(request: Request) -> Form:
    """What the page sends. JSON alone is taken: a foreign page can't send that without asking first (CORS)."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip() != "application/json":
        raise Refusal(415, "Unsupported Media Type")
    return read_form(content_type, b"", await _body(request))


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_REQUEST:
            raise Refusal(413, "Request Entity Too Large")
    return bytes(body)


async def _refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101
    return _json(refusal.as_json(), refusal.code)


async def _gone(request: Request, disconnect: Exception) -> Response:
    return Response(status_code=400)


def _json(content: Any, status: int = 200) -> Response:
    """JSON in ASCII, so that lone surrogates, which people can type, survive."""
    return Response(json.dumps(content), status, media_type="application/json")


class _Guard:
    """Refuses hosts and origins of other names, and sets the headers that keep the page to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if host.partition(":")[0] not in _NAMES or origin not in (None, f"http://{host}"):
            await PlainTextResponse("Forbidden", 403)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_guarded)
