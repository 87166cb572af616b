"""What can go wrong at Telegram and on the way there: planned call by call, or switched on for as long as one likes."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.playground.chats import GROUP_ID
from bot.playground.form import Form
from bot.playground.refusal import Refusal
from bot.playground.telegram import Telegram

Call = Callable[[Telegram, str, Form], Awaitable[Any]]
"""Gives the result of a Bot API method, or a whole response, or raises a Refusal."""


@dataclass(frozen=True)
class Effect:
    """What a call would do."""

    inner: Call
    telegram: Telegram
    method: str
    form: Form

    async def __call__(self, **instead: Any) -> Any:
        """Do it, with some parameters of the call replaced."""
        return await self.inner(self.telegram, self.method, replace(self.form, values={**self.form.values, **instead}))


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


async def begun_anew(effect: Effect) -> Any:
    """Where nothing waits, the ids of updates begin anew, as Telegram's do after a week of silence."""
    if not effect.telegram.updates:
        effect.telegram.updates.begin_anew()
    return await effect()


async def reply_gone(effect: Effect) -> Any:
    """The message that is answered is gone; who allows for that is heard all the same."""
    named = effect.form.json("reply_parameters", "reply parameters")
    return await effect(reply_parameters=named | {"message_id": 0})


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
UNCHANGED: Final = refused(400, "Bad Request: message is not modified")
MIGRATED: Final = refused(
    400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1_006_000_000_008
)
BLOCKED: Final = refused(403, "Forbidden: bot was blocked by the user")
REVOKED: Final = refused(401, "Unauthorized")


def _in_group(form: Form) -> bool:
    return form.number("chat_id") == GROUP_ID


def _in_private(form: Form) -> bool:
    return form.number("chat_id") > 0


def _as_reply(form: Form) -> bool:
    return bool(form.json("reply_parameters", "reply parameters"))


def _after_silence(form: Form) -> bool:
    return not form.number("offset")


@dataclass(frozen=True)
class Switch:
    """A fault that strikes the calls of some methods while it is on; none named: of all."""

    fault: Fault | None = None
    methods: Collection[str] = ()
    which: Callable[[Form], bool] | None = None
    """Which of those calls, where not all."""
    ahead: int = 0
    """Seconds that Telegram's clock is ahead meanwhile."""

    def strikes(self, effect: Effect) -> bool:
        """Whether a call meets the fault."""
        of_method = not self.methods or effect.method.lower() in self.methods
        return of_method and (self.which is None or self.which(effect.form))


_SENDING: Final = ("sendmessage", "sendphoto", "senddocument")
_EDITING: Final = ("editmessagetext", "editmessagemedia", "editmessagecaption", "editmessagereplymarkup")
SWITCHES: Final = {
    "too-many": Switch(too_many(3), _SENDING + _EDITING),
    "too-many-here": Switch(too_many(3), _SENDING + _EDITING, _in_group),
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
    "reply-gone": Switch(reply_gone, _SENDING, _as_reply),
    "migrated": Switch(MIGRATED, _SENDING, _in_group),
    "blocked": Switch(BLOCKED, _SENDING, _in_private),
    "ids-anew": Switch(begun_anew, ("getupdates",), _after_silence),
    "clock": Switch(ahead=3600),
    "revoked": Switch(REVOKED),
}
"""By name, the faults that the page has a switch for."""


class Faults:
    """Between the bot and what answers it."""

    def __init__(self, telegram: Telegram, inner: Call) -> None:
        self.inner = inner
        """What answers where nothing goes wrong."""
        self.calls: Counter[str] = Counter()
        """How often each method was called."""
        self.struck: Counter[str] = Counter()
        """How many calls each switch has met."""
        self._telegram = telegram
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
        self._telegram.ahead = sum(switch.ahead for switch in self._on.values())
        self._telegram.updates.hurry()
        self._telegram.tell(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """How the switches stand, as the page is told."""
        return {
            "type": "faults",
            "switches": [{"name": name, "on": name in self._on, "struck": self.struck[name]} for name in SWITCHES],
        }

    async def __call__(self, method: str, form: Form) -> Any:
        """Answer a call, or let it go wrong."""
        self.calls[method] += 1
        effect = Effect(self.inner, self._telegram, method, form)
        if planned := self._planned.get(method.lower()):
            return await planned.popleft()(effect)
        for name, switch in self._on.items():
            if switch.fault and switch.strikes(effect):
                return await self._strike(name, switch.fault, effect)
        return await effect()

    async def _strike(self, name: str, fault: Fault, effect: Effect) -> Any:
        """Let a call go wrong, and count it, unless it is a poll that brought nothing."""
        answer = None
        try:
            answer = await fault(effect)
        finally:
            if answer != []:
                self.struck[name] += 1
                self._telegram.tell(self.as_json())
        return answer
