"""What can go wrong at Telegram and on the way there: planned call by call, or switched on for as long as one likes."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.playground.form import Form
from bot.playground.refusal import Refusal
from bot.playground.telegram import Telegram

Call = Callable[[Telegram, str, Form], Awaitable[Any]]
"""Gives the result of a Bot API method, or a whole response, or raises a Refusal."""

Effect = Callable[[], Awaitable[Any]]
Fault = Callable[[Effect], Awaitable[Any]]
"""What becomes of one call, given what it would do."""


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


async def silent(_: Effect) -> Response:
    """No effect and no answer."""
    return _Broken()


async def silent_after(effect: Effect) -> Response:
    """The effect, and no answer."""
    await effect()
    return _Broken()


async def reset(_: Effect) -> Response:
    """The connection is reset before the effect."""
    return _Broken(hangs_up=True)


async def reset_after(effect: Effect) -> Response:
    """The connection is reset after the effect."""
    await effect()
    return _Broken(hangs_up=True)


async def half(effect: Effect) -> Response:
    """The effect, and half an answer."""
    await effect()
    return _Broken(b'{"ok": true, "result": {"mess', hangs_up=True)


async def no_json(effect: Effect) -> Response:
    """The effect, and an answer that is not JSON."""
    await effect()
    return Response("<html>what a person wrote</html>", media_type="text/html")


async def no_json_failure(_: Effect) -> Response:
    """A proxy's page in the place of Telegram's refusal."""
    return Response("<html>what a person wrote</html>", 403, media_type="text/html")


async def doubled(effect: Effect) -> Any:
    """Updates twice, and first in the wrong order."""
    given = await effect()
    return given[::-1] + given


class _Broken(Response):
    """The beginning of an answer, if any; then it hangs up, or says nothing until the other side does."""

    def __init__(self, beginning: bytes = b"", *, hangs_up: bool = False) -> None:
        super().__init__(headers={"content-length": "500"}, media_type="application/json")
        self._beginning = beginning
        self._hangs_up = hangs_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._beginning:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": self._beginning, "more_body": True})
        if self._hangs_up:
            receive.__self__.transport.abort()  # type: ignore[attr-defined]
        while (await receive())["type"] != "http.disconnect":
            pass


TOO_OLD: Final = refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
REPLY_GONE: Final = refused(400, "Bad Request: message to be replied not found")
UNCHANGED: Final = refused(400, "Bad Request: message is not modified")
MIGRATED: Final = refused(
    400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1_006_000_000_008
)
BLOCKED: Final = refused(403, "Forbidden: bot was blocked by the user")


@dataclass(frozen=True)
class Switch:
    """A fault that strikes each call of some methods while it is on; none named: of all."""

    fault: Fault
    methods: Collection[str] = ()


_SENDING: Final = ("sendmessage", "sendphoto", "senddocument")
_EDITING: Final = ("editmessagetext", "editmessagemedia", "editmessagecaption", "editmessagereplymarkup")
SWITCHES: Final = {
    "too-many": Switch(too_many(3), _SENDING + _EDITING),
    "failing": Switch(failing),
    "silent": Switch(silent, _SENDING),
    "silent-after": Switch(silent_after, _SENDING),
    "reset": Switch(reset),
    "reset-after": Switch(reset_after, _SENDING),
    "half": Switch(half, _SENDING),
    "no-json": Switch(no_json, _SENDING),
    "doubled": Switch(doubled, ("getupdates",)),
    "too-old": Switch(TOO_OLD, ("answercallbackquery",)),
    "unchanged": Switch(UNCHANGED, _EDITING),
    "reply-gone": Switch(REPLY_GONE, _SENDING),
    "migrated": Switch(MIGRATED, _SENDING),
    "blocked": Switch(BLOCKED, _SENDING),
}
"""By name, the faults that the page has a switch for."""


class Faults:
    """Between the bot and what answers it."""

    def __init__(self, inner: Call) -> None:
        self.inner = inner
        """What answers where nothing goes wrong."""
        self.calls: Counter[str] = Counter()
        """How often each method was called."""
        self.struck: Counter[str] = Counter()
        """How many calls each switch has met."""
        self._planned: dict[str, deque[Fault]] = {}
        self._on: dict[str, Switch] = {}

    def let(self, method: str, *faults: Fault, times: int = 1) -> None:
        """Let the next calls of a method go wrong, one fault each, all of them so many times."""
        self._planned.setdefault(method.lower(), deque()).extend(faults * times)

    def over(self) -> bool:
        """Whether all that was planned has happened."""
        return not any(self._planned.values())

    def switch(self, name: str, *, on: bool) -> None:
        """Let a fault of `SWITCHES` strike from now on, or no more."""
        if on:
            self._on[name] = SWITCHES[name]
        else:
            self._on.pop(name, None)

    def as_json(self) -> dict[str, Any]:
        """How the switches stand, as the page is told."""
        return {
            "type": "faults",
            "switches": [{"name": name, "on": name in self._on, "struck": self.struck[name]} for name in SWITCHES],
        }

    async def __call__(self, telegram: Telegram, method: str, form: Form) -> Any:
        """Answer a call, or let it go wrong."""

        async def effect() -> Any:
            return await self.inner(telegram, method, form)

        self.calls[method] += 1
        name = method.lower()
        if planned := self._planned.get(name):
            return await planned.popleft()(effect)
        for key, switch in self._on.items():
            if not switch.methods or name in switch.methods:
                self.struck[key] += 1
                telegram.tell(self.as_json())
                return await switch.fault(effect)
        return await effect()
