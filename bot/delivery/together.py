"""Calls that come while one is under way go together in the next: a transaction costs more than what is done in it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

MOST: Final = 100
"""How many go together."""

Given = TypeVar("Given")
Got = TypeVar("Got")


class Together(Generic[Given, Got]):
    """Asks `work` for many at once. Where it raises, it is asked for each of them alone, and who asked gets what it
    raises for theirs."""

    def __init__(self, work: Callable[[list[Given]], Awaitable[list[Got]]]) -> None:
        self._work = work
        self._waiting: list[tuple[Given, asyncio.Future[Got]]] = []
        self._working: asyncio.Task[None] | None = None

    async def __call__(self, given: Given) -> Got:
        """What is got for one."""
        got: asyncio.Future[Got] = asyncio.get_running_loop().create_future()
        self._waiting.append((given, got))
        if self._working is None:
            self._working = asyncio.create_task(self._work_on())
        return await got

    async def _work_on(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._answer(some)
        finally:
            self._working = None

    async def _answer(self, some: list[tuple[Given, asyncio.Future[Got]]]) -> None:
        try:
            results = await self._work([given for given, _ in some])
        except Exception as error:  # noqa: BLE001 - it is theirs who asked
            if len(some) > 1:
                for one in some:
                    await self._answer([one])
            elif not some[0][1].done():
                some[0][1].set_exception(error)
        else:
            for (_, got), result in zip(some, results, strict=True):
                if not got.done():
                    got.set_result(result)
