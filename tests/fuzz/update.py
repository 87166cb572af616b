"""Fuzzes the way of an update: the body that a webhook gets, parsed, claimed, handled and answered.

It is the real bot on a SQLite file, and the playground's Bot API, called without HTTP. Half of the bodies are bytes as
they come, half are updates that Hypothesis builds out of them. A crash is an exception that leaves the handling, or one
that a handler fails with, but for those with which the Bot API refuses what was made up.
"""

import asyncio
import json
import logging
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import Any, cast

import atheris

with atheris.instrument_imports(include=["bot", "ml", "telegram"]):
    from cryptography.fernet import Fernet
    from hypothesis import HealthCheck, given, settings
    from telegram import Update
    from telegram.error import BadRequest, Forbidden
    from telegram.request import RequestData

    from bot import application
    from bot.delivery.front import Front, _json
    from bot.delivery.handling import parse
    from bot.delivery.sending import Sender
    from bot.handlers.context import Context
    from bot.playground import bot_api
    from bot.playground.chats import ADMIN, PEOPLE
    from bot.playground.form import Form
    from bot.playground.refusal import Refusal
    from bot.playground.telegram import Telegram
    from bot.settings import load
    from bot.storage.migration import upgrade
    from tests.journeys.wild import updates

REMEMBERED = 1000
"""Updates after which the playground forgets what was written."""


class Direct(Sender):
    """Calls the methods of the playground's Bot API without HTTP."""

    telegram = Telegram()

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """See `BaseRequest.do_request`."""
        values = request_data.json_parameters if request_data else {}
        try:
            result = await bot_api.call(self.telegram, url.rpartition("/")[2], Form(values))
        except Refusal as refusal:
            return refusal.code, json.dumps(refusal.as_json()).encode()
        return 200, json.dumps({"ok": True, "result": result}).encode()


class Bot:
    """The bot, and the one event loop that it and the fuzzer take turns on."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._numbers = count(1)
        self._front: Front
        self._failures: list[BaseException] = []
        vars(application).update(Sender=Direct, Request=Direct, Front=self._keep, failed=self._failed)
        url = f"sqlite:///{folder}/feelback.db"
        upgrade(url)
        given = {
            "telegram_bot_token": f"{Direct.telegram.bot.id}:fuzz",
            "telegram_api_url": "http://127.0.0.1:9",
            "database_url": url,
            "text_keys": Fernet.generate_key().decode(),
            "admin_ids": str(ADMIN.id),
            "messages_a_minute": 10**9,
            "webhook_url": "http://127.0.0.1:9/hook",
            "webhook_secret": "fuzz",
            "port": None,
            "trainer": "off",
        }
        self._serving = self._loop.create_task(application.serve(load(**given), asyncio.Event()))
        self._loop.run_until_complete(self._ready())

    def take(self, body: bytes) -> None:
        """Handle an update."""
        self._loop.run_until_complete(self._take(body))

    async def _take(self, body: bytes) -> None:
        number = next(self._numbers)
        if number % REMEMBERED == 0:
            for chat in Direct.telegram.chats.values():
                chat.messages.clear()
        assert self._front._handling is not None
        handling, bot = self._front._handling
        update = parse(_json(body), bot)
        if isinstance(update, Update):
            update._unfreeze()
            update.update_id = number
            await handling.start(update)
        if self._failures:
            raise self._failures.pop()

    async def _ready(self) -> None:
        while self._front._handling is None:
            if self._serving.done():
                self._serving.result()
            await asyncio.sleep(0.01)
        for person in PEOPLE:
            Direct.telegram.write(person.id, "hello")

    def _keep(self, *given: Any) -> Front:
        self._front = Front(*given)
        return self._front

    async def _failed(self, _: object, context: Context) -> None:
        error = context.error
        if error is not None and not isinstance(error, BadRequest | Forbidden) and "filters" not in _places(error):
            self._failures.append(error)


def _places(error: BaseException) -> str:
    """Where an error came through, by file; the library's filters trip over fields of a wrong type."""
    places, trace = [], error.__traceback__
    while trace is not None:
        places.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    return " ".join(places)


def main() -> None:
    """Fuzz until told to end."""
    logging.disable(logging.CRITICAL)
    bot = Bot(Path(tempfile.mkdtemp(prefix="feelback-fuzz-")))

    @given(updates())
    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def built(update: dict[str, Any]) -> None:
        bot.take(json.dumps(update | {"update_id": 1}).encode())

    def one(data: bytes) -> None:
        if data[:1] == b"{":
            bot.take(data)
        else:
            cast("Any", built).hypothesis.fuzz_one_input(data)

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
