"""Makes the pictures of the README from a demo that runs, with a real conversation and a real retraining in it.

.venv/bin/python -m docs.screenshots
"""

import asyncio
import io
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Browser, Page, expect

from tests.journeys.browsing import Demo, chromium, demo, visitor

IMAGES: Final = Path(__file__).with_name("images")
MOST_BYTES: Final = 200_000
FRAME_MILLISECONDS: Final = 2600
QUALITY: Final = 60
_DESKTOP: Final = (1280, 800)
_PHONE: Final = (360, 720)


async def make(folder: Path) -> None:
    """Film the story that the demo plays, then show what one comes upon afterwards."""
    with demo(folder) as bot:
        async with chromium() as browser:
            async with visitor(browser, bot.url, 400, 620, scale=1.25) as someone:
                save("demo", await film(someone.page))
            await desktop(browser, bot)
            await phone(browser, bot)


async def film(page: Page) -> list[bytes]:
    """What each scene of the story looks like at its end, and the retraining also half-way."""
    frames: list[bytes] = []
    caption, picture, half_way = "", b"", False
    await page.get_by_role("button", name="Play a demo").first.click()
    await expect(page.locator("#story")).to_be_visible()
    while await page.locator("#story").is_visible():
        now = await page.locator("#caption").inner_text()
        if picture and now != caption:
            frames.append(picture)
        shown = await page.screenshot()
        if now != await page.locator("#caption").inner_text() or not await page.locator("#story").is_visible():
            continue  # it shows the next scene already, or what comes after
        caption, picture = now, shown
        trained = await page.locator("#messages li").last.inner_text()
        if not half_way and "▰▰▰▰" in trained and "training" in trained:
            half_way = True
            frames.append(picture)
        await page.wait_for_timeout(200)
    return [*frames, picture]


async def desktop(browser: Browser, bot: Demo) -> None:
    """A message that the new model reads as it was corrected, and what is stored of it."""
    async with visitor(browser, bot.url, *_DESKTOP, scale=1.5) as someone:
        await someone.becomes("Chen")
        await someone.page.locator("#stored-tool").click()
        await expect(someone.page.locator(".said")).to_be_visible()
        await keep(someone.page, "page")


async def phone(browser: Browser, bot: Demo) -> None:
    """A first correction, with the question that follows it; why, in Russian and in the dark; Telegram failing."""
    async with visitor(browser, bot.url, *_PHONE, scale=2) as someone:
        await someone.becomes("Chen")
        reading = await someone.writes("you always forget what I asked you for")
        await someone.taps(reading, "😢")
        await expect(reading).to_contain_text("May I keep")
        await keep(someone.page, "page-phone")
    async with visitor(browser, bot.url, *_PHONE, scale=2, color_scheme="dark", locale="ru") as someone:
        await someone.becomes("Dana")
        reading = await someone.writes("I can't believe you came all this way for my birthday!")
        await someone.taps(reading, "Почему?")
        await expect(reading.locator("u").first).to_be_visible()
        await keep(someone.page, "page-phone-dark-russian")
    async with visitor(browser, bot.url, *_PHONE, scale=2) as someone:
        await someone.page.locator("#faults-tool").click()
        failing = someone.page.get_by_role("switch", name="Server error")
        await failing.check()
        await expect(someone.page.locator(".struck").filter(has_text="hit")).to_be_visible(timeout=20_000)
        await keep(someone.page, "page-phone-faults")
        await failing.uncheck()


async def keep(page: Page, name: str) -> None:
    """Take a picture, without the pointer's shade."""
    await page.mouse.move(0, 0)
    save(name, [await page.screenshot()])


def save(name: str, frames: list[bytes]) -> None:
    """One picture, or several that follow each other."""
    first, *more = (Image.open(io.BytesIO(frame)).convert("RGB") for frame in frames)
    times = [FRAME_MILLISECONDS] * len(more) + [2 * FRAME_MILLISECONDS]
    path = IMAGES / f"{name}.webp"
    first.save(path, save_all=bool(more), append_images=more, duration=times, loop=0, quality=QUALITY, method=6)
    size = path.stat().st_size
    print(f"{path}: {size:,} bytes")  # noqa: T201
    assert size <= MOST_BYTES, path  # noqa: S101


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(make(Path(temporary)))
