"""Connections: as many as calls are under way, each used again; a proxy where the environment names one."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.delivery.connections import Connections
from bot.web import WebServer


class Server:
    """Tells from which port each call came; holds calls to /held until it is let go."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self._server = WebServer(Starlette(routes=[Route("/{path}", self._answer)]), 1)
        self.url = ""

    async def __aenter__(self) -> "Server":
        self.url = f"http://127.0.0.1:{await self._server.start('127.0.0.1', 0)}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()

    async def _answer(self, request: Request) -> Response:
        if request.url.path == "/held":
            await self.go_on.wait()
        return PlainTextResponse(str(request.client and request.client.port))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as server:
        yield server


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, transport=Connections(server.url), timeout=10) as client:
        yield client


async def test_a_connection_is_used_again(client: httpx.AsyncClient) -> None:
    assert len({(await client.get("/quick")).text for _ in range(5)}) == 1


async def test_each_call_under_way_has_one_of_its_own(client: httpx.AsyncClient, server: Server) -> None:
    held = [asyncio.create_task(client.get("/held")) for _ in range(20)]
    assert (await client.get("/quick")).is_success
    server.go_on.set()
    ports = {answer.text for answer in await asyncio.gather(*held)}
    assert len(ports) == 20
    assert (await client.get("/quick")).text in ports


async def test_who_gave_up_a_call_makes_the_next_one(client: httpx.AsyncClient, server: Server) -> None:
    with pytest.raises(httpx.ReadTimeout):
        await client.get("/held", timeout=0.05)
    for turns in range(60):  # of the event loop, so that a call is cancelled wherever it can be
        async with httpx.AsyncClient(base_url=server.url, transport=Connections(server.url)) as fresh:
            given_up = asyncio.create_task(fresh.get("/quick"))
            for _ in range(turns):
                await asyncio.sleep(0)
            given_up.cancel()
            await asyncio.wait([given_up])
            assert (await fresh.get("/quick", timeout=2)).is_success


async def test_a_proxy_that_the_environment_names_is_used_but_not_to_this_machine(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server.url)
    for url, answer in (("http://api.example", 404), (server.url, 200)):  # the server is no proxy, but it was asked
        async with httpx.AsyncClient(transport=Connections(url)) as client:
            assert (await client.get(f"{url}/quick")).status_code == answer
    monkeypatch.setenv("no_proxy", "api.example")
    async with httpx.AsyncClient(transport=Connections("http://api.example")) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://api.example/quick")
