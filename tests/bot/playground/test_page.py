"""The page in a real Chromium, with a small bot of python-telegram-bot behind it."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, MessageHandler

from bot.playground.chats import Chat
from bot.playground.server import Playground

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZES = {1280: 800, 390: 844, 360: 640}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium"),
]


@pytest.fixture
async def echo(playground: Playground, png: Callable[[int, int], bytes]) -> AsyncIterator[None]:
    """A bot that replies with what it was told and two buttons, and edits its reply when one is pressed."""

    async def start(update: Update, _: Any) -> None:
        assert update.effective_message is not None
        await update.effective_message.reply_text("<b>Welcome</b>, try /help", parse_mode="HTML")

    async def reply(update: Update, _: Any) -> None:
        message = update.effective_message
        assert message is not None
        if message.text == "wait":
            await message.reply_chat_action("typing")
        elif message.text == "photo":
            await message.reply_photo(png(300, 200), caption="a <i>picture</i>", parse_mode="HTML")
        elif message.text == "table":
            await message.reply_html("<pre>one\ntwo</pre>\nthree")
        else:
            keyboard = [[InlineKeyboardButton(name, callback_data=name) for name in ("joy", "anger")]]
            markup = InlineKeyboardMarkup(keyboard)
            await message.reply_html(f"<u>{message.text_html}</u>", reply_markup=markup, do_quote=True)

    async def press(update: Update, _: Any) -> None:
        query = update.callback_query
        assert query is not None
        await query.answer(f"{query.data}, noted", show_alert=query.data == "anger")
        await query.edit_message_text(f"It was {query.data}")

    url = playground.url
    app = Application.builder().token(playground.token).base_url(f"{url}/bot").base_file_url(f"{url}/file/bot").build()
    app.add_handlers([CommandHandler("start", start), MessageHandler(None, reply), CallbackQueryHandler(press)])
    async with app:
        await app.bot.set_my_commands([("start", "Say hello"), ("help", "What I can do")])
        assert app.updater is not None
        await app.start()
        await app.updater.start_polling(timeout=20)
        yield
        await app.updater.stop()
        await app.stop()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(chromium: Browser, playground: Playground, width: int = 1280, **options: Any) -> AsyncIterator[Page]:
    """The page, which must ask for nothing from elsewhere and have no error."""
    page = await chromium.new_page(viewport={"width": width, "height": SIZES[width]}, **options)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text))
    await page.goto(playground.url)
    await expect(person(page, "Ana")).to_be_visible()
    yield page
    await page.close()
    assert errors == []
    assert [address for address in asked if not address.startswith(playground.url)] == []


async def violations(page: Page) -> list[str]:
    """What axe finds: the rule and the element."""
    found = (await Axe().run(page)).response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


def grown(last: int, chat: Chat) -> bool:
    """Whether anything came after a message."""
    return chat.last_id > last


def person(page: Page, name: str) -> Locator:
    """The button by which one becomes a person."""
    return page.get_by_role("navigation").get_by_role("button", name=re.compile(f"^{name}"))


async def test_chatting(chromium: Browser, playground: Playground, echo: None) -> None:
    async with opened(chromium, playground) as page:
        log, box = page.get_by_role("log"), page.get_by_role("textbox")
        messages = log.locator(".message")

        # A chat that was not started offers to; what the bot marks is marked.
        await page.get_by_role("button", name="Start", exact=True).click()
        await expect(messages.nth(1).locator("strong")).to_have_text("Welcome")
        await expect(page.get_by_role("button", name="Start", exact=True)).to_be_hidden()

        # Enter sends, Shift+Enter begins a line; what people write is text and never markup.
        hostile = "<img src=x onerror=document.body.remove()> & 😀"
        await box.fill(hostile)
        await box.press("Shift+Enter")
        await box.press_sequentially("two")
        await box.press("Enter")
        await expect(box).to_have_value("")
        reply = messages.nth(3)
        await expect(reply.locator("u")).to_have_text(f"{hostile}\ntwo")
        await expect(reply.locator(".quote")).to_contain_text(f"Ana{hostile}")
        assert await page.locator("img[src=x]").count() == 0

        # A press is answered, and the message edited in its place.
        await reply.get_by_role("button", name="joy").click()
        await expect(page.get_by_role("status")).to_have_text("joy, noted")
        await expect(reply).to_contain_text("It was joy")
        await expect(reply).to_contain_text("edited")
        await expect(messages).to_have_count(4)
        await expect(reply.get_by_role("group")).to_have_count(0)

        # An alert wants to be closed.
        await box.fill("again")
        await box.press("Enter")
        await messages.nth(5).get_by_role("button", name="anger").click()
        await expect(page.get_by_role("dialog")).to_contain_text("anger, noted")
        await page.get_by_role("button", name="OK").click()
        await expect(page.get_by_role("dialog")).to_be_hidden()

        # Typing and pictures are shown.
        await box.fill("wait")
        await box.press("Enter")
        await expect(page.locator("#status")).to_have_text("typing…")
        await expect(log.locator(".typing")).to_be_visible()
        await box.fill("photo")
        await box.press("Enter")
        picture = page.get_by_role("img", name="Photo from Feelback")
        await expect(picture).to_be_visible()
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 300
        await expect(page.locator("#status")).to_have_text("bot")

        # A block ends its line, as in Telegram: what follows begins the next one.
        await box.fill("table")
        await box.press("Enter")
        table = log.locator("pre")
        await expect(table).to_have_text("one\ntwo")
        assert await table.evaluate("table => table.nextSibling.data") == "three"

        # A command in a text can be pressed.
        await log.get_by_role("button", name="/help").click()
        await expect(messages.last).to_contain_text("/help")


async def test_several_people(chromium: Browser, playground: Playground, echo: None) -> None:
    async with opened(chromium, playground) as page:
        ben = playground.person("Ben")
        await page.get_by_role("textbox").fill("a draft of Ana's")
        await ben.hears(await ben.writes("hello"))

        # Others' news are marked until one looks.
        entry = person(page, "Ben")
        await expect(entry).to_contain_text("1 unread")
        await expect(page).to_have_title("(1) Feelback: a local Telegram")
        await entry.click()
        await expect(entry).not_to_contain_text("unread")
        await expect(entry).to_have_attribute("aria-current", "true")
        await expect(page.get_by_role("log").locator(".message")).to_have_count(2)

        # Each has a draft of their own, and one stays who one is when the page is loaded anew.
        box = page.get_by_role("textbox", name="Message as Ben")
        await expect(box).to_have_value("")
        await person(page, "Ana").click()
        await expect(page.get_by_role("textbox", name="Message as Ana")).to_have_value("a draft of Ana's")
        await entry.click()
        await page.reload()
        await expect(page.get_by_role("log").locator(".message")).to_have_count(2)

        # What is taken out of the chat goes from the page.
        await ben.removes(ben.chat.messages[1])
        await expect(page.get_by_role("log").locator(".message")).to_have_count(1)


async def test_by_keyboard_alone(chromium: Browser, playground: Playground, echo: None) -> None:
    async with opened(chromium, playground) as page:
        box, menu = page.get_by_role("textbox"), page.get_by_role("group", name="Commands")
        await expect(box).to_be_focused()
        await page.keyboard.type("/h")
        await expect(menu.get_by_role("button")).to_have_text(["/helpWhat I can do"])
        await page.keyboard.press("Escape")
        await expect(menu).to_be_hidden()
        await box.fill("")
        await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Enter")
        await expect(menu.get_by_role("button").first).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log")).to_contain_text("Welcome")
        await expect(box).to_be_focused()
        await page.keyboard.type("hi")
        await page.keyboard.press("Enter")
        joy = page.get_by_role("button", name="joy")
        await joy.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log")).to_contain_text("It was joy")
        await expect(page.get_by_role("log")).to_be_focused()


async def test_the_page_finds_its_way_back_to_a_server_that_was_away(chromium: Browser) -> None:
    first = Playground()
    await first.start()
    page = await chromium.new_page()
    await page.goto(first.url)
    await expect(person(page, "Ana")).to_be_visible()
    await first.stop()
    await expect(page.locator("#status")).to_have_text("not connected, trying again…")
    second = Playground()
    await second.start(int(first.url.rpartition(":")[2]))
    await second.person("Ana").writes("after")
    await expect(page.get_by_role("log")).to_contain_text("after", timeout=20_000)
    await expect(page.locator("#status")).to_have_text("bot")
    await page.close()
    await second.stop()


async def test_it_is_accessible_and_fits_in_every_size_and_theme(
    chromium: Browser, playground: Playground, echo: None, tmp_path: Path
) -> None:
    ana = playground.person("Ana")
    for text in ("/start", "what a lovely morning", "x" * 300, "photo"):
        message = await ana.writes(text)
        await ana.sees(partial(grown, message.id))
    ben = playground.person("Ben")
    await ben.hears(await ben.writes("hello"))
    for width, theme in [*product((1280, 390), ("light", "dark")), (360, "light")]:
        async with opened(chromium, playground, width, color_scheme=theme, reduced_motion="reduce") as page:
            await page.get_by_role("button", name="Commands").click()
            await expect(page.get_by_role("group", name="Commands")).to_be_visible()
            assert await violations(page) == [], (width, theme)
            assert await page.evaluate("document.documentElement.scrollWidth") == width
            assert await page.get_by_role("log").evaluate("log => log.scrollWidth <= log.clientWidth")
            await page.screenshot(path=tmp_path / f"{theme}-{width}.png")
    async with opened(chromium, playground) as page:
        await person(page, "Dana").click()
        await expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
        assert await violations(page) == []
