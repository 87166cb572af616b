"""Calls to the Bot API: what failed for certain is tried again, what may have gone out is not sent twice.

Before the first message of an update goes out, its claim says so in the database. Telegram's "too many requests" is
waited for. A call that never left is repeated, and so is one that may as well happen twice, such as an edit; a message
that was given to Telegram, and about which no answer came, is not, and is doubtful from then on.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial
from typing import Any, Final

import httpcore
import httpx
from telegram.error import InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.delivery.claims import CURRENT, Claim
from bot.delivery.connections import Connections

LONGEST_WAIT: Final = 60.0
"""Seconds; Telegram's wish to wait longer than this is a failure."""

READ_TIMEOUT: Final = 5.0
"""Seconds that Telegram gets to answer."""

PAUSES: Final = (0.1, 0.3, 1.0)
"""Seconds before each new try."""

_CONNECT_TIMEOUT: Final = 5.0
_WRITE_TIMEOUT: Final = 20.0
_JSON: Final = "application/json"
_KNOWN: Final = ("reply_to_message", "reply_markup", "entities", "caption_entities", "photo", "document")
_FAILED: Final = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError)
_NEVER_LEFT: Final = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout, httpcore.ProxyError)
_REFUSAL: Final = 300
_UNAUTHORIZED: Final = 401
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_GOOD: Final = (b'{"ok":true', b'{"ok": true')


class TokenRefusedError(InvalidToken):
    """The server does not take the bot's token (any more)."""

    def __init__(self) -> None:
        super().__init__("the bot's token is refused")


class Sent(StrEnum):
    """What came of a call."""

    OK = "ok"
    REFUSED = "refused"
    WAITED = "waited"
    REPEATED = "repeated"
    UNKNOWN = "unknown"


class Request(BaseRequest):
    """A request of python-telegram-bot's that believes and logs nothing that is no answer of a Bot API server.

    Args:
        url: The server's address.
        read_timeout: Seconds that it gets to answer.
    """

    def __init__(self, url: str, read_timeout: float = READ_TIMEOUT) -> None:
        self._connections = Connections(url)
        self._read_timeout = read_timeout

    @property
    def read_timeout(self) -> float:
        """See `BaseRequest.read_timeout`."""
        return self._read_timeout

    async def initialize(self) -> None:
        """See `BaseRequest.initialize`; connections are made as they are needed."""

    async def shutdown(self) -> None:
        """See `BaseRequest.shutdown`."""
        await self._connections.aclose()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """See `BaseRequest.do_request`; a server's own failure raises NetworkError."""
        kind, content = _body(request_data)
        seconds = {
            "connect": _CONNECT_TIMEOUT,
            "pool": _CONNECT_TIMEOUT,
            "write": _WRITE_TIMEOUT,
            "read": self._read_timeout if read_timeout is self.DEFAULT_NONE else read_timeout,
        }
        try:
            code, payload = await self._connections.call(method, url, kind, content, seconds)
        except httpcore.TimeoutException as error:
            raise TimedOut from error
        except _FAILED as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from error
        _check(code, payload)
        return code, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """See `BaseRequest.parse_json_payload`, which logs what it can't read, people's messages and all."""
        return _object(payload)


class Sender(Request):
    """The request of every method but `getUpdates`: it knows the claim of the update in hand."""

    def __init__(self, url: str) -> None:
        super().__init__(url, READ_TIMEOUT)
        self.counts: Counter[Sent] = Counter()
        self.refused = asyncio.Event()
        """Set once the server does not take the bot's token."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """See `BaseRequest.parse_json_payload`. What a message of ours shows is known here, and making objects of it
        takes a tenth of the time that a message costs."""
        answer = _object(payload)
        if isinstance(result := answer.get("result"), dict):
            for known in _KNOWN:
                result.pop(known, None)
        return answer

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """See `BaseRequest.do_request`."""
        once, pauses = _counts_once(url), iter(PAUSES)
        claim = CURRENT.get() if once else None
        call = partial(
            super().do_request, url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
        )
        while True:
            try:
                code, payload = await _under(claim, call)
            except NetworkError as error:
                pause = next(pauses, None)
                if pause is None or (once and not never_left(error)):
                    self.counts[Sent.REFUSED if never_left(error) else Sent.UNKNOWN] += 1
                    raise
                self.counts[Sent.REPEATED] += 1
                await asyncio.sleep(pause)
                continue
            if code == _UNAUTHORIZED:
                self.refused.set()
                raise TokenRefusedError
            wait = _wait(payload) if code == _TOO_MANY else None
            if wait is None:
                self.counts[Sent.OK if code < _REFUSAL else Sent.REFUSED] += 1
                return code, payload
            self.counts[Sent.WAITED] += 1
            await _wait_for(wait, CURRENT.get())


async def _under(claim: Claim | None, call: Callable[[], Awaitable[tuple[int, bytes]]]) -> tuple[int, bytes]:
    """Make a call, with what becomes of it noted in the claim."""
    if claim is None:
        return await call()
    await claim.send()
    before, claim.doubtful = claim.doubtful, True
    try:
        code, payload = await call()
    except NetworkError as error:
        claim.doubtful = before or not never_left(error)
        raise
    claim.doubtful = before
    claim.sent += code < _REFUSAL
    return code, payload


def never_left(error: TelegramError) -> bool:
    """Whether a call that failed did not reach the server, for certain."""
    return isinstance(error.__cause__, _NEVER_LEFT)


def _body(data: RequestData | None) -> tuple[str, bytes]:
    """The kind and the content of a request's body."""
    if data is None or not data.multipart_data:
        return _JSON, b"{}" if data is None else data.json_payload
    form = httpx.Request("POST", "", data=data.json_parameters, files=data.multipart_data)
    return form.headers["content-type"], form.read()


def _counts_once(url: str) -> bool:
    """Whether a call must not happen twice: those that send a message."""
    name = url.rpartition("/")[2].lower()
    return name.startswith("send") and name != "sendchataction"


def _check(code: int, payload: bytes) -> None:
    """Raise NetworkError for what is no answer, or tells of the server's own failure: nobody knows what happened."""
    if code >= _SERVER_ERROR:
        raise NetworkError(f"the server failed with status {code}")
    if code < _REFUSAL and payload.startswith(_GOOD):
        return  # whether it is whole is seen when it is parsed
    if (code < _REFUSAL) != ("result" in _object(payload)):
        raise NetworkError(f"the server's answer with status {code} is none of the Bot API")


def _object(payload: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(payload.decode("utf-8", "replace"))
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise NetworkError("the server's answer is no JSON object")
    return answer


def _wait(payload: bytes) -> float | None:
    """Seconds that a refusal asks to wait; None where it asks for nothing, or for more than is waited."""
    parameters = _object(payload).get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, int | float) and 0 <= seconds <= LONGEST_WAIT else None


async def _wait_for(seconds: float, claim: Claim | None) -> None:
    if claim is None:
        await asyncio.sleep(seconds)
    else:
        await claim.wait(seconds)
