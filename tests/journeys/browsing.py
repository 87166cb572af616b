"""The demo in a process of its own, as `make demo` starts it, and a person at its page in a real Chromium."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.settings import Settings
from bot.story import LESSONS
from ml.classifier import Classifier
from ml.emotions import Emotion
from ml.text import is_held_out

CHROMIUM: Final = Path("/usr/bin/chromium")
ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_ROOT: Final = Path(__file__).parents[2]
PICTURES: Final = _ROOT / "var" / "screenshots"
"""Where a run of the tests leaves what was to be seen, to be looked at."""

_PORT: Final = 8800
"""Where the page is, or on one of the next ports."""


class Demo:
    """A demo that runs; `url` is its page."""

    def __init__(self, url: str, pid: int, log: Path) -> None:
        self.url = url
        self._pid = pid
        self._log = log

    def logged(self) -> str:
        """What it has written to its log."""
        return self._log.read_text(encoding="utf-8")

    def loaded(self) -> str:
        """The files mapped into its memory, as Linux tells them: every library it loaded."""
        return Path(f"/proc/{self._pid}/maps").read_text(encoding="utf-8")


@contextmanager
def demo(folder: Path) -> Iterator[Demo]:
    """The command, in an empty folder without any setting; it must end well when it is told to."""
    settings = {name.upper() for name in Settings.model_fields}
    environment = {name: value for name, value in os.environ.items() if name not in settings}
    environment["PYTHONPATH"] = str(_ROOT)
    command = [sys.executable, "-m", "bot", "demo", "--port", str(_PORT)]
    log = folder / "demo.log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as child,
    ):
        try:
            bot = Demo(_address(child), child.pid, log)
            assert bot.url, bot.logged()
            yield bot
            child.send_signal(signal.SIGINT)
            assert child.wait(30) == 0
        finally:
            child.kill()


def _address(child: subprocess.Popen[str]) -> str:
    """Where it says that its page is; nothing where it ended before that."""
    assert child.stdout
    for line in child.stdout:
        if found := re.search(r"Chat with Feelback at (\S+)", line):
            return found[1]
    return ""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser that the system has."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


class Visitor:
    """Who sits before the page, and writes as any of its people."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._said = page.get_by_role("log").locator(".message.theirs:not(.typing)")

    async def becomes(self, name: str) -> None:
        """Choose whom to write as, or a group."""
        button = self.page.get_by_role("navigation").get_by_role("button", name=re.compile(f"^{name}"))
        await button.click()
        await expect(button).to_have_attribute("aria-current", "true")

    async def starts(self) -> Locator:
        """Press the button of a chat that was not started yet; gives the bot's answer."""
        await self.page.locator("#start").click()
        await expect(self._said.first).to_be_visible()
        return self._said.first

    async def writes(self, text: str) -> Locator:
        """Send a message; gives the bot's answer, once it is there."""
        before = await self._said.count()
        box = self.page.get_by_role("textbox")
        await box.fill(text)
        await box.press("Enter")
        answer = self._said.nth(before)
        await expect(answer).to_be_visible(timeout=20_000)
        return answer

    async def taps(self, answer: Locator, face: str) -> None:
        """Press the button of the bot's message on which this stands."""
        await answer.get_by_role("button", name=face).click()

    async def does(self, message: Locator, act: str) -> None:
        """Choose one of the things that can be done with a message."""
        await message.hover()
        await message.locator(".more").click()
        await self.page.locator("#actions").get_by_role("button", name=act).click()

    async def keeps(self, name: str) -> None:
        """Leave a picture; nothing in it may be cut off."""
        await self.page.screenshot(path=PICTURES / f"{name}.png")
        assert await cut_off(self.page) == [], name

    async def teaches(self, text: str, face: str) -> Locator:
        """Send a message, correct what is read for the first time, and agree to its being kept."""
        answer = await self.writes(text)
        await self.taps(answer, face)
        await expect(answer).to_contain_text("May I keep")
        await self.taps(answer, "Yes, keep them")
        await expect(answer).to_contain_text("I'll learn from it")
        return answer

    async def retrains(self, *, within: float) -> Locator:
        """As the admin: have it learn, and wait for the end; gives the message with the verdict."""
        told = await self.writes("/retrain")
        await expect(told).to_contain_text(re.compile("[✅✋⚠]"), timeout=within * 1000)
        return told


@asynccontextmanager
async def visitor(
    browser: Browser,
    url: str,
    width: int = 1280,
    height: int = 800,
    *,
    scale: float = 1,
    color_scheme: Literal["light", "dark"] = "light",
    locale: str = "en",
) -> AsyncIterator[Visitor]:
    """Open the page, which must ask for nothing from elsewhere and have no error."""
    page = await browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme=color_scheme,
        locale=locale,
        reduced_motion="reduce",
    )
    wrong: list[str] = []

    def heard(request: Any) -> None:
        if not request.url.startswith(url):
            wrong.append(request.url)

    page.on("request", heard)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda told: wrong.append(told.text))
    await page.goto(url)
    await expect(page.get_by_role("navigation").get_by_role("button").first).to_be_visible()
    yield Visitor(page)
    await page.close()
    assert wrong == [], wrong


async def cut_off(page: Page) -> list[str]:
    """The beginnings of what holds more than is seen of it from side to side."""
    found: list[str] = await page.evaluate(
        "[document.documentElement, ...document.querySelectorAll('#log, #panel-body, #actions, #menu, .row > *, pre')]"
        ".filter(part => part.scrollWidth > part.clientWidth).map(part => part.outerHTML.slice(0, 80))"
    )
    return found


async def violations(page: Page) -> list[str]:
    """What axe finds: the rule and the element."""
    found = (await Axe().run(page)).response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


def lesson(classifier: Classifier) -> tuple[str, Emotion]:
    """A message that may train and that is not read as what it is, and what it is; best one read as something else."""
    open_ones = [(text, label) for text, label in LESSONS if not is_held_out(text)]
    wrong = [(text, label) for text, label in open_ones if classifier.read(text).emotion != label]
    misread = [one for one in wrong if classifier.read(one[0]).emotion is not None]
    return (misread or wrong)[0]
