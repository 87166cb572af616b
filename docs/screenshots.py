"""Makes the pictures of the README from a demo that runs, with a real conversation and a real retraining in it.

.venv/bin/python -m docs.screenshots
"""

import asyncio
import io
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Page, expect

from bot.replies.emotions import EMOJI
from ml.bundle import SHIPPED, Bundle
from ml.classifier import Classifier
from tests.journeys.browsing import chromium, demo, lesson, visitor

IMAGES: Final = Path(__file__).with_name("images")
MOST_BYTES: Final = 200_000
FIRST: Final = "I love how quiet the city is at night."
"""What a person wrote before, and did not correct."""


async def make(folder: Path) -> None:
    """Have four people teach the same, the admin among them, retrain, and ask again; keep what there is to see."""
    text, label = lesson(Classifier(Bundle.load(SHIPPED)))
    text, emoji = text.capitalize(), EMOJI[label]
    with demo(folder) as bot:
        async with chromium() as browser, visitor(browser, bot.url, 1100, 1080, scale=1.5) as someone:
            for name in ("Ana", "Chen"):
                await someone.becomes(name)
                await someone.teaches(text, emoji)
            async with visitor(browser, bot.url, 412, 915, scale=1.5) as phone:
                await phone.becomes("Ben")
                await phone.writes(FIRST)
                asked = await phone.writes(text)
                await phone.taps(asked, emoji)
                await expect(asked).to_contain_text("May I keep")
                await keep(phone.page, "page-phone")
                await phone.taps(asked, "Yes, keep them")
                await expect(asked).to_contain_text("I'll learn from it")
            await someone.becomes("Ada")
            await someone.teaches(text, emoji)
            await someone.retrains(within=600)
            await expect(await someone.writes(text)).to_contain_text(emoji)
            await keep(someone.page, "page")


async def keep(page: Page, name: str) -> None:
    """Take a picture in 256 colours, without the caret's frame and the pointer's shade."""
    await page.get_by_role("textbox").blur()
    await page.mouse.move(0, 0)
    picture = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    path = IMAGES / f"{name}.png"
    picture.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {size:,} bytes")  # noqa: T201
    assert size <= MOST_BYTES, path  # noqa: S101


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(make(Path(temporary)))
