"""Connections to the Bot API, one for each call under way.

A call goes through httpcore's connections alone. httpx and its pool of connections, above them, take more of the
processor than all the rest of a call: the pool looks, whenever a call begins or ends, at each connection it has, and
for each idle one at all again. Only through a proxy it is used.
"""

import ssl
from base64 import b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_KEPT: Final = 30.0
"""Seconds after which an idle connection is not used again; servers end them after 60 or more."""


class Connections:
    """A connection that is free is used again, the one that was used last first.

    Args:
        url: The server's address. A proxy that the environment names is used, but none to this machine itself.
    """

    def __init__(self, url: str) -> None:
        server = httpcore.URL(url)
        self._origin: Final = server.origin
        self._headers: Final = _headers_for(url)
        self._tls: Final = httpx.create_ssl_context() if server.scheme == b"https" else None
        proxy = proxy_to(url)
        self._proxy: Final = None if proxy is None else _through(proxy, self._tls)
        self._free: list[httpcore.AsyncHTTPConnection] = []

    async def call(
        self, method: str, url: str, kind: str, content: bytes, seconds: Mapping[str, float | None]
    ) -> tuple[int, bytes]:
        """Send a request, and give the answer's status and content.

        Args:
            method: of HTTP.
            url: of the server that was named.
            kind: of the content, as in `Content-Type`.
            content: the body.
            seconds: how long it may take to `connect`, `write`, `read`, and, through a proxy, to wait for the `pool`.

        Raises:
            httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError: it failed.
        """
        headers = [*self._headers, (b"Content-Type", kind.encode()), (b"Content-Length", b"%d" % len(content))]
        request = httpcore.Request(method, url, headers=headers, content=content, extensions={"timeout": seconds})
        if self._proxy is not None:
            return await _answer(self._proxy, request)
        connection = await self._connection()
        try:
            answer = await _answer(connection, request)
        except BaseException:  # a call that was given up may leave anything behind
            await connection.aclose()
            raise
        self._free.append(connection)
        return answer

    async def aclose(self) -> None:
        """Close those that are free, as all are once no call is under way."""
        if self._proxy is not None:
            await self._proxy.aclose()
        while self._free:
            await self._free.pop().aclose()

    async def _connection(self) -> httpcore.AsyncHTTPConnection:
        while self._free:
            connection = self._free.pop()
            if connection.is_available() and not connection.has_expired():
                return connection
            await connection.aclose()
        return httpcore.AsyncHTTPConnection(self._origin, self._tls, keepalive_expiry=_KEPT)


async def _answer(
    through: httpcore.AsyncHTTPConnection | httpcore.AsyncConnectionPool, request: httpcore.Request
) -> tuple[int, bytes]:
    response = await through.handle_async_request(request)
    content = await response.aread()
    await response.aclose()
    return response.status, content


def _headers_for(url: str) -> list[tuple[bytes, bytes]]:
    """Whose server it is, and, where the address has a name and a password, these."""
    server = urlsplit(url)
    headers = [(b"Host", server.netloc.rpartition("@")[2].encode()), (b"User-Agent", b"Feelback")]
    if server.username is not None:
        login = f"{unquote(server.username)}:{unquote(server.password or '')}"
        headers.append((b"Authorization", b"Basic " + b64encode(login.encode())))
    return headers


def proxy_to(url: str) -> str | None:
    """The proxy that the environment names for a server; none to this machine itself."""
    server = urlsplit(url)
    if server.hostname is None or server.hostname in _LOOPBACK or proxy_bypass(server.hostname):
        return None
    proxies = getproxies()
    return proxies.get(server.scheme) or proxies.get("all")


def _through(proxy: str, tls: ssl.SSLContext | None) -> httpcore.AsyncConnectionPool:
    """A pool of connections through a proxy, whose address may hold a name and a password."""
    address = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    name = None if address.username is None else (unquote(address.username), unquote(address.password or ""))
    kind = httpcore.AsyncSOCKSProxy if address.scheme.startswith("socks") else httpcore.AsyncHTTPProxy
    return kind(address._replace(netloc=address.netloc.rpartition("@")[2]).geturl(), name, ssl_context=tls)
