"""What a person does with the bot, in a real Chromium: wide in English, on a narrow phone in Russian."""

from typing import Literal

import pytest
from playwright.async_api import expect

from bot.inspector import Inspector
from bot.replies.texts import texts_for
from bot.storage.vault import Vault

from .browsing import CHROMIUM, chromium, violations, visitor
from .conftest import House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium"),
]


@pytest.mark.parametrize(
    ("language", "name", "width", "height", "theme", "edit"),
    [("en", "Ana", 1280, 800, "light", "Edit"), ("ru", "Dana", 360, 640, "dark", "Изменить")],
)
async def test_a_visit(
    house: House,
    png: bytes,
    language: str,
    name: str,
    width: int,
    height: int,
    theme: Literal["light", "dark"],
    edit: str,
) -> None:
    texts = texts_for(language)
    house.playground.look = Inspector(
        house.database, Vault([key.get_secret_value() for key in house.settings.text_keys])
    )
    async with (
        chromium() as browser,
        visitor(browser, house.playground.url, width, height, color_scheme=theme, locale=language) as someone,
    ):
        page, box = someone.page, someone.page.get_by_role("textbox")
        mine = page.locator(".message.mine")
        await someone.becomes(name)

        # Hello, and an example.
        told = await someone.starts()
        await someone.taps(told, "I finally got the job")
        await expect(told).to_contain_text("😊")
        await someone.keeps(f"visit-{language}-start")

        # A reading is explained, corrected, kept; and read anew when its message is edited.
        reading = await someone.writes("my dog waited at the door all day")
        await someone.taps(reading, texts.say("button-why"))
        await expect(reading.locator("u").first).to_be_visible()
        await someone.keeps(f"visit-{language}-why")
        await someone.taps(reading, "❤️")
        await someone.keeps(f"visit-{language}-consent")
        await someone.taps(reading, texts.say("button-consent-yes"))
        await expect(reading).to_contain_text(texts.say("kept"))
        await someone.does(mine.last, edit)
        await box.fill("i am so happy and thankful today")
        await box.press("Enter")
        await expect(reading).to_contain_text("😊")

        # A reaction confirms it.
        await someone.does(reading, "👍")
        await expect(reading.get_by_role("button", name=texts.say("button-undo"))).to_be_visible()

        # What is stored of it.
        await page.locator("#stored-tool").click()
        await expect(page.locator("#panel-body .opinions li")).to_have_count(1)
        await someone.keeps(f"visit-{language}-stored")
        await page.locator("#close").click()

        # Pictures that the bot draws, a file that it sends, and a picture without words.
        await expect((await someone.writes("/mood")).get_by_role("img")).to_be_visible()
        await expect((await someone.writes("/export")).locator(".document")).to_be_visible()
        await someone.keeps(f"visit-{language}-own")
        assert await violations(page) == []
        await page.locator("#file").set_input_files({"name": "cat.png", "mimeType": "image/png", "buffer": png})
        await expect(await someone.writes("")).to_contain_text(texts.say("only-words"))

        # In a group, where everybody votes; and a reading offered inline.
        await someone.becomes("Friends")
        await page.locator("#me").select_option(name)
        await someone.writes("@feelback_bot i am so happy and thankful today")
        vote = page.locator(".message:has(.keyboard)")
        await page.locator("#me").select_option("Ben")
        await someone.taps(vote, "❤️")
        await expect(vote).to_contain_text("❤️")
        await page.locator("#me").select_option(name)
        await box.fill("@feelback_bot i am furious")
        await page.locator("#menu .offer").click()
        await expect(mine.last).to_contain_text("😠")
        await someone.keeps(f"visit-{language}-group")
        assert await violations(page) == []

        # An admin's figures.
        await someone.becomes("Ada")
        await expect((await someone.writes("/stats")).get_by_role("img")).to_be_visible()
        await someone.keeps(f"visit-{language}-stats")
