"""What `feelback doctor` finds: a line for each part that the bot needs, and what to do where one is not well.

It looks and changes nothing, so it may look while bots run.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.application import means
from bot.delivery.connections import proxy_to
from bot.learning import live
from bot.learning.trainer import ALIVE, can_train
from bot.replies import safety
from bot.replies.safety import SafetyError
from bot.settings import Settings
from bot.storage import corrections, models, trainers
from bot.storage.database import Database
from bot.storage.migration import is_current, is_newer
from bot.storage.vault import HOW_TO, Vault
from ml.bundle import SHIPPED, BundleError

MOST_SKEW: Final = timedelta(seconds=10)
"""By how much the clock may differ from Telegram's; leases of updates are 15 s."""

LEAST_DISK: Final = 500 * 2**20
"""Bytes that a retraining should find free: its files, TensorFlow's own, and the model that goes into the database."""

_ANSWER_SECONDS: Final = 10.0
_TEXTS: Final = 1000
"""Kept texts that are decrypted to see whether the keys fit, the oldest first, as an old key is what gets lost."""

_UNAUTHORIZED: Final = (401, 404)
_DRIVE: Final = 2**30


class Verdict(StrEnum):
    """How a part is; the value is its mark."""

    WELL = "✓"
    NOTE = "!"
    """It works, and there is something to know."""
    ILL = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: which part, how it is, and what to do where it is not well."""

    verdict: Verdict
    part: str
    told: str


async def examine(settings: Settings, clock: Callable[[], datetime]) -> AsyncIterator[Finding]:
    """Look at one part after another."""
    url = settings.telegram_api_url
    verify = url.startswith("https")
    async with httpx.AsyncClient(
        proxy=proxy_to(url), trust_env=False, verify=verify, timeout=_ANSWER_SECONDS
    ) as client:
        api = _BotApi(client, settings)
        yield _token(settings, await api.ask("getMe"))
        yield _webhook(settings, await api.ask("getWebhookInfo"), clock())
        yield await _clock(api, clock)
    yield _admins(settings)
    yield await asyncio.to_thread(_safety, settings)
    reachable, migrated = await asyncio.to_thread(_database, settings)
    yield reachable
    yield migrated
    if migrated.verdict is not Verdict.WELL:
        yield await asyncio.to_thread(_shipped)
        yield _keys(settings)
        yield _trainer(settings, None)
    else:
        with Database(settings.database_url) as database:
            yield await asyncio.to_thread(_bundle, database)
            yield await asyncio.to_thread(_keys, settings, database)
            yield _trainer(settings, await database.read(trainers.alive, clock() - ALIVE))
    yield _disk(means(settings).folder)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the Bot API said: a status of 0 where it said nothing, and then why."""

    status: int
    result: dict[str, Any]
    why: str = ""


class _BotApi:
    def __init__(self, client: httpx.AsyncClient, settings: Settings) -> None:
        self._client = client
        self._url = settings.telegram_api_url
        self._token = settings.telegram_bot_token
        self.host = urlsplit(self._url).hostname

    async def ask(self, method: str) -> _Answer | None:
        """What a method gives; None without a token. An error's own words may hold the address, so the token."""
        if self._token is None:
            return None
        try:
            response = await self._client.get(f"{self._url}/bot{self._token.get_secret_value()}/{method}")
            given = response.json()
            return _Answer(response.status_code, given.get("result") or {}, str(given.get("description", "")))
        except httpx.HTTPError as error:
            return _Answer(0, {}, type(error).__name__)
        except (ValueError, AttributeError):
            return _Answer(0, {}, "an answer that is none of the Bot API")

    async def date(self) -> datetime | None:
        """The time there, as it stands in the head of an answer."""
        response = await self._client.get(self._url)
        return parsedate_to_datetime(response.headers["date"]) if "date" in response.headers else None


def _token(settings: Settings, me: _Answer | None) -> Finding:
    host = urlsplit(settings.telegram_api_url).hostname
    if me is None:
        return _ill("token", "TELEGRAM_BOT_TOKEN is not set: get one from @BotFather and put it into .env")
    if me.status in _UNAUTHORIZED:
        return _ill("token", f"{host} refuses TELEGRAM_BOT_TOKEN: get the current one from @BotFather")
    if not me.result:
        return _ill("token", f"{host} can't be asked ({me.why}): is there a network, and is TELEGRAM_API_URL right?")
    name = f"@{me.result.get('username')}"
    if not me.result.get("supports_inline_queries"):
        return _note("token", f"is that of {name}; for `{name} text` in any chat, send /setinline to @BotFather")
    return _well("token", f"is that of {name}")


def _webhook(settings: Settings, info: _Answer | None, now: datetime) -> Finding:
    url = settings.webhook_url
    if url and settings.webhook_secret is None:
        return _ill("webhook", "WEBHOOK_URL is set, WEBHOOK_SECRET is not: set it to 1 to 256 letters, digits, _ and -")
    if info is None or info.status != httpx.codes.OK:
        return _note("webhook", "what Telegram knows of it can't be asked")
    known, waiting = info.result.get("url", ""), info.result.get("pending_update_count", 0)
    if known != (url or ""):
        there = "has another address" if known and url else "has an address" if known else "has no address"
        then = "sets WEBHOOK_URL" if url else "removes it, and polls"
        return _note("webhook", f"Telegram {there} for it: the next start of the bot {then}")
    if url and (failed_at := info.result.get("last_error_date")):
        ago = max(int(now.timestamp()) - failed_at, 0)
        reason = info.result.get("last_error_message", "")
        told = f"Telegram's last failure was {ago} s ago, “{reason}”, and {waiting} updates wait"
        if not waiting:
            return _note("webhook", told)
        return _ill("webhook", f"{told}: does the bot run, and does what is in front of it pass the path on?")
    way = f"Telegram brings updates to {urlsplit(url).hostname}" if url else "none, updates are polled"
    return _well("webhook", f"{way}; {waiting} wait")


async def _clock(api: _BotApi, clock: Callable[[], datetime]) -> Finding:
    before = clock()
    try:
        theirs = await api.date()
    except httpx.HTTPError:
        theirs = None
    if theirs is None:
        return _note("clock", f"could not be compared with that of {api.host}")
    between = before + (clock() - before) / 2
    skew = between - theirs
    if abs(skew) > MOST_SKEW:
        which = "fast" if skew > timedelta() else "slow"
        seconds = abs(skew).total_seconds()
        return _ill("clock", f"is {seconds:.0f} s {which}: have the machine set it from the network (NTP)")
    return _well("clock", f"agrees with {api.host}")


def _admins(settings: Settings) -> Finding:
    count = len(settings.admin_ids)
    if not count:
        return _note("admins", "ADMIN_IDS is empty: nobody can /retrain or see /stats; put your Telegram id there")
    return _well("admins", "one" if count == 1 else f"{count} of them")


def _safety(settings: Settings) -> Finding:
    """The words of somebody in danger, and what they are told."""
    if not settings.safety:
        return _note("safety", "SAFETY=off: who writes of hurting themselves is not told where help is found")
    path = settings.safety_file or safety.SHIPPED
    try:
        safety.load(path)
    except SafetyError as error:
        return _ill("safety", f"SAFETY_FILE: {error}; mend it, with bot/replies/safety.toml as the example")
    return _well("safety", f"words and help are those of {path.name}")


def _database(settings: Settings) -> tuple[Finding, Finding]:
    """Whether it can be reached, and whether its tables are those of this version."""
    url = make_url(settings.database_url)
    what = f"PostgreSQL at {url.host}"
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        what = f"SQLite, {path}"
        if not path.exists():
            return _note("database", f"{what}, is not there yet"), _ill(
                "migrations", "none yet: run `feelback migrate`"
            )
    try:
        current = is_current(settings.database_url)
        newer = not current and is_newer(settings.database_url)
    except SQLAlchemyError as error:
        told = f"{what} can't be used ({type(error).__name__}): is it there, and is DATABASE_URL right?"
        return _ill("database", told), _note("migrations", "can't be seen without the database")
    reached = _well("database", what)
    if newer:
        return reached, _ill("migrations", "are of a newer version: run that one, or restore the backup")
    if not current:
        return reached, _ill("migrations", "some are missing: back up, then run `feelback migrate`")
    return reached, _well("migrations", "are those of this version")


def _shipped() -> Finding:
    """The bundle that an empty database begins with."""
    try:
        content = SHIPPED.read_bytes()
        live.load(content, sha256(content).hexdigest())
    except (BundleError, OSError) as error:
        return _ill("bundle", f"the shipped one can't be used ({error}): install Feelback anew")
    return _well("bundle", "the shipped one reads its examples as it should")


def _bundle(database: Database) -> Finding:
    champion = database.read_now(models.champion)
    if champion is None:
        return _shipped()
    try:
        live.load(database.read_now(models.bundle, champion.version), champion.sha256)
    except (BundleError, LookupError) as error:
        others = sorted(database.read_now(models.with_bundles) - {champion.version}, reverse=True)
        then = f"run `feelback rollback` to one of {', '.join(map(str, others))}" if others else "start the bot once"
        told = f"version {champion.version} can't serve ({error}), so the shipped one does: {then}"
        return _ill("bundle", told)
    return _well("bundle", f"version {champion.version} reads its examples as it should")


def _keys(settings: Settings, database: Database | None = None) -> Finding:
    count, vault = len(settings.text_keys), Vault([key.get_secret_value() for key in settings.text_keys])
    if not vault.can_keep:
        return _note("text keys", f"TEXT_KEYS is empty, so nothing is learned from people; {HOW_TO}")
    if database is None:
        return _well("text keys", f"{count}")
    kept = database.read_now(corrections.for_training)
    lost = sum(not _opens(vault, correction.cipher) for correction in islice(kept, _TEXTS))
    if lost:
        return _ill("text keys", f"{lost} kept texts can't be decrypted: put the older key back, last in TEXT_KEYS")
    return _well("text keys", f"{count}, and the kept texts can be decrypted")


def _opens(vault: Vault, cipher: bytes) -> bool:
    try:
        vault.decrypt(cipher)
    except ValueError:
        return False
    return True


def _trainer(settings: Settings, alive: int | None) -> Finding:
    if settings.trainer and can_train():
        return _well("trainer", "the extra `train` is installed")
    if alive:
        return _well("trainer", "another process trains")
    if settings.trainer:
        return _note("trainer", "the extra `train` is missing, so nobody trains: pip install 'feelback[train]'")
    return _note("trainer", "TRAINER=off, and no other process is known to train: set it to on in one of them")


def _disk(folder: Path) -> Finding:
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(there).free
    told = f"{free / _DRIVE:.1f} GB free in {there}"
    if not os.access(there, os.W_OK | os.X_OK):
        return _ill("disk", f"{there} can't be written to: give it to the user that runs the bot")
    if free < LEAST_DISK:
        return _ill("disk", f"{told}, and a retraining needs {LEAST_DISK / _DRIVE:.1f}: make room")
    return _well("disk", told)


def _well(part: str, told: str) -> Finding:
    return Finding(Verdict.WELL, part, told)


def _note(part: str, told: str) -> Finding:
    return Finding(Verdict.NOTE, part, told)


def _ill(part: str, told: str) -> Finding:
    return Finding(Verdict.ILL, part, told)
