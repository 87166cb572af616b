"""The whole circle before one's eyes: `make demo`, a real Chromium, a real retraining, the message read right."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.replies.emotions import EMOJI
from ml.bundle import SHIPPED, Bundle
from ml.classifier import Classifier

from .browsing import CHROMIUM, chromium, demo, lesson, visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium"),
]


@pytest.mark.train
@pytest.mark.timeout(900)
async def test_what_three_people_teach_is_read_so_for_a_fourth_by_the_next_version(tmp_path: Path) -> None:
    text, label = lesson(Classifier(Bundle.load(SHIPPED)))
    emoji, taught = EMOJI[label], re.compile(f"^{EMOJI[label]}")
    with demo(tmp_path) as bot:
        async with chromium() as browser, visitor(browser, bot.url) as someone:
            await someone.keeps("1-before-anything")
            for name, typed in (("Ana", text), ("Ben", text.capitalize()), ("Chen", text.upper())):
                await someone.becomes(name)
                await someone.starts()
                reading = await someone.writes(typed)
                await expect(reading.locator(".body")).not_to_have_text(taught)
                await someone.keeps(f"2-{name}-is-misread")
                await someone.taps(reading, emoji)
                await expect(reading).to_contain_text("May I keep the texts")
                await someone.keeps(f"3-{name}-is-asked")
                await someone.taps(reading, "Yes, keep them")
                await expect(reading).to_contain_text("I'll learn from it")
            await someone.keeps("4-Chen-taught")

            await someone.becomes("Ada")
            told = await someone.writes("/retrain")
            await expect(told).to_contain_text("% training", timeout=120_000)
            await someone.keeps("5-under-way")
            await expect(told).not_to_contain_text("⏳", timeout=600_000)
            change = someone.page.get_by_role("img", name="Photo from Feelback")
            await expect(change).to_be_visible(timeout=20_000)
            await someone.keeps("6-verdict")
            await expect(told).to_contain_text("Version 2 serves now")
            await expect(someone.page.get_by_role("img", name="Photo from Feelback")).to_be_visible(timeout=60_000)

            await someone.becomes("Dana")
            await someone.starts()
            reading = await someone.writes(text)
            await someone.keeps("7-Dana-is-read-right")
            await expect(reading.locator(".body")).to_have_text(taught)
            await someone.taps(reading, "✓")
            await expect(reading.get_by_role("button", name="✓")).to_have_count(0)

            await someone.becomes("Ada")
            await expect(change).to_be_visible()
            figures = await someone.writes("/stats")
            await someone.keeps("8-stats")
            await expect(figures).to_contain_text("People agreed with 25% of 4 judged readings")

            assert "tensorflow" not in bot.loaded()
            assert text not in bot.logged().lower()
            assert "Traceback" not in bot.logged()
