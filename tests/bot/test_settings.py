"""Settings: where they come from, and what is said of wrong ones."""

import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from bot import application
from bot.delivery.front import Front
from bot.learning import samples
from bot.learning.schedule import last_fire
from bot.settings import Settings, SettingsError, load
from bot.storage.vault import Vault

EXAMPLE = Path(__file__).parents[2] / ".env.example"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
KEY = urlsafe_b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this shell's settings nor a developer's `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default() -> None:
    settings = load()
    assert settings.telegram_bot_token is None
    assert settings.database_url == "sqlite:///var/feelback.db"
    assert settings.trainer is True
    assert settings.admin_ids == frozenset()


def test_values_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "TELEGRAM_BOT_TOKEN": "123456:abc-DEF",
        "TELEGRAM_API_URL": "http://127.0.0.1:8081/",
        "ADMIN_IDS": "12, 6000000005,",
        "DATASET_DIR": str(tmp_path),
        "CORPORA": "tweeteval, goemotions",
        "LOG_LEVEL": "debug",
        "TRAINER": "Off",
        "TEXT_KEYS": f"{KEY},{KEY}",
        "RETRAIN_CRON": "30 4 * * mon",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert settings.telegram_bot_token is not None
    assert settings.telegram_bot_token.get_secret_value() == "123456:abc-DEF"
    assert settings.telegram_api_url == "http://127.0.0.1:8081"
    assert settings.admin_ids == {12, 6000000005}
    assert settings.dataset_dir == tmp_path
    assert settings.corpora == ("tweeteval", "goemotions")
    assert settings.log_level == "DEBUG"
    assert settings.trainer is False
    assert [key.get_secret_value() for key in settings.text_keys] == [KEY, KEY]
    assert settings.retrain_cron == "30 4 * * mon"


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("ADMIN_IDS=1\nTRAINER=off\nSOMETHING_ELSE=x\n", encoding="utf-8")
    monkeypatch.setenv("ADMIN_IDS", "2")
    settings = load()
    assert settings.admin_ids == {2}
    assert settings.trainer is False


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    assert load() == Settings()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("TELEGRAM_API_URL", "ftp://example.org", "https://"),
        ("TELEGRAM_API_URL", "https://", "https://"),
        ("DATABASE_URL", "mysql://host/name", "sqlite:///PATH or postgresql://"),
        ("DATABASE_URL", "sqlite:///", "sqlite:///PATH or postgresql://"),
        ("ADMIN_IDS", "12,Ada", "numeric Telegram ids"),
        ("DATASET_DIR", "/there/is/no/such/folder", "a folder that exists"),
        ("CORPORA", "goemotions,reddit", "goemotions,tweeteval"),
        ("SAFETY", "maybe", "on or off"),
        ("SAFETY_FILE", "/there/is/no/such/file", "a file that exists"),
        ("LOG_LEVEL", "loud", "DEBUG, INFO, WARNING or ERROR"),
        ("TRAINER", "maybe", "on or off"),
        ("RETRAIN_CRON", "at night", "five cron fields"),
        ("RETRAIN_CRON", "61 * * * *", "five cron fields"),
        ("RETRAIN_MIN_CORRECTIONS", "0", "from 1 to"),
        ("RETRAIN_TIME_LIMIT", "1h", "seconds"),
        ("RETRAIN_THREADS", "-1", "from 1 to"),
        ("KEEP_TEXTS", "for ever", "days from 1 to 36500"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load()
    line = str(raised.value)
    assert line.startswith(f"{name}: ")
    assert repr(value) in line
    assert allowed in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("TELEGRAM_BOT_TOKEN", "hunter2", "hunter2"),
        ("TEXT_KEYS", f"{KEY},hunter2", "hunter2"),
        ("TEXT_KEYS", f"{KEY}hunter2", KEY),
        ("DATABASE_URL", "mysql://someone:hunter2@host/name", "hunter2"),
        ("DATABASE_URL", "postgresql:/host/name?password=hunter2", "hunter2"),
        ("TELEGRAM_API_URL", "someone:hunter2@host", "hunter2"),
    ],
)
def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str, secret: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load()
    assert str(raised.value).startswith(f"{name}: the value is not allowed; give ")
    assert secret not in str(raised.value)
    assert raised.value.__cause__ is None


def test_every_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINER", "maybe")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    with pytest.raises(SettingsError) as raised:
        load()
    assert [line.partition(":")[0] for line in str(raised.value).splitlines()] == ["LOG_LEVEL", "TRAINER"]


def test_a_file_that_is_no_text_is_named() -> None:
    Path(".env").write_bytes(b"ADMIN_IDS=\xff\xfe1")
    with pytest.raises(SettingsError, match=r"^\.env: "):
        load()


def test_secrets_are_hidden_in_what_is_printed_and_listed_for_the_log() -> None:
    url = "postgresql://someone:p%40ss@host/name"
    settings = load(
        telegram_bot_token="123456:abcdefgh-token",
        telegram_api_url="https://someone:pass-word@host",
        text_keys=KEY,
        database_url=url,
    )
    hidden = {"123456:abcdefgh-token", "abcdefgh-token", KEY, "p%40ss", "p@ss", "pass-word"}
    assert hidden == set(settings.secrets())
    assert not any(secret in repr(settings) for secret in settings.secrets())


def test_the_example_can_be_used_as_it_is() -> None:
    Path(".env").write_text(re.sub(r"^#([A-Z_]+=)", r"\1", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert load() == Settings()


ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
STARTS = {
    "listen": ("127.0.0.", "::"),
    "retrain_cron": ("* * * * ", "1 "),
    "telegram_api_url": ("https://", "http://h"),
    "webhook_url": ("https://", "https://h/"),
    "database_url": ("sqlite:///", "postgresql://", "postgresql://u:p@h:"),
}
"""Of settings of a form of their own, how that begins."""
NAMES = [*sorted(Settings.model_fields), *3 * list(STARTS)]


def values_of(name: str) -> st.SearchStrategy[str]:
    ends = st.text(st.sampled_from("ab1:/@?#[]%{}.,-* \n٣ü"), max_size=12)
    numbers = st.integers() | st.sampled_from([10**9, 10**12, 10**30])
    lists = st.lists(numbers.map(str) | st.sampled_from([KEY, "on", "٣", "1e3", "a" * 70]), max_size=3).map(",".join)
    return st.one_of(ANY_TEXT, lists, *(ends.map(start.__add__) for start in STARTS.get(name, ())))


@hypothesis_settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([*sorted(Settings.model_fields), *3 * list(STARTS)]).flatmap(
        lambda name: st.tuples(st.just(name), values_of(name))
    )
)
def test_any_value_is_refused_in_one_line_or_can_be_used(one: tuple[str, str]) -> None:
    name, value = one
    try:
        settings = load(**{name: value})
    except SettingsError as error:
        line = str(error)
        assert line.startswith(f"{name.upper()}: ")
        assert line.isprintable()
        return
    keeps = application.kept(settings)
    assert all(NOW - time < NOW for time in (keeps.texts, keeps.readings, keeps.logs, keeps.remembering))
    whole = [value for value in vars(settings).values() if isinstance(value, int)]
    assert all(abs(number) < 2**63 for number in (*whole, *settings.admin_ids))
    samples.weigh([], {}, application.limits(settings))
    assert application.means(settings).folder
    settings.listen.encode("idna")
    httpx.URL(settings.telegram_api_url)
    make_url(settings.database_url)
    assert all(settings.secrets())
    Vault([key.get_secret_value() for key in settings.text_keys])
    last_fire(CronTrigger.from_crontab(settings.retrain_cron, timezone=UTC), NOW)
    if settings.webhook_url is not None:
        httpx.URL(settings.webhook_url)
        Front(urlsplit(settings.webhook_url).path, "secret")
