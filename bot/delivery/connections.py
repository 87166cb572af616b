"""Connections to the Bot API, one for each call under way."""

from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_ONE: Final = httpx.Limits(max_connections=1)


class Connections(httpx.AsyncBaseTransport):
    """A connection that is free is used again, the one that was used last first.

    httpx's pool looks, whenever a call begins or ends, at all of its connections, and for each idle one at all again:
    with 64 of them that is half of what a call costs.

    Args:
        url: The server's address. A proxy that the environment names is used, but none to this machine itself.
    """

    def __init__(self, url: str) -> None:
        server = urlsplit(url)
        proxies = getproxies()
        direct = server.hostname in _LOOPBACK or proxy_bypass(server.hostname or "")
        self._options: Final[dict[str, Any]] = {
            "limits": _ONE,
            "proxy": None if direct else proxies.get(server.scheme) or proxies.get("all"),
            "verify": httpx.create_ssl_context() if server.scheme == "https" else False,
        }
        self._free: list[httpx.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.AsyncBaseTransport`; the answer is read to its end."""
        connection = self._free.pop() if self._free else httpx.AsyncHTTPTransport(**self._options)
        try:
            response = await connection.handle_async_request(request)
            await response.aread()
        except BaseException:  # a call that was given up may leave anything behind
            await connection.aclose()
            raise
        self._free.append(connection)
        return response

    async def aclose(self) -> None:
        """Close those that are free, as all are once no call is under way."""
        while self._free:
            await self._free.pop().aclose()
