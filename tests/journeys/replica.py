"""A bot as a process of its own, or several behind a balancer."""

import asyncio
import os
import signal
import socket
import sys
from itertools import cycle
from pathlib import Path

import httpx

from .faults import Wire

ROOT = Path(__file__).parents[2]


class Replica:
    """`feelback run` as a process of its own."""

    def __init__(self, settings: dict[str, str], port: int, log: Path) -> None:
        self.port = port
        self._settings = settings | {"PORT": str(self.port)}
        self.log = log
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start, and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", cwd=ROOT, env=os.environ | self._settings, stdout=log, stderr=log
            )
        async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as http:
            while not await self._ready(http):
                assert self.process.returncode is None, self.log.read_text()
                await asyncio.sleep(0.05)

    async def end(self, number: signal.Signals) -> int:
        """Send a signal, and give the exit status."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(30):
            return await self.process.wait()

    async def _ready(self, http: httpx.AsyncClient) -> bool:
        try:
            return (await http.get(f"http://127.0.0.1:{self.port}/readyz")).is_success
        except httpx.HTTPError:
            return False


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def balanced(ports: list[int]) -> Wire:
    """A balancer: each connection goes to the next port that takes it."""
    turns = cycle(ports)

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for port in (next(turns) for _ in ports):
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
        raise ConnectionError("no replica")

    wire = Wire(connect)
    await wire.up()
    return wire
