"""Calls that come while one is under way go together in the next, and each gets what is its own."""

import asyncio

import pytest

from bot.delivery import together
from bot.delivery.together import Together


class Work:
    """Doubles numbers, once it is let go on; refuses 13."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.go_on = asyncio.Event()

    async def __call__(self, numbers: list[int]) -> list[int]:
        self.asked.append(numbers)
        await self.go_on.wait()
        if 13 in numbers:
            raise ValueError
        return [2 * number for number in numbers]


async def test_what_comes_meanwhile_goes_together_and_each_gets_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MOST", 3)
    work = Work()
    ask = Together(work)
    asking = [asyncio.create_task(ask(number)) for number in range(6)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking[1].cancel()  # who does not wait any more changes nothing for the others
    work.go_on.set()
    assert await asyncio.gather(*asking[:1], *asking[2:]) == [0, 4, 6, 8, 10]
    assert work.asked == [[0, 1, 2], [3, 4, 5]]
    assert await ask(7) == 14


async def test_an_error_is_that_of_the_one_it_is_about_and_of_nobody_else() -> None:
    work = Work()
    ask = Together(work)
    work.go_on.set()
    first, bad, last = await asyncio.gather(ask(12), ask(13), ask(14), return_exceptions=True)
    assert (first, last) == (24, 28)
    assert isinstance(bad, ValueError)
    assert work.asked == [[12, 13, 14], [12], [13], [14]]
