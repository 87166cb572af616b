"""The bot and the playground in one process: chat with it on a local page, with no token and no network."""

import asyncio
import errno
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet

from bot.application import serve
from bot.inspector import Inspector
from bot.playground.chats import ADMIN
from bot.playground.server import Playground
from bot.playground.telegram import Telegram
from bot.settings import Settings, load
from bot.storage.database import Database
from bot.storage.migration import upgrade
from bot.storage.vault import Vault
from bot.story import Story

FOLDER: Final = Path("var/demo")
PORT: Final = 8765
_PORTS: Final = 20
"""How many ports are tried, from the one that was asked for."""


async def demo(folder: Path, port: int, stop: asyncio.Event, tell: Callable[[str], None]) -> None:
    """Run both until `stop` is set. `tell` gets the lines that a person should read.

    Raises:
        OSError: no port was free, or `folder` can't be written to.
        NotPossibleError: a part of the bot can't start.
    """
    telegram = Telegram(last_id=time.time_ns() // 1_000_000)  # what is stored knows the ids of before
    playground = Playground(telegram)
    playground.story = Story()
    settings = await asyncio.to_thread(_settings, folder, playground.token)
    await asyncio.to_thread(upgrade, settings.database_url)
    with Database(settings.database_url) as database:
        playground.look = Inspector(database, Vault([key.get_secret_value() for key in settings.text_keys]))
        await _start(playground, port, tell)
        try:
            tell(
                f"Chat with Feelback at {playground.url} – Ctrl-C ends it. "
                f"What it stores is in {folder}; the chats on the page begin anew with each start."
            )
            await serve(settings.model_copy(update={"telegram_api_url": playground.url}), stop)
        finally:
            await playground.stop()


def _settings(folder: Path, token: str) -> Settings:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return load(
        telegram_bot_token=token,
        database_url=f"sqlite:///{folder}/feelback.db",
        admin_ids=str(ADMIN.id),
        text_keys=_key(folder / "text.key"),
        webhook_url=None,
        port=None,
    )


def _key(path: Path) -> str:
    """The key that encrypts kept texts, made at the first start, for its owner's eyes only."""
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text(Fernet.generate_key().decode(), encoding="ascii")
        unfinished.rename(path)
    return path.read_text(encoding="ascii").strip()


async def _start(playground: Playground, port: int, tell: Callable[[str], None]) -> None:
    for candidate in range(port, port + _PORTS):
        try:
            await playground.start(candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate == port + _PORTS - 1:
                raise
        else:
            if candidate != port:
                tell(f"Port {port} is taken, so it is {candidate}.")
            return
