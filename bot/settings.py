"""Every setting, from the environment and from `.env`; the environment wins."""

import re
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import unquote, urlsplit

from apscheduler.triggers.cron import CronTrigger
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_SWITCH: Final = {"on": True, "off": False}
OWN_PATHS: Final = ("/healthz", "/readyz", "/metrics")
"""What the port serves beside the webhook."""

_DAYS: Final = 36_500
"""The most days that anything is kept: a hundred years, which times can be reckoned with."""

_LARGEST_ID: Final = 2**63 - 1
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(ValueError):
    """One line for each wrong setting: its name, its value unless secret, and what is allowed."""


def _token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[\w-]+", value.get_secret_value(), re.ASCII):
        raise ValueError
    return value


def _api_url(value: str) -> str:
    from httpx import URL, InvalidURL

    urlsplit(value)
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", value):
        raise ValueError
    try:
        URL(value)
    except InvalidURL:
        raise ValueError from None
    return value.rstrip("/")


def _webhook_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+/[^\s?#{}]+", value) or urlsplit(value).path in OWN_PATHS:
        raise ValueError
    return value


def _secret(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
        raise ValueError
    return value


def _database_url(value: str) -> str:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    urlsplit(value)
    if not (value.isprintable() and re.fullmatch(r"sqlite:///(?!:memory:)[^\s?][^?]*|postgresql://\S+", value)):
        raise ValueError
    try:
        make_url(value)
    except ArgumentError:
        raise ValueError from None
    return value


def _ids(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    ids = frozenset(int(part) for part in value.split(",") if part.strip())
    if not all(0 < id_ <= _LARGEST_ID for id_ in ids):
        raise ValueError
    return ids


def _corpora(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    from ml.corpora import CORPORA

    names = tuple(part.strip() for part in value.split(",") if part.strip() not in ("", "none"))
    if not CORPORA.keys() >= set(names):
        raise ValueError
    return names


def _address(value: str) -> str:
    value.encode("idna")  # raises a ValueError where it can be no address
    if not re.fullmatch(r"[\w.:%-]+", value):
        raise ValueError
    return value


def _keys(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    keys = [part.strip() for part in value.split(",") if part.strip()]
    if not all(re.fullmatch(r"[A-Za-z0-9_-]{43}=", key) for key in keys):
        raise ValueError
    return tuple(SecretStr(key) for key in keys)


def _switch(value: Any) -> Any:
    return _SWITCH[value.strip().lower()] if isinstance(value, str) and value.strip().lower() in _SWITCH else value


def _level(value: str) -> str:
    if value.upper() not in _LEVELS:
        raise ValueError
    return value.upper()


def _folder(value: Path) -> Path:
    if not value.is_dir():
        raise ValueError
    return value


def _file(value: Path) -> Path:
    if not value.is_file():
        raise ValueError
    return value


def _cron(value: str) -> str:
    CronTrigger.from_crontab(value)
    return value


def _setting(default: Any, says: str, allowed: str, make: str = "", **bounds: Any) -> Any:
    """A setting: what it is, what is allowed, and the command that makes one, where there is one."""
    return Field(default, description=says, json_schema_extra={"allowed": allowed, "make": make}, **bounds)


def _number(default: int, says: str, of: str = "", *, least: int = 1, most: int = 1_000_000_000) -> Any:
    """A setting that is a whole number, of seconds or days if that is said."""
    what = f"a whole number of {of}" if of else "a whole number"
    return _setting(default, says, f"{what} from {least} to {most}", ge=least, le=most)


class Settings(BaseSettings):
    """What an operator can set. `load` turns wrong values into a `SettingsError`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, str_strip_whitespace=True
    )

    telegram_bot_token: Annotated[SecretStr, AfterValidator(_token)] | None = _setting(
        None,
        "The bot's token, as @BotFather gives it. `feelback run` needs it.",
        "a token as @BotFather gives it, such as 123456:ABC-def",
    )
    telegram_api_url: Annotated[str, AfterValidator(_api_url)] = _setting(
        "https://api.telegram.org",
        "The Bot API server to talk to.",
        "an address that starts with https:// or http://",
        repr=False,
    )
    database_url: Annotated[str, AfterValidator(_database_url)] = _setting(
        "sqlite:///var/feelback.db",
        "Where everything is stored: sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME.",
        "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
        repr=False,
    )
    admin_ids: Annotated[frozenset[int], NoDecode, BeforeValidator(_ids)] = _setting(
        frozenset(),
        "Telegram ids of the bot's admins, separated by commas; /help tells them what they can do.",
        "numeric Telegram ids separated by commas, such as 12345,67890",
    )
    dataset_dir: Annotated[Path, AfterValidator(_folder)] | None = _setting(
        None,
        "Folder of the data set; without it a retraining starts from the shipped model.",
        "a folder that exists",
    )
    corpora: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_corpora)] | None = _setting(
        None,
        "Chat corpora that train beside the data set, by name, separated by commas; all that are there unless set.",
        "names of corpora as docs/model-card.md has them, such as goemotions,tweeteval, or none",
    )
    log_level: Annotated[str, AfterValidator(_level)] = _setting(
        "INFO", "How much is logged: DEBUG, INFO, WARNING or ERROR.", "DEBUG, INFO, WARNING or ERROR"
    )
    trainer: Annotated[bool, BeforeValidator(_switch)] = _setting(
        True, "Whether this process trains: on or off. Training needs the extra `train`.", "on or off"
    )
    text_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_keys)] = _setting(
        (),
        "Keys that encrypt kept texts, separated by commas, the newest first; without one no text is kept.",
        "Fernet keys (32 bytes in url-safe base64) separated by commas",
        make='python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
    )
    webhook_url: Annotated[str, AfterValidator(_webhook_url)] | None = _setting(
        None,
        "Where Telegram brings updates to; without it they are polled. Its path is served on PORT.",
        "an address that starts with https:// (or http://, for a Bot API server of your own) and has a path of its own",
        repr=False,
    )
    webhook_secret: Annotated[SecretStr, AfterValidator(_secret)] | None = _setting(
        None,
        "What Telegram sends along to the webhook to show that it is Telegram; a webhook needs one.",
        "1 to 256 letters, digits, _ and -",
        make='python -c "import secrets; print(secrets.token_urlsafe(32))"',
    )
    listen: Annotated[str, AfterValidator(_address)] = _setting(
        "127.0.0.1",
        "The address of this machine to listen on; 0.0.0.0 for all of them.",
        "an address of this machine, such as 127.0.0.1",
    )
    port: int | None = _setting(
        None,
        "The port of the webhook, /healthz, /readyz and /metrics: 8080 with a webhook, none without, unless set.",
        "a number from 1 to 65535",
        ge=1,
        le=65535,
    )
    messages_a_minute: int = _number(20, "How many messages of one person are read in a minute.")
    inline_a_minute: int = _number(60, "How many inline queries of one person are answered in a minute.")
    safety: Annotated[bool, BeforeValidator(_switch)] = _setting(
        True, "Whether somebody who writes of hurting themselves is told where help is found: on or off.", "on or off"
    )
    safety_file: Annotated[Path, AfterValidator(_file)] | None = _setting(
        None, "Which words call for that, and what is told; without it `bot/replies/safety.toml`.", "a file that exists"
    )
    retrain_cron: Annotated[str, AfterValidator(_cron)] = _setting(
        "0 3 * * *",
        "When to look whether a retraining is due, as five cron fields, in UTC.",
        "five cron fields, such as 0 3 * * *",
    )
    retrain_min_corrections: int = _number(20, "How many new corrections make a scheduled retraining worth it.")
    retrain_time_limit: int = _number(3600, "Seconds after which a retraining is stopped.", "seconds", least=60)
    retrain_threads: int = _number(2, "Processor threads that a retraining may use.")
    person_weight: int = _number(
        50,
        "What one person's corrections may weigh together, in corrections, once more than 3 people correct; "
        "or twice the median of all people's, if that is more.",
    )
    corrections_weight: int = _number(
        20_000,
        "What all corrections may weigh together beside the base, in corrections, once more than 3 people correct.",
    )
    keep_texts: int = _number(365, "Days that corrected texts are kept.", "days", most=_DAYS)
    keep_readings: int = _number(180, "Days that readings are kept whose text is not kept.", "days", most=_DAYS)
    keep_logs: int = _number(90, "Days that the end of a retraining's log is kept.", "days", most=_DAYS)
    keep_bundles: int = _number(
        10, "How many models stay that can serve again, of those that served and of those that never did, each."
    )

    def secrets(self) -> tuple[str, ...]:
        """All that must never be shown: the token, the keys of texts, passwords in addresses."""
        hidden = [key.get_secret_value() for key in self.text_keys]
        if self.telegram_bot_token:
            token = self.telegram_bot_token.get_secret_value()
            hidden += [token, token.partition(":")[2]]
        if self.webhook_secret:
            hidden.append(self.webhook_secret.get_secret_value())
        for url in (self.telegram_api_url, self.database_url):
            password = urlsplit(url).password
            hidden += [password, unquote(password)] if password else []
        return tuple(hidden)


def load(**values: Any) -> Settings:
    """Read the settings; `values` win over the environment and `.env`.

    Raises:
        SettingsError: one line for each setting whose value is not allowed.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        wrong = {str(part["loc"][0]): part["input"] for part in error.errors()}
        raise SettingsError("\n".join(_complaint(name, value) for name, value in wrong.items())) from None
    except UnicodeDecodeError:
        raise SettingsError(".env: not a text in UTF-8") from None


def _complaint(name: str, value: Any) -> str:
    field = Settings.model_fields[name]
    assert isinstance(field.json_schema_extra, dict)  # noqa: S101 - _setting gives every field one
    secret = "SecretStr" in str(field.annotation) or (name.endswith("_url") and re.search("[@?]", str(value)))
    shown = "the value" if secret else repr(str(value))
    return f"{name.upper()}: {shown} is not allowed; give {field.json_schema_extra['allowed']}"
