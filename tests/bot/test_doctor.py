"""The doctor, at a playground's Bot API and real databases: what is well, what is not, and what it says to do."""

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, text
from typer.testing import CliRunner

from bot import doctor
from bot.application import now
from bot.cli import app
from bot.doctor import Verdict, examine
from bot.playground.chats import ADMIN
from bot.playground.server import Playground
from bot.settings import Settings, load
from bot.storage import corrections, models, people, readings, trainers
from bot.storage.database import Database
from bot.storage.migration import upgrade
from bot.storage.vault import Vault
from ml.bundle import SHIPPED, Bundle
from ml.classifier import Classifier
from ml.emotions import Emotion

ROOT = Path(__file__).parents[2]
ELSEWHERE = "http://127.0.0.1:1/hook"
"""Where nobody listens."""
TEXT = "i am so happy today"
KEY, OTHER_KEY = (Fernet.generate_key().decode() for _ in range(2))
PARTS = [
    "token",
    "webhook",
    "clock",
    "admins",
    "safety",
    "database",
    "migrations",
    "bundle",
    "text keys",
    "trainer",
    "disk",
]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this shell's settings nor a developer's `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def given(playground: Playground, database: Database, database_url: str) -> dict[str, Any]:
    """Settings with which nothing is amiss."""
    return {
        "telegram_bot_token": playground.token,
        "telegram_api_url": playground.url,
        "database_url": database_url,
        "admin_ids": str(ADMIN.id),
        "text_keys": KEY,
    }


@pytest.fixture
def unused(playground: Playground, migrated_file: Path) -> dict[str, Any]:
    """The same, on a database that no test changes."""
    return {
        "telegram_bot_token": playground.token,
        "telegram_api_url": playground.url,
        "database_url": f"sqlite:///{migrated_file}",
        "admin_ids": str(ADMIN.id),
        "text_keys": KEY,
    }


async def found(given: dict[str, Any], clock: Callable[[], datetime] = now) -> dict[str, tuple[Verdict, str]]:
    """Verdict and line of each part."""
    settings = load(**given)
    lines = {finding.part: (finding.verdict, finding.told) async for finding in examine(settings, clock)}
    told = " ".join(told for _, told in lines.values())
    assert not any(secret in told for secret in settings.secrets())
    return lines


async def test_a_bot_with_which_nothing_is_amiss_is_well(given: dict[str, Any], playground: Playground) -> None:
    lines = await found(given)
    assert list(lines) == PARTS
    assert {verdict for verdict, _ in lines.values()} == {Verdict.WELL}
    assert f"@{playground.telegram.bot.username}" in lines["token"][1]


async def test_the_command_says_a_line_for_each_part_and_ends_with_0(unused: dict[str, Any]) -> None:
    settings = {name.upper(): value for name, value in unused.items()}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "doctor"),
        env=os.environ | settings | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    assert (child.returncode, err) == (0, b"")
    assert [line[:12].strip() for line in out.decode().splitlines()] == [f"✓ {part}" for part in PARTS]


def test_the_command_ends_with_1_where_something_is_to_be_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:1")
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "✗ token      TELEGRAM_BOT_TOKEN is not set: get one from @BotFather" in result.stdout
    assert "✗ migrations none yet: run `feelback migrate`" in result.stdout
    assert not Path("var").exists()


@pytest.mark.parametrize(
    ("changes", "part", "verdict", "told"),
    [
        ({"telegram_bot_token": "1:not-this-one"}, "token", Verdict.ILL, "refuses TELEGRAM_BOT_TOKEN"),
        ({"telegram_api_url": "http://127.0.0.1:1"}, "token", Verdict.ILL, "ConnectError"),
        ({"telegram_api_url": "http://127.0.0.1:1"}, "clock", Verdict.NOTE, "could not be compared"),
        ({"admin_ids": ""}, "admins", Verdict.NOTE, "ADMIN_IDS"),
        ({"safety": "off"}, "safety", Verdict.NOTE, "SAFETY=off"),
        ({"safety_file": __file__}, "safety", Verdict.ILL, "SAFETY_FILE: "),
        ({"text_keys": ""}, "text keys", Verdict.NOTE, "Fernet.generate_key"),
        ({"trainer": "off"}, "trainer", Verdict.NOTE, "TRAINER=off"),
        ({"webhook_url": ELSEWHERE}, "webhook", Verdict.ILL, "WEBHOOK_SECRET"),
        ({"webhook_url": ELSEWHERE, "webhook_secret": "abc"}, "webhook", Verdict.NOTE, "sets WEBHOOK_URL"),
        ({"database_url": "sqlite:///new/feelback.db"}, "migrations", Verdict.ILL, "feelback migrate"),
        ({"database_url": f"sqlite:///{__file__}"}, "database", Verdict.ILL, "DATABASE_URL"),
        ({"database_url": "postgresql://a:hunter2@127.0.0.1:1/b"}, "database", Verdict.ILL, "PostgreSQL at 127.0.0.1"),
        ({"database_url": "postgresql://a:hunter2@127.0.0.1:1/b"}, "bundle", Verdict.WELL, "the shipped one"),
    ],
)
async def test_what_is_not_well_is_told_with_what_to_do(
    unused: dict[str, Any], changes: dict[str, str], part: str, verdict: Verdict, told: str
) -> None:
    found_verdict, line = (await found(unused | changes))[part]
    assert found_verdict is verdict
    assert told in line


@pytest.mark.parametrize(("ahead", "which"), [(-61, "slow"), (61, "fast")])
async def test_a_clock_that_is_wrong(unused: dict[str, Any], ahead: int, which: str) -> None:
    verdict, told = (await found(unused, lambda: now() + timedelta(seconds=ahead)))["clock"]
    assert verdict is Verdict.ILL
    assert which in told
    assert "NTP" in told


async def test_a_webhook_that_does_not_take_updates(unused: dict[str, Any], playground: Playground) -> None:
    playground.telegram.updates.set_webhook(ELSEWHERE, "abc")
    assert "removes it, and polls" in (await found(unused))["webhook"][1]
    ours = unused | {"webhook_url": ELSEWHERE, "webhook_secret": "abc"}
    assert (await found(ours))["webhook"][0] is Verdict.WELL
    await playground.person("Ana").writes("hello")
    async with asyncio.timeout(10):
        while playground.telegram.updates.last_failure is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    verdict, told = (await found(ours))["webhook"]
    assert verdict is Verdict.ILL
    assert "“Connection refused”, and 1 updates wait" in told
    playground.telegram.updates.drop()
    assert (await found(ours))["webhook"][0] is Verdict.NOTE


async def test_tables_of_another_version(given: dict[str, Any], database: Database, tmp_path: Path) -> None:
    older = f"sqlite:///{tmp_path}/older.db"
    await asyncio.to_thread(upgrade, older, "0001")
    verdict, told = (await found(given | {"database_url": older}))["migrations"]
    assert (verdict, "back up, then run `feelback migrate`" in told) == (Verdict.ILL, True)
    await database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    verdict, told = (await found(given))["migrations"]
    assert (verdict, "newer version" in told) == (Verdict.ILL, True)


async def test_a_model_that_cannot_serve(given: dict[str, Any], database: Database) -> None:
    for content in (SHIPPED.read_bytes(), b"damaged"):
        version = await database.write(models.add, content, metrics={}, base="shipped bundle", now=now())
        await database.write(models.promote, version, now())
        lines = await found(given)
        assert (lines["bundle"][0] is Verdict.WELL) is (version == 1)
    assert "version 2 can't serve" in lines["bundle"][1]
    assert lines["bundle"][1].endswith("run `feelback rollback` to one of 1")


async def test_a_key_that_is_lost(given: dict[str, Any], database: Database) -> None:
    def keep(connection: Connection) -> None:
        version = models.add(connection, SHIPPED.read_bytes(), metrics={}, base="shipped bundle", now=now())
        people.set_consent(connection, 1, given=True, now=now())
        said = Classifier(Bundle.load(SHIPPED)).read(TEXT)
        reading = readings.add(
            connection, chat_id=1, message_id=1, author_id=1, reading=said, model_version=version, now=now()
        )
        corrections.put(connection, reading, 1, Emotion.LOVE, now())
        vault = Vault([OTHER_KEY])
        corrections.keep_text(connection, reading, cipher=vault.encrypt(TEXT), key=vault.key_of(TEXT), held_out=False)

    await database.write(keep)
    verdict, told = (await found(given))["text keys"]
    assert verdict is Verdict.ILL
    assert "1 kept texts can't be decrypted" in told
    assert (await found(given | {"text_keys": f"{KEY},{OTHER_KEY}"}))["text keys"][0] is Verdict.WELL


async def test_who_trains_and_where(given: dict[str, Any], database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "can_train", lambda: False)
    monkeypatch.setattr(doctor, "LEAST_DISK", 2**60)
    lines = await found(given)
    assert lines["trainer"][0] is Verdict.NOTE
    assert "pip install 'feelback[train]'" in lines["trainer"][1]
    assert lines["disk"][0] is Verdict.ILL
    assert "make room" in lines["disk"][1]
    await database.write(trainers.seen, "another", now())
    assert (await found(given))["trainer"] == (Verdict.WELL, "another process trains")
