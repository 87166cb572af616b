"""The server: start and stop, the page's own interface, and what it keeps out."""

import asyncio
import gc
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import NetworkError

from bot.playground import server
from bot.playground.chats import PEOPLE
from bot.playground.server import Playground

ANA, BEN = (person.id for person in PEOPLE[:2])
PAGE = Path(server.__file__).with_name("page")


async def events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in response.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


# Start and stop


async def test_it_starts_quickly_on_this_machine_alone_and_with_a_token_of_its_own() -> None:
    begin = time.perf_counter()
    first, second = Playground(), Playground()
    await first.start()
    await second.start()
    assert time.perf_counter() - begin < 1
    assert first.url.startswith("http://127.0.0.1:")
    assert first.token != second.token
    await first.stop()
    await second.stop()


async def test_a_taken_port_is_said_and_a_free_one_is_taken(playground: Playground) -> None:
    port = int(playground.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        await Playground().start(port)
    await playground.stop()
    again = Playground()
    assert await again.start(port) == playground.url
    await again.stop()


async def test_answers_are_not_held_back_by_nagles_algorithm(playground: Playground, http: httpx.AsyncClient) -> None:
    taken = []
    for _ in range(10):
        begin = time.perf_counter()
        await http.post(f"/bot{playground.token}/getMe", data={"unused": "body"})
        taken.append(time.perf_counter() - begin)
    assert min(taken[1:]) < 0.03


async def test_stopping_ends_polls_and_streams_at_once_and_twice_is_harmless(bot: Bot, playground: Playground) -> None:
    async with httpx.AsyncClient(base_url=playground.url) as http, http.stream("GET", "/api/events") as stream:
        told = events(stream)
        await anext(told)
        poll = asyncio.create_task(bot.get_updates(timeout=50))
        while playground.telegram.updates._poll is None:  # noqa: ASYNC110
            await asyncio.sleep(0)
        begin = time.perf_counter()
        await playground.stop()
        assert await poll == ()
        assert [event async for event in told] == []
        assert time.perf_counter() - begin < 1
    await playground.stop()
    with pytest.raises(NetworkError):
        await bot.get_me()
    gc.collect()


async def test_a_page_that_is_closed_is_followed_no_more(playground: Playground, http: httpx.AsyncClient) -> None:
    async with http.stream("GET", "/api/events") as stream:
        await anext(events(stream))
        assert len(playground.telegram._followers) == 1
    while playground.telegram._followers:  # noqa: ASYNC110
        await asyncio.sleep(0)


async def test_a_client_that_goes_away_in_the_middle_of_a_request_is_no_error(
    playground: Playground, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = playground.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /bot{playground.token}/getMe HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\nhalf"
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with Bot(playground.token, base_url=f"{playground.url}/bot") as bot:
        await bot.get_me()
    assert not caplog.records


# The page's own interface


async def test_the_page_is_served_small_and_with_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    page = await http.get("/")
    assert "A local Telegram: nothing leaves this machine" in page.text
    files = {path.name: path.read_bytes() for path in PAGE.iterdir()}
    assert sum(map(len, files.values())) < 100_000
    for name, content in files.items():
        assert (await http.get(f"/{name}")).content == content
        assert b"innerHTML" not in content
        assert b"http:" not in content.replace(b"http://www.w3.org/2000/svg", b"")
        assert b"https:" not in content


async def test_the_page_is_told_what_there_is_and_then_every_change(
    playground: Playground, http: httpx.AsyncClient
) -> None:
    playground.telegram.write(ANA, "before")
    async with http.stream("GET", "/api/events") as stream:
        told = events(stream)
        snapshot = await anext(told)
        shown = [chat["title"] or chat["members"][0]["first_name"] for chat in snapshot["chats"]]
        assert shown == [*(person.first_name for person in PEOPLE), "Friends", "Diary"]
        assert snapshot["chats"][0]["messages"][0]["text"] == "before"
        written = await http.post("/api/messages", json={"chat": BEN, "text": "after"})
        assert written.json()["result"]["message_id"] == 1
        change = await anext(told)
        assert (change["type"], change["chat"], change["message"]["text"]) == ("message", BEN, "after")


async def test_a_press_on_the_page_reaches_the_bot(bot: Bot, playground: Playground, http: httpx.AsyncClient) -> None:
    playground.telegram.write(ANA, "hello")
    markup = InlineKeyboardMarkup.from_button(InlineKeyboardButton("a", callback_data="a"))
    await bot.send_message(ANA, "x", reply_markup=markup)
    place = {"chat": ANA, "message": 2, "row": 0, "column": 0}
    pressed = (await http.post("/api/taps", json=place)).json()["result"]
    *_, update = await bot.get_updates()
    assert update.callback_query is not None
    assert update.callback_query.id == pressed["tap"]
    missing = await http.post("/api/taps", json=place | {"column": 1})
    assert (missing.status_code, missing.json()["description"]) == (400, "Bad Request: button not found")
    assert (await http.post("/api/taps", json={})).status_code == 400


async def test_files_are_shown_only_if_they_are_pictures(
    bot: Bot, playground: Playground, http: httpx.AsyncClient, png: Callable[[int, int], bytes]
) -> None:
    playground.telegram.write(ANA, "hello")
    photo = await bot.send_photo(ANA, png(3, 2))
    page = await bot.send_document(ANA, b"<script>alert(1)</script>", filename="x.html")
    assert page.document is not None
    shown = await http.get(f"/api/files/{photo.photo[-1].file_id}")
    assert (shown.headers["content-type"], shown.content) == ("image/png", png(3, 2))
    saved = await http.get(f"/api/files/{page.document.file_id}")
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"] == "attachment"
    assert (await http.get("/api/files/none")).status_code == 404


async def test_what_the_page_can_not_mean_is_refused(playground: Playground, http: httpx.AsyncClient) -> None:
    async def status(path: str, **content: Any) -> int:
        return (await http.post(f"/api/{path}", json=content)).status_code

    me = {"chat": ANA, "by": ANA}
    assert await status("nothing") == 404
    assert await status("faults", name="nothing", on=True) == 404
    assert await status("messages", **me, file="x") == 400
    assert await status("messages", **me, file={"name": "a", "data": "?"}) == 400
    assert await status("messages", **me, file={"name": "a", "data": ""}) == 400
    assert await status("messages", chat=ANA, by=BEN, text="not my chat") == 400
    assert await status("forwards", **me, **{"from": ANA, "message": 9}) == 400
    assert await status("choices", query="1", result="1") == 400
    assert await status("story", on=True) == 200  # there is none to play
    assert (await http.get("/api/stored", params={"chat": ANA, "message": 1})).status_code == 404
    assert playground.telegram.chats[ANA].messages == {}


# What it keeps out


async def test_other_names_for_this_machine_are_refused(http: httpx.AsyncClient) -> None:
    foreign = [{"Host": "evil.example"}, {"Host": "127.0.0.1.evil.example:80"}, {"Origin": "http://evil.example"}]
    for path in ("/", "/api/events", "/api/messages", "/api/files/file-1", "/bot1:x/getMe"):
        for headers in (*foreign, {"Origin": "null"}):
            assert (await http.get(path, headers=headers)).status_code == 403


async def test_its_own_page_and_localhost_are_welcome(playground: Playground, http: httpx.AsyncClient) -> None:
    written = await http.post("/api/messages", json={"chat": ANA, "text": "x"}, headers={"Origin": playground.url})
    assert written.status_code == 200
    port = playground.url.rpartition(":")[2]
    assert (await http.get("/", headers={"Host": f"localhost:{port}"})).status_code == 200


async def test_people_act_by_json_alone(http: httpx.AsyncClient) -> None:
    body = json.dumps({"chat": ANA, "text": "x"})
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = await http.post("/api/messages", content=body, headers={"Content-Type": content_type})
        assert answer.status_code == 415


async def test_every_answer_carries_a_strict_policy(http: httpx.AsyncClient) -> None:
    for path in ("/", "/page.js", "/api/files/none"):
        headers = (await http.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_nobody_reaches_outside_of_the_page_folder(playground: Playground) -> None:
    host, port = playground.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(raw, f"GET /../server.py HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        assert b"404" in (await loop.sock_recv(raw, 100)).splitlines()[0]


async def test_a_body_may_not_be_endless(
    playground: Playground, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LARGEST_REQUEST", 1000)
    answer = await http.post(f"/bot{playground.token}/getMe", content=b"x" * 2000)
    assert (answer.status_code, answer.json()["description"]) == (413, "Request Entity Too Large")
