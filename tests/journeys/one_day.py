"""A day of the bot in a process of its own, as the demo puts it together; prints what it had loaded
before the first picture and at the end.

A program for a test: in the process of the tests, others may have loaded anything.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from cryptography.fernet import Fernet

from bot.application import serve
from bot.playground.chats import ADMIN, Chat
from bot.playground.server import Playground
from bot.settings import load
from bot.storage.migration import upgrade


def says(words: str) -> Callable[[Chat], bool]:
    """Look for words in what the bot said."""
    return lambda chat: any(words in message.text for message in chat.messages.values() if message.from_bot)


async def day() -> dict[str, Any]:
    """A message, a correction, figures; beside it the trainer looks for runs, and the model for its successor."""
    playground, stop = Playground(), asyncio.Event()
    await playground.start()
    settings = load(
        telegram_bot_token=playground.token,
        telegram_api_url=playground.url,
        database_url="sqlite:///feelback.db",
        admin_ids=str(ADMIN.id),
        text_keys=Fernet.generate_key().decode(),
        trainer="on",
    )
    upgrade(settings.database_url)
    serving = asyncio.create_task(serve(settings, stop))
    ana, ada = playground.person("Ana"), playground.person("Ada")
    reading = await ana.hears(await ana.writes("i am so happy and thankful today"), within=60)
    await ana.taps(reading, "Love")
    await ana.sees(says("May I keep"))
    await ana.taps(reading, "Yes")
    await ana.sees(says("I'll learn from it"))
    before = loaded()
    await ada.writes("/stats")
    await ada.sees(says("Version 1 serves"))
    stop.set()
    await serving
    await playground.stop()
    return {"before a picture": before, "at the end": loaded()}


def loaded() -> list[str]:
    """Packages, without what is in them."""
    return sorted({name.partition(".")[0] for name in sys.modules})


if __name__ == "__main__":
    print(json.dumps(asyncio.run(day())))  # noqa: T201
