"""The playground's one HTTP server: the Bot API for the bot, the chat page, and the page's own small interface.

    /bot<token>/<method>, /file/bot<token>/<path>   the Bot API (https://core.telegram.org/bots/api#making-requests)
    /                                               the page
    /api/events                                     server-sent events: a snapshot, then every change
    /api/messages, /api/taps, …                     what a person does, as JSON
    /api/files/<id>                                 a file that was sent
    /api/stored                                     what the bot stored about a message
    /api/faults, /api/story                         what goes wrong, and a conversation that plays by itself

It listens on 127.0.0.1 alone and refuses what a foreign web page could make a browser send: a Host or an Origin of
another name (DNS rebinding), and anything but JSON where people act. The Bot API asks for the token.
"""

import asyncio
import hmac
import json
import logging
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from email.utils import formatdate
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
from bot.playground.acts import ACTS
from bot.playground.chats import PEOPLE, Json
from bot.playground.courier import Courier
from bot.playground.faults import SWITCHES, Faults
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


_log = logging.getLogger(__name__)

Look = Callable[[int, int, str], Awaitable[Json | None]]
"""Tells what the bot stored about a message of a chat, in a language."""

Story = Callable[["Playground"], Coroutine[Any, Any, None]]
"""Acts as people, and tells the page with `Playground.scene` what is to be seen."""


class Playground:
    """The server, inside the event loop of whoever starts it; signals are left to the caller.

    Args:
        telegram: What it serves; a new one where none is given.
        token: The bot's token; a new one, that no other program on this machine knows, where none is given.
    """

    def __init__(self, telegram: Telegram | None = None, token: str | None = None) -> None:
        self.telegram = telegram or Telegram()
        self.token = token or f"{self.telegram.bot.id}:{secrets.token_urlsafe(26)}"
        self.url = ""
        """Address of the page and of the Bot API (`TELEGRAM_API_URL`), once it runs."""
        self.faults = Faults(self.telegram, bot_api.call)
        """What answers the methods of the Bot API, or lets them fail."""
        self.look: Look | None = None
        """Looks into what the bot stored, for the page to show."""
        self.story: Story | None = None
        """Plays when the page asks for it."""
        self._scene: Json | None = None
        self._playing: asyncio.Task[None] | None = None
        self._server = WebServer(_application(self), _GRACE)
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
        self.play(on=False)
        await self._courier.stop()
        self.telegram.close()
        await self._server.stop()

    def play(self, *, on: bool) -> None:
        """Begin the story, unless it plays already, or end it."""
        if not on:
            if self._playing is not None:
                self._playing.cancel()
        elif self.story is not None and self._playing is None:
            self._playing = asyncio.create_task(self.story(self))
            self._playing.add_done_callback(self._played)

    def scene(self, scene: Json | None) -> None:
        """Let every page show a scene of the story; None ends it."""
        self._scene = scene
        self.telegram.tell({"type": "scene", "scene": scene})

    def snapshot(self) -> Json:
        """All that a freshly opened page shows."""
        return self.telegram.snapshot(_SHOWN) | {
            "faults": self.faults.as_json(),
            "scene": self._scene,
            "looks": self.look is not None,
            "plays": self.story is not None,
        }

    def _played(self, playing: asyncio.Task[None]) -> None:
        self._playing = None
        self.scene(None)
        if not playing.cancelled() and (error := playing.exception()):
            _log.warning("the story ended early: %s", type(error).__name__)  # it would tell what was written


def _application(playground: Playground) -> Starlette:
    app = Starlette(
        routes=[
            Route("/bot{token}/{method}", _bot_method, methods=["GET", "POST"]),
            Route("/file/bot{token}/{id}", _bot_file),
            Route("/api/events", _events),
            Route("/api/files/{id}", _file),
            Route("/api/stored", _stored),
            Route("/api/faults", _switch, methods=["POST"]),
            Route("/api/story", _play, methods=["POST"]),
            Route("/api/{act}", _act, methods=["POST"]),
            Mount("/", StaticFiles(directory=_PAGE, html=True)),
        ],
        middleware=[Middleware(_Guard, clock=playground.telegram.now)],
        exception_handlers={Refusal: _refused, ClientDisconnect: _gone},
    )
    app.state.playground = playground
    return app


async def _bot_method(request: Request) -> Response:
    playground = _playground(request)
    _check_token(request)
    form = read_form(request.headers.get("content-type", ""), request.scope["query_string"], await _body(request))
    result = await playground.faults(request.path_params["method"], form)
    return result if isinstance(result, Response) else _done(result)


async def _bot_file(request: Request) -> Response:
    _check_token(request)
    return await _file(request)


async def _events(request: Request) -> Response:
    return StreamingResponse(
        _changes(_playground(request)), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


async def _changes(playground: Playground) -> AsyncIterator[str]:
    with playground.telegram.follow() as events:
        yield f"retry: {_RETRY}\ndata: {json.dumps(playground.snapshot())}\n\n"
        while (event := await events.get()) is not None:
            yield f"data: {json.dumps(event)}\n\n"


async def _stored(request: Request) -> Response:
    look, asked = _playground(request).look, Form(request.query_params)
    if look is None:
        raise Refusal(404, "Not Found")
    return _done(await look(asked.number("chat"), asked.number("message"), asked.text("language")))


async def _switch(request: Request) -> Response:
    playground, given = _playground(request), await _given(request)
    if given.text("name") not in SWITCHES:
        raise Refusal(404, "Not Found")
    playground.faults.switch(given.text("name"), on=given.truth("on"))
    return _done(None)


async def _play(request: Request) -> Response:
    _playground(request).play(on=(await _given(request)).truth("on"))
    return _done(None)


async def _act(request: Request) -> Response:
    act = ACTS.get(request.path_params["act"])
    if act is None:
        raise Refusal(404, "Not Found")
    return _done(act(_playground(request).telegram, await _given(request)))


async def _file(request: Request) -> Response:
    file = _playground(request).telegram.files.get(request.path_params["id"])
    if file is None:
        raise Refusal(404, "Not Found")
    if picture := picture_type(file.data):
        return Response(file.data, media_type=picture)
    return Response(file.data, media_type="application/octet-stream", headers={"Content-Disposition": "attachment"})


def _playground(request: Request) -> Playground:
    playground: Playground = request.app.state.playground
    return playground


def _check_token(request: Request) -> None:
    token = request.path_params["token"]
    if not _TOKEN.fullmatch(token):
        raise Refusal(404, "Not Found")
    if not hmac.compare_digest(token, _playground(request).token):
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


def _done(result: Any) -> Response:
    return _json({"ok": True, "result": result})


def _json(content: Any, status: int = 200) -> Response:
    """JSON in ASCII, so that lone surrogates, which people can type, survive."""
    return Response(json.dumps(content), status, media_type="application/json")


class _Guard:
    """Refuses hosts and origins of other names, and sets the headers that keep the page to itself."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float]) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if host.partition(":")[0] not in _NAMES or origin not in (None, f"http://{host}"):
            await PlainTextResponse("Forbidden", 403)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS | {"Date": formatdate(self._clock(), usegmt=True)})
            await send(message)

        await self._app(scope, receive, send_guarded)
