"""The page in a real Chromium, with a small bot of python-telegram-bot behind it."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, Route, async_playwright, expect
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, InlineQueryHandler, MessageHandler

from bot.playground.chats import Chat
from bot.playground.entities import parse_html
from bot.playground.faults import SWITCHES
from bot.playground.server import Playground
from bot.replies import keyboards
from bot.replies.reading import Told
from bot.replies.texts import LANGUAGES, texts_for
from ml.classifier import Reading, Unsure
from tests.journeys.browsing import ARGUMENTS, CHROMIUM, PICTURES, cut_off, violations

SIZES = {1280: 800, 768: 900, 390: 844, 360: 640}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),  # all of it runs in the event loop of the one browser
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium"),
]


@pytest_asyncio.fixture(loop_scope="module")
async def playground() -> AsyncIterator[Playground]:
    """A local Telegram on a free port."""
    playground = Playground()
    await playground.start()
    yield playground
    await playground.stop()


@pytest_asyncio.fixture(loop_scope="module")
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
        elif message.photo or message.document:
            await message.reply_text("a picture" if message.photo else "a file", do_quote=True)
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

    async def offer(update: Update, _: Any) -> None:
        query = update.inline_query
        assert query is not None
        content = InputTextMessageContent(f"<b>{query.query}</b>", parse_mode="HTML")
        found = [InlineQueryResultArticle("1", query.query.upper(), content, description="loud")] if query.query else []
        await query.answer(found, button=None if found else InlineQueryResultsButton("How?", start_parameter="how"))

    url = playground.url
    app = Application.builder().token(playground.token).base_url(f"{url}/bot").base_file_url(f"{url}/file/bot").build()
    app.add_handlers(
        [
            CommandHandler("start", start),
            MessageHandler(None, reply),
            CallbackQueryHandler(press),
            InlineQueryHandler(offer),
        ]
    )
    async with app:
        await app.bot.set_my_commands([("start", "Say hello"), ("help", "What I can do")])
        assert app.updater is not None
        await app.start()
        await app.updater.start_polling(timeout=20)
        yield
        await app.updater.stop()
        await app.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests; each has pages of its own, which share nothing."""
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


def grown(last: int, chat: Chat) -> bool:
    """Whether anything came after a message."""
    return chat.last_id > last


def person(page: Page, name: str) -> Locator:
    """The button by which one becomes a person."""
    return page.get_by_role("navigation").get_by_role("button", name=re.compile(f"^{name}"))


async def say(box: Locator, words: str) -> None:
    """Write and send."""
    await box.fill(words)
    await box.press("Enter")


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
        await log.get_by_role("link", name="/help").click()
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


async def test_what_can_be_done_with_a_message(chromium: Browser, playground: Playground, echo: None) -> None:
    async with opened(chromium, playground) as page:
        messages, box = page.get_by_role("log").locator(".message"), page.get_by_role("textbox")
        actions, context = page.get_by_role("group", name="What to do with this message"), page.locator("#context")

        async def act(on: Locator, name: str) -> None:
            await on.hover()
            await on.get_by_role("button", name="More about this message").click()
            await actions.get_by_role("button", name=name).click()
            await expect(actions).to_be_hidden()

        await say(box, "one two three")
        original, reply = messages.nth(0), messages.nth(1)
        await expect(reply).to_be_visible()

        # A reaction, and the same again to take it back.
        await act(reply, "React with 👍")
        mine = reply.get_by_role("button", name="Ana: 👍")
        await expect(mine).to_have_attribute("aria-pressed", "true")
        await mine.click()
        await expect(mine).to_have_count(0)

        # An answer, with the part that is marked.
        await reply.locator("u").evaluate("u => getSelection().setBaseAndExtent(u.firstChild, 4, u.firstChild, 7)")
        await act(reply, "Reply")
        await expect(context).to_have_text("Reply to Feelback“two”")
        await page.keyboard.press("Escape")
        await expect(context).to_be_hidden()
        await act(reply, "Reply")
        await say(box, "why?")
        await expect(messages.nth(2).locator(".quote")).to_have_text("Feelbackone two three")
        await expect(messages.nth(3)).to_be_visible()

        # An edit, which shows.
        await act(original, "Edit")
        await expect(box).to_have_value("one two three")
        await say(box, "four")
        await expect(original.locator(".body")).to_have_text("four")
        await expect(original.locator(".meta")).to_contain_text("edited")
        await expect(messages.nth(4)).to_be_visible()  # this bot answers edits anew

        # It can be passed on, and taken away.
        await act(original, "Forward to Friends")
        await act(original, "Delete")
        await expect(messages).to_have_count(4)
        await person(page, "Friends").click()
        await expect(messages).to_have_count(1)
        await expect(messages.locator(".note")).to_have_text("Forwarded from Ana")


async def test_a_group(chromium: Browser, playground: Playground, echo: None) -> None:
    async with opened(chromium, playground, 390) as page:
        messages, box = page.get_by_role("log").locator(".message"), page.get_by_role("textbox")
        await person(page, "Friends").click()
        await expect(page.get_by_role("heading", name="Say hello in Friends")).to_be_visible()
        await say(box, "only for friends")
        await page.get_by_role("combobox", name="You are").select_option("Ben")
        await expect(box).to_have_attribute("placeholder", "Message as Ben")
        await say(box, "hello @feelback_bot")
        await expect(messages).to_have_count(3)
        await expect(messages.nth(0).locator(".sender")).to_have_text("Ana")
        await expect(messages.nth(1).locator(".sender")).to_have_count(0)
        await expect(messages.nth(2).locator(".sender")).to_have_text("Feelback")
        await messages.nth(2).get_by_role("button", name="joy").click()
        await expect(page.get_by_role("status").filter(has_text="joy, noted")).to_be_visible()
        assert [message.author.first_name for message in playground.telegram.group.messages.values()][:2] == [
            "Ana",
            "Ben",
        ]


async def test_inline_mode(chromium: Browser, playground: Playground, echo: None) -> None:
    async with opened(chromium, playground) as page:
        messages, box = page.get_by_role("log").locator(".message"), page.get_by_role("textbox")
        offers = page.get_by_role("group", name="Offered by Feelback")
        await person(page, "Friends").click()
        await say(box, "@feelback_bot at once")  # a message, as nothing is offered yet
        await expect(messages).to_have_count(2)
        await box.press_sequentially("@feelback_bot so")
        await playground.person("Ben").among(playground.telegram.group).writes("what others write changes nothing")
        await expect(offers.get_by_role("button")).to_have_text(["SOloud"])
        await box.press_sequentially(" happy")
        await expect(offers.get_by_role("button")).to_have_text(["SO HAPPYloud"])
        await box.press("Enter")
        await expect(messages.nth(3)).to_contain_text("via @feelback_bot")
        await expect(messages.nth(3).locator("strong")).to_have_text("so happy")
        await expect(box).to_have_value("")
        await expect(offers).to_be_hidden()
        await box.press_sequentially("@feelback_bot ")
        await offers.get_by_role("button", name="How?").click()
        await expect(box).to_have_attribute("placeholder", "Message as Ana")
        await expect(page.get_by_role("log")).to_contain_text("/start how")


async def test_pictures_and_files(
    chromium: Browser, playground: Playground, echo: None, png: Callable[[int, int], bytes]
) -> None:
    async with opened(chromium, playground) as page:
        messages, box = page.get_by_role("log").locator(".message"), page.get_by_role("textbox")
        chosen = page.locator("#file")
        await chosen.set_input_files({"name": "cat.png", "mimeType": "image/png", "buffer": png(40, 30)})
        await expect(page.locator("#context")).to_contain_text("cat.png")
        await say(box, "my cat")
        await expect(messages.nth(0).get_by_role("img", name="Photo from Ana")).to_be_visible()
        await expect(messages.nth(0)).to_contain_text("my cat")
        await expect(messages.nth(1)).to_contain_text("a picture")
        await chosen.set_input_files({"name": "diary.txt", "mimeType": "text/plain", "buffer": b"x" * 2048})
        await page.get_by_role("button", name="Send").click()
        await expect(messages.nth(2).get_by_role("link")).to_have_text("diary.txt2.0 KB")
        await expect(messages.nth(3)).to_contain_text("a file")
        ana = playground.person("Ana")
        await ana.sends("voice", b"ogg")
        await ana.sends("sticker", b"webp")
        await expect(page.get_by_role("log")).to_contain_text("Voice message")
        await expect(page.get_by_role("img", name="Sticker")).to_have_text("😊")


async def look(chat: int, message: int, language: str) -> dict[str, Any] | None:
    """What a bot might have stored: of every message but one a reading that was corrected."""
    if message == 3:
        return None
    six = ("sadness", "joy", "love", "anger", "fear", "surprise")
    labels = {key: {"key": key, "emoji": "🙂", "name": f"{key} ({language})"} for key in (*six, "none")}
    return {
        "at": 1_700_000_000.0,
        "model": 3,
        "said": labels["joy"],
        "shares": [labels[key] | {"share": 0.7 if key == "joy" else 0.06} for key in six],
        "none": labels["none"] | {"share": 0.25},
        "opinions": [
            labels["love"] | {"person": 6_000_000_002, "confirms": False, "undone": False, "weight": 0.5},
            labels["joy"] | {"person": 6_000_000_001, "confirms": True, "undone": True, "weight": None},
        ],
        "kept": True,
        "held_out": False,
    }


async def test_what_is_stored_is_shown(chromium: Browser, playground: Playground, echo: None) -> None:
    playground.look = look
    async with opened(chromium, playground) as page:
        panel, tool = page.get_by_role("complementary", name="What is stored"), page.locator("#stored-tool")
        await tool.click()
        await expect(panel).to_contain_text("Write a message")
        await say(page.get_by_role("textbox"), "hello")
        await expect(panel.locator(".said")).to_have_text("🙂 joy (en)")
        await expect(panel).to_contain_text("Model 3")
        shares = panel.locator(".shares li")
        await expect(shares).to_have_count(7)
        await expect(shares.nth(1)).to_have_text(re.compile("joy.*70%"))
        bars = await panel.locator(".bar i").evaluate_all("bars => bars.map(bar => bar.clientWidth)")
        assert bars[1] > 10 * bars[0] > 0
        await expect(panel.locator(".opinions li")).to_have_text(
            [re.compile("Ben: .*love.*weighs 0.5"), re.compile("Ana: .*joy.*confirmed, taken back")]
        )
        await expect(panel).to_contain_text("Kept, encrypted")
        unknown = await playground.person("Ana").sends("sticker", b"webp")
        last = page.get_by_role("log").locator(f"[data-id='{unknown.id}']")
        await last.hover()
        await last.get_by_role("button", name="More about this message").click()
        await page.get_by_role("button", name="What is stored?").click()
        await expect(panel).to_contain_text("Nothing is stored")
        await panel.get_by_role("button", name="Close").click()
        await expect(panel).to_be_hidden()
        await expect(tool).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(panel.get_by_role("button", name="Close")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(panel).to_be_hidden()
        await expect(tool).to_be_focused()


async def test_faults_are_switched_on_and_off(chromium: Browser, playground: Playground, echo: None) -> None:
    async with opened(chromium, playground) as page:
        told = asyncio.Event()

        async def hold(route: Route) -> None:
            await told.wait()
            await route.continue_()

        tool = page.locator("#faults-tool")
        await tool.click()
        panel = page.get_by_role("complementary", name="What goes wrong")
        switches = panel.get_by_role("switch")
        assert await switches.count() == len(SWITCHES)
        blocked = panel.get_by_role("switch", name="Bot blocked")
        await panel.get_by_text("The person has blocked the bot.").click()
        await expect(blocked).to_be_checked()
        await expect(tool).to_have_attribute("aria-label", "What goes wrong: 1 on")
        await say(page.get_by_role("textbox"), "hello")
        await expect(panel).to_contain_text("hit 1×")
        await page.route("**/api/events", hold)
        await page.reload()
        await tool.click()  # before the server has told of any
        told.set()
        await expect(blocked).to_be_checked()
        await blocked.uncheck()
        await expect(tool).to_have_attribute("aria-label", "What goes wrong")
        await say(page.get_by_role("textbox"), "again")
        await expect(page.get_by_role("log").locator(".theirs")).to_have_count(1)


async def test_a_story_plays_and_can_be_stopped(chromium: Browser, playground: Playground, echo: None) -> None:
    go_on = asyncio.Event()

    async def story(playground: Playground) -> None:
        ben = playground.person("Ben")
        scene = {"chat": ben.id, "person": "Ben", "steps": 3}
        playground.scene(scene | {"name": "hello", "step": 0, "typing": "hi there", "seconds": 0.5})
        await go_on.wait()
        reply = await ben.hears(await ben.writes("hi there"))
        place = {"message": reply.id, "row": 0, "column": 1}
        playground.scene(scene | {"name": "correct", "step": 1, "press": place})
        await asyncio.Event().wait()

    playground.story = story
    async with opened(chromium, playground, reduced_motion="no-preference") as page:
        await page.get_by_role("button", name="Play a demo").first.click()
        await expect(page.get_by_text("It reads the emotion.")).to_be_visible()
        await expect(page.get_by_role("textbox")).to_have_value("hi there")
        await expect(person(page, "Ben")).to_have_attribute("aria-current", "true")
        go_on.set()
        await expect(page.locator(".row .pressed")).to_have_text("anger")
        await page.get_by_role("button", name="Stop").click()
        await expect(page.locator("#story")).to_be_hidden()
        await expect(page.get_by_role("textbox")).to_be_editable()


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


TABLE = parse_html(f"<pre>{'0' * 32}</pre>")  # as wide as that of a retraining
NOTHING_CLEAR = Told(Reading(None, Unsure.NO_EMOTION, 0.9, (0.1, 0.1, 0.5, 0.1, 0.1, 0.1), "test"))
LONG = "Donaudampfschifffahrtsgesellschaftskapitän " * 3 + "x" * 300 + " и ещё 👩‍👩‍👧‍👦🏳️‍🌈 שלום עולם " + "😀" * 60


async def test_it_is_accessible_and_fits_in_every_size_theme_and_language(
    chromium: Browser, playground: Playground, echo: None
) -> None:
    playground.look = look
    ana, group = playground.person("Ana"), playground.telegram.group
    for text in ("/start", "what a lovely morning", LONG, "photo"):
        message = await ana.writes(text)
        await ana.sees(partial(grown, message.id))
    await ana.reacts(message, "👍")
    for language in LANGUAGES:
        buttons = keyboards.reading(1, NOTHING_CLEAR, texts_for(language)).to_dict()["inline_keyboard"]
        playground.telegram.send(ana.id, TABLE, keyboard=buttons)
    friends = ana.among(group)
    await friends.writes("שלום לכולם, מה שלומכם היום? " * 4)
    await friends.hears(await friends.writes("hello @feelback_bot"))
    ben = playground.person("Ben")
    await ben.hears(await ben.writes("hello"))
    for width, theme, language, thorough in (
        (1280, "light", "en", True),
        (1280, "dark", "ru", False),
        (768, "dark", "en", False),
        (360, "dark", "ru", True),
        (360, "light", "en", False),
    ):
        touch = {"has_touch": width < 720, "is_mobile": width < 720}
        looks = {"color_scheme": theme, "locale": language, "reduced_motion": "reduce"} | touch
        async with opened(chromium, playground, width, **looks) as page:
            await walk_through(page, f"{width}-{theme}-{language}", thorough)


async def walk_through(page: Page, name: str, thorough: bool) -> None:
    """Open all that can be opened; keep a picture of each, and look whether it fits and, if thorough, what axe says."""

    async def check(state: str) -> None:
        await page.screenshot(path=PICTURES / f"page-{name}-{state}.png")
        assert await cut_off(page) == [], (name, state)
        if thorough:
            assert await violations(page) == [], (name, state)

    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.locator("#commands").click()
    await check("menu")
    await page.keyboard.press("Escape")
    await page.locator(".message .more").last.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#actions")).to_be_visible()
    await check("actions")
    await page.keyboard.press("Escape")
    await page.locator("#stored-tool").click()
    await expect(page.locator(".said")).to_be_visible()
    assert await page.evaluate("document.querySelector('main').inert === innerWidth < 720")
    await check("stored")
    await page.locator("#close").click()
    await page.locator("#faults-tool").click()
    await check("faults")
    await page.locator("#close").click()
    await person(page, "Friends").click()
    await check("group")
    await person(page, "Dana").click()
    await expect(page.locator("#start")).to_be_visible()
    await check("welcome")
