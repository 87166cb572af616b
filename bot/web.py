"""A web server inside the event loop of whoever starts it; signals are left to the caller."""

import socket
from typing import Final

import uvicorn
from starlette.types import ASGIApp

_BACKLOG: Final = 128
_KEEP_ALIVE: Final = 75
"""Seconds that an idle connection stays: longer than balancers and clients keep it, so that none sends into its end."""


class WebServer:
    """Serves one ASGI application.

    Args:
        app: what to serve.
        grace: Seconds that `stop` waits for requests under way.
    """

    def __init__(self, app: ASGIApp, grace: int) -> None:
        self._config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            date_header=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=grace,
        )
        self._running: tuple[uvicorn.Server, socket.socket] | None = None

    async def start(self, host: str, port: int) -> int:
        """Serve until `stop`, on a free port where it is 0. Returns the port.

        Raises:
            OSError: the port is taken, or the host is none of this machine.
        """
        listener = _listen(host, port)
        self._config.load()
        server = uvicorn.Server(self._config)
        server.lifespan = self._config.lifespan_class(self._config)
        await server.startup(sockets=[listener])
        self._running = server, listener
        return int(listener.getsockname()[1])

    async def stop(self) -> None:
        """Take no more requests, and end; harmless when it does not run."""
        if self._running is not None:
            (server, listener), self._running = self._running, None
            await server.shutdown(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket of a named protocol.

    `socket.create_server` leaves the protocol 0, and asyncio turns Nagle's algorithm off only where it is TCP; with it
    each answer takes 40 ms.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
