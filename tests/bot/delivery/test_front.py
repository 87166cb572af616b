"""The port: nobody without the secret brings an update, and what is not handled is asked for again."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from telegram import Bot

from bot.delivery import front as module
from bot.delivery import handling
from bot.delivery.claims import Claims
from bot.delivery.front import HEADER, LARGEST_BODY, Front

from .conftest import Desk

SECRET = "s3cret_of-the-hook"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One kind of database will do: the port knows of none."""
    return f"sqlite:///{tmp_path}/feelback.db"


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    front = Front("/hook", SECRET)
    yield front
    await front.stop()


@pytest.fixture
async def http(front: Front) -> AsyncIterator[httpx.AsyncClient]:
    port = await front.start("127.0.0.1", 0)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5, trust_env=False) as client:
        yield client


@pytest.fixture
def opened(front: Front, desk: Desk, claims: Claims) -> handling.Handling:
    """The front with a desk behind it."""
    behind = desk.handling(claims, patient=False)
    front.open(behind, Bot("1:x"))
    return behind


def body(text: str, update_id: int = 1) -> str:
    message = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": text}
    return json.dumps({"update_id": update_id, "message": message})


def told(secret: str = SECRET) -> dict[str, str]:
    return {HEADER: secret, "content-type": "application/json"}


async def status_of_a_head(http: httpx.AsyncClient, secret: str) -> int:
    """The status that answers a request whose body is announced, and never comes."""
    head = f"POST /hook HTTP/1.1\r\nHost: x\r\n{HEADER}: {secret}\r\nContent-Length: 9\r\n\r\n"
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
        writer.write(head.encode())
        line = await reader.readline()
    writer.transport.abort()
    return int(line.split()[1])


async def test_an_update_is_answered_once_handled(
    opened: handling.Handling, http: httpx.AsyncClient, desk: Desk
) -> None:
    for _ in range(2):
        assert (await http.post("/hook", content=body("hello \ud83d"), headers=told())).status_code == 200
    assert len(desk.handled) == 1
    assert opened.counts == {"answered": 1, "repeated": 1}


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1], "é" * 8])
async def test_a_wrong_secret_is_refused_before_anything_is_read(
    opened: handling.Handling, http: httpx.AsyncClient, desk: Desk, front: Front, secret: str
) -> None:
    assert await status_of_a_head(http, secret) == 401
    assert front.refused == {"secret": 1}
    assert desk.started == []


async def test_no_secret_at_all_is_refused(opened: handling.Handling, http: httpx.AsyncClient) -> None:
    assert (await http.post("/hook", content=body("hello"))).status_code == 401


async def test_a_large_body_is_refused_whether_its_length_is_told_or_not(
    opened: handling.Handling, http: httpx.AsyncClient, front: Front
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 65536 + 1):
            yield b"x" * 65536

    for content in (b"x" * (LARGEST_BODY + 1), pieces()):
        with suppress(httpx.WriteError):  # where the server has closed before all was written
            assert (await http.post("/hook", content=content, headers=told())).status_code == 413
    assert front.refused["large"] == 2


async def test_a_body_that_does_not_come_is_not_waited_for(
    opened: handling.Handling, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BODY_SECONDS", 0.05)

    assert await status_of_a_head(http, SECRET) == 408


@pytest.mark.parametrize("content", ["", "nonsense", "[]", "1", "{}", '{"update_id": "1"}', '{"update_id": true}'])
async def test_what_is_no_update_is_refused(opened: handling.Handling, http: httpx.AsyncClient, content: str) -> None:
    assert (await http.post("/hook", content=content, headers=told())).status_code == 400


@pytest.mark.parametrize("content", ["[" * 100_000, '{"update_id": ' + "9" * 10_000 + "}", '{"update_id": -1}'])
async def test_what_would_break_a_parser_is_refused(
    opened: handling.Handling, http: httpx.AsyncClient, content: str
) -> None:
    assert (await http.post("/hook", content=content, headers=told())).status_code == 400


@pytest.mark.parametrize(
    "content",
    [
        {"message": {"text": "no chat"}},
        {"message": {"message_id": 1, "date": 1, "chat": {"id": 2**70, "type": "private"}, "text": "x"}},
        {"message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": ["x"]}},
        {"message": {"message_id": "1", "date": 1, "chat": {"id": 1, "type": "private"}, "text": "x"}},
        {"message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "poll": [{"id": 2**64}]}},
        {"callback_query": {"id": "1", "chat_instance": "1", "data": "c:1:1"}},
        {"inline_query": {"id": "1", "query": "x", "offset": ""}},
        {
            "inline_query": {
                "id": "1",
                "from": {"id": 1, "is_bot": False, "first_name": "A"},
                "query": None,
                "offset": "",
            }
        },
        {"message_reaction": {"message_id": 1, "date": 1, "old_reaction": [], "new_reaction": []}},
        {
            "callback_query": {
                "id": "1",
                "from": {"id": 1, "is_bot": False, "first_name": "A"},
                "chat_instance": "1",
                "data": "c:1:1",
                "message": {"message_id": 1, "date": 0},
            }
        },
    ],
)
async def test_an_update_that_can_not_be_read_is_not_asked_for_again(
    opened: handling.Handling, http: httpx.AsyncClient, desk: Desk, content: dict[str, object]
) -> None:
    body = json.dumps({"update_id": 3} | content)
    assert (await http.post("/hook", content=body, headers=told())).status_code == 200
    assert desk.started == []


async def test_an_update_is_asked_for_again_while_the_storage_fails(
    opened: handling.Handling, http: httpx.AsyncClient, desk: Desk
) -> None:
    desk.fail["store me"] = OperationalError("…", {}, Exception())
    assert (await http.post("/hook", content=body("store me"), headers=told())).status_code == 503
    assert desk.failures == []
    desk.fail.clear()
    assert (await http.post("/hook", content=body("store me"), headers=told())).status_code == 200
    assert desk.handled == ["store me"]


async def test_an_update_that_fails_otherwise_is_not_asked_for_again(
    opened: handling.Handling, http: httpx.AsyncClient, desk: Desk
) -> None:
    desk.fail["bad"] = ValueError()
    assert (await http.post("/hook", content=body("bad"), headers=told())).status_code == 200
    assert desk.failures == ["ValueError"]


async def test_before_and_after_there_is_a_desk_updates_are_left_to_others(
    front: Front, http: httpx.AsyncClient, desk: Desk, claims: Claims
) -> None:
    assert (await http.post("/hook", content=body("early"), headers=told())).status_code == 503
    front.open(desk.handling(claims), Bot("1:x"))
    assert (await http.post("/hook", content=body("in time"), headers=told())).status_code == 200
    front.close()
    assert (await http.post("/hook", content=body("late"), headers=told())).status_code == 503
    assert desk.handled == ["in time"]


async def test_no_more_than_a_bound_are_in_hand(
    opened: handling.Handling, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, desk: Desk, front: Front
) -> None:
    monkeypatch.setattr(module, "MOST", 0)
    assert (await http.post("/hook", content=body("one too many"), headers=told())).status_code == 503
    assert front.refused == {"busy": 1}


async def test_its_health_is_told(front: Front, http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz")).status_code == 200
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "waits for the start\n")
    front.waits_for = None
    assert (await http.get("/readyz")).status_code == 200
    assert (await http.get("/hook")).status_code == 405
    assert (await http.get("/")).status_code == 404


async def test_figures_are_in_prometheus_form(front: Front, http: httpx.AsyncClient) -> None:
    front.figures = lambda: [
        ("a_total", "counter", "What a is.", {'b="c"': 3, 'b="d"': 0}),
        ("e", "gauge", "What e is.", {"": True}),
    ]
    answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.text.splitlines() == [
        "# HELP a_total What a is.",
        "# TYPE a_total counter",
        'a_total{b="c"} 3',
        'a_total{b="d"} 0',
        "# HELP e What e is.",
        "# TYPE e gauge",
        "e 1",
    ]
