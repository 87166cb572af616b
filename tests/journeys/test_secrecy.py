"""What never reaches a log: the token, the keys, and what people write."""

import io

import pytest

from bot.logs import configure
from bot.playground.person import Person

from .conftest import House, says, shows

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
