"""Updates are brought to a webhook, in a chat's order, and again until they are taken."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.playground.server import Playground
from bot.web import WebServer

Ask = Callable[..., Awaitable[httpx.Response]]


class Hook:
    """Where updates are brought to; answers as told, then with 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.brought: list[tuple[str | None, str]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def take(self, request: Request) -> Response:
        update: dict[str, Any] = await request.json()
        text = update.get("message", {}).get("text", "")
        self.brought.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), text))
        if text.startswith("wait"):
            await self.go_on.wait()
        return Response(status_code=self.answers.pop(0) if self.answers else 200)


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture
async def address(hook: Hook) -> AsyncIterator[str]:
    server = WebServer(Starlette(routes=[Route("/hook", hook.take, methods=["POST"])]), grace=1)
    yield f"http://127.0.0.1:{await server.start('127.0.0.1', 0)}/hook"
    hook.go_on.set()
    await server.stop()


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def taken(playground: Playground) -> None:
    """Wait until no update waits."""
    await until(lambda: len(playground.telegram.updates) == 0)


async def test_what_waits_and_what_comes_is_brought_with_the_secret(
    playground: Playground, ask: Ask, hook: Hook, address: str
) -> None:
    ana = playground.person("Ana")
    await ana.writes("before \ud83d")
    assert (await ask("setWebhook", url=address, secret_token="abc")).json()["ok"]
    await taken(playground)
    await ana.writes("after")
    await taken(playground)
    assert hook.brought == [("abc", "before \ud83d"), ("abc", "after")]
    assert (await ask("getWebhookInfo")).json()["result"]["pending_update_count"] == 0


async def test_what_is_not_taken_is_brought_again_before_what_follows(
    playground: Playground, ask: Ask, hook: Hook, address: str
) -> None:
    hook.answers = [503, 500]
    ana = playground.person("Ana")
    await ask("setWebhook", url=address)
    await ana.writes("one")
    await ana.writes("two")
    await taken(playground)
    assert hook.brought == [(None, "one")] * 3 + [(None, "two")]
    info = (await ask("getWebhookInfo")).json()["result"]
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
    assert abs(info["last_error_date"] - time.time()) < 60


async def test_a_slow_chat_holds_up_no_other(playground: Playground, ask: Ask, hook: Hook, address: str) -> None:
    hook.go_on.clear()
    await ask("setWebhook", url=address)
    await playground.person("Ana").writes("wait")
    await playground.person("Ben").writes("hello")
    await until(lambda: (None, "hello") in hook.brought)
    hook.go_on.set()
    await taken(playground)


async def test_a_webhook_that_is_deleted_gets_nothing_more(
    playground: Playground, ask: Ask, hook: Hook, address: str
) -> None:
    hook.answers = [503] * 1000
    await ask("setWebhook", url=address)
    await playground.person("Ana").writes("one")
    await until(lambda: hook.brought)
    await ask("deleteWebhook")
    assert len((await ask("getUpdates")).json()["result"]) == 1


@pytest.mark.parametrize(
    ("url", "secret"), [("http://example.org/x", "abc"), ("ftp://x", ""), ("https://example.org/x", "a b")]
)
async def test_what_telegram_refuses_is_refused(ask: Ask, url: str, secret: str) -> None:
    assert (await ask("setWebhook", url=url, secret_token=secret)).status_code == 400
