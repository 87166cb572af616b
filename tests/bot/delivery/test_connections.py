"""Connections: as many as calls are under way, each used again; a proxy where the environment names one."""

import asyncio
import contextlib
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.delivery.connections import Connections
from bot.web import WebServer

SECONDS = {"connect": 5.0, "write": 5.0, "read": 5.0, "pool": 5.0}


class Server:
    """Tells from which port each call came; holds calls to /held until it is let go."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.url = ""

    async def __aenter__(self) -> "Server":
        await self.start()
        return self

    async def start(self, port: int = 0) -> None:
        self._server = WebServer(Starlette(routes=[Route("/{path}", self._answer, methods=["GET", "POST"])]), 1)
        self.url = f"http://127.0.0.1:{await self._server.start('127.0.0.1', port)}"

    async def restart(self) -> None:
        """End every connection, and listen anew."""
        await self._server.stop()
        await self.start(int(self.url.rpartition(":")[2]))

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()

    async def _answer(self, request: Request) -> Response:
        if request.url.path == "/held":
            await self.go_on.wait()
        if request.url.path == "/echo":
            told = [request.headers.get("authorization", "-"), request.headers["content-type"]]
            return PlainTextResponse(" ".join(told).encode() + b" " + await request.body())
        return PlainTextResponse(str(request.client and request.client.port))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as server:
        yield server


@pytest.fixture
async def connections(server: Server) -> AsyncIterator[Connections]:
    connections = Connections(server.url)
    yield connections
    await connections.aclose()


async def get(connections: Connections, url: str, read: float = 5.0) -> tuple[int, bytes]:
    return await connections.call("GET", url, "text/plain", b"", SECONDS | {"read": read})


async def test_what_is_sent_arrives_with_the_name_and_password_of_the_address(server: Server) -> None:
    connections = Connections(server.url.replace("//", "//me:s%2Fcret@"))
    status, content = await connections.call("POST", f"{server.url}/echo", "text/plain", "ä".encode(), SECONDS)
    assert status == 200
    assert content.decode() == f"Basic {b64encode(b'me:s/cret').decode()} text/plain ä"
    await connections.aclose()


async def test_a_connection_is_used_again(connections: Connections, server: Server) -> None:
    assert len({await get(connections, f"{server.url}/quick") for _ in range(5)}) == 1


async def test_each_call_under_way_has_one_of_its_own(connections: Connections, server: Server) -> None:
    held = [asyncio.create_task(get(connections, f"{server.url}/held")) for _ in range(20)]
    assert (await get(connections, f"{server.url}/quick"))[0] == 200
    server.go_on.set()
    ports = set(await asyncio.gather(*held))
    assert len(ports) == 20
    assert await get(connections, f"{server.url}/quick") in ports


async def test_one_that_the_server_has_ended_is_not_used_again(connections: Connections, server: Server) -> None:
    await get(connections, f"{server.url}/quick")
    await server.restart()
    assert (await get(connections, f"{server.url}/quick"))[0] == 200


async def test_who_gave_up_a_call_makes_the_next_one(connections: Connections, server: Server) -> None:
    with pytest.raises(httpcore.ReadTimeout):
        await get(connections, f"{server.url}/held", read=0.05)
    for turns in range(60):  # of the event loop, so that a call is cancelled wherever it can be
        fresh = Connections(server.url)
        given_up = asyncio.create_task(get(fresh, f"{server.url}/quick"))
        for _ in range(turns):
            await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait([given_up])
        async with asyncio.timeout(2):
            assert (await get(fresh, f"{server.url}/quick"))[0] == 200
        await fresh.aclose()


async def test_a_proxy_that_the_environment_names_is_used_but_not_to_this_machine(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server.url)
    for url, answer in (("http://api.example", 404), (server.url, 200)):  # the server is no proxy, but it was asked
        connections = Connections(url)
        assert (await get(connections, f"{url}/quick"))[0] == answer
        await connections.aclose()
    monkeypatch.setenv("no_proxy", "api.example")
    with pytest.raises(httpcore.ConnectError):
        await get(Connections("http://api.example"), "http://api.example/quick")


async def test_a_server_is_trusted_by_its_certificate_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = _self_signed(tmp_path)
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(certificate)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsafe")
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=served) as server:
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(httpcore.ConnectError, match="self-signed"):
            await _get(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert await _get(url) == (200, b"safe")


async def _get(url: str) -> tuple[int, bytes]:
    connections = Connections(url)
    try:
        return await connections.call("GET", f"{url}/", "text/plain", b"", SECONDS)
    finally:
        await connections.aclose()


def _self_signed(folder: Path) -> Path:
    """A key and a certificate for `localhost`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    return file
