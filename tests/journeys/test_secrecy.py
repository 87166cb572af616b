"""What never reaches a log, an error, /metrics or a traceback: tokens, keys, passwords, and what people write."""

import asyncio
import io
import json
import os
import signal
import sys
from pathlib import Path

import httpx
import psycopg
import pytest
from cryptography.fernet import Fernet

from bot.logs import configure
from bot.playground.faults import half, no_json, no_json_failure, refused
from bot.playground.person import Person
from bot.playground.server import Playground
from bot.settings import load
from bot.storage.migration import upgrade

from .conftest import House, says, shows
from .replica import ROOT, Replica, free_port

WORDS = ("marmalade", "zeppelin")


async def test_a_whole_conversation_at_debug_logs_no_secret_and_no_word(
    house: House, log: io.StringIO, ana: Person, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.stop()
    configure("DEBUG", house.settings.secrets(), log)
    await house.start()
    reply = await ana.hears(await ana.writes(f"i love {WORDS[0]}"))
    await ana.taps(reply, "Fear")
    await ana.sees(shows(reply, "May I keep"))
    await ana.taps(reply, "Yes")
    await ana.sees(shows(reply, "learn from it"))
    await ana.writes(f"/{WORDS[1]}")
    await ana.sees(says("don't know this command"))
    await ada.writes("/stats")
    await ada.sees(says("One reading"))

    def broken(text: str) -> None:
        raise ValueError(f"cannot read {text}")

    monkeypatch.setattr("ml.classifier.Classifier.read", lambda _, text: broken(text))
    await ana.writes(f"what a {WORDS[1]}")
    await ana.sees(says("went wrong on my side"))
    await house.playground.stop()
    await house.stop()

    text = log.getvalue()
    assert "model version 1" in text
    assert "ValueError at bot/handlers/hearing.py:" in text
    assert "could not" in text
    for secret in (*house.settings.secrets(), *WORDS):
        assert secret not in text


async def command(settings: dict[str, str], *arguments: str) -> str:
    """All that a command says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, cwd=ROOT, env=os.environ | settings,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return output.decode()


async def test_real_processes_at_debug_tell_no_secret_and_no_word(
    playground: Playground, postgres_url: str, tmp_path: Path, ana: Person
) -> None:
    await asyncio.to_thread(upgrade, postgres_url)
    port = free_port()
    settings = {
        "TELEGRAM_BOT_TOKEN": playground.token,
        "TELEGRAM_API_URL": playground.url,
        "DATABASE_URL": postgres_url.replace("postgres:@", "postgres:p4ss%2Fword-of-the-database@"),
        "TEXT_KEYS": ",".join(Fernet.generate_key().decode() for _ in range(2)),
        "WEBHOOK_URL": f"http://127.0.0.1:{port}/hook",
        "WEBHOOK_SECRET": "s3cret-of-the-hook",
        "TRAINER": "off",
        "LOG_LEVEL": "DEBUG",
        "NO_COLOR": "1",
    }
    replica = Replica(settings, port, tmp_path / "log")
    await replica.start()
    try:
        reply = await ana.hears(await ana.writes(f"i love {WORDS[0]}"))
        await ana.taps(reply, "Fear")
        await ana.sees(shows(reply, "May I keep"))
        await ana.taps(reply, "Yes")
        await ana.sees(shows(reply, "learn from it"))
        quoting = refused(400, f"Bad Request: can't parse entities: {WORDS[1]}")
        playground.faults.let("sendMessage", no_json, half, no_json_failure, quoting)
        for _ in range(4):
            await ana.writes(f"what a {WORDS[1]}")
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'"
                " AND pid <> pg_backend_pid()"
            )
        await ana.writes(f"/{WORDS[1]}")
        await ana.sees(says("don't know this command"), within=20)
        assert playground.faults.over()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            body = json.dumps({"update_id": 1, "message": {"text": WORDS[0]}})
            for secret in ("wrong", settings["WEBHOOK_SECRET"]):
                for content in (body, body[:-3]):
                    told = {"X-Telegram-Bot-Api-Secret-Token": secret}
                    await http.post("/hook", content=content, headers=told)
            shown = [(await http.get(path)).text for path in ("/metrics", "/readyz", "/healthz", "/hook")]
        assert "feelback_updates_total" in shown[0]
    finally:
        await replica.end(signal.SIGTERM)
    wrong = {"DATABASE_URL": settings["DATABASE_URL"].replace("/postgres?host=", "/postgres?host=/nowhere")}
    commands = [
        await command(settings, "doctor"),
        await command(settings | wrong, "migrate"),
        await command(settings | {"TELEGRAM_BOT_TOKEN": f"{playground.token}x", "PORT": str(free_port())}, "run"),
        await command(settings | {"TEXT_KEYS": settings["TEXT_KEYS"] + "x", "LISTEN": "nowhere"}, "run"),
    ]
    log = replica.log.read_text(encoding="utf-8")
    assert "model version 1" in log
    assert "can't be used" in commands[1]
    assert "TELEGRAM_BOT_TOKEN" in commands[2]
    assert "TEXT_KEYS" in commands[3]
    everything = "\n".join([log, *shown, *commands])
    given = {name.lower(): value for name, value in settings.items() if name != "NO_COLOR"}
    for hidden in (*load(**given).secrets(), *WORDS):
        assert hidden not in everything
