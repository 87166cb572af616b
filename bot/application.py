"""The one place that puts the parts together, and takes them apart again in order."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Collection, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from telegram import Update
from telegram.constants import ChatType, ParseMode
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ContextTypes, Defaults, ExtBot

from bot.delivery.claims import CURRENT, Claims, Counted, InHand
from bot.delivery.front import Front
from bot.delivery.handling import Handling
from bot.delivery.metrics import figures
from bot.delivery.polling import Polling
from bot.delivery.sending import Request, Sender, TokenRefusedError, never_left
from bot.delivery.webhook import Webhook
from bot.handlers.announcing import Announcer
from bot.handlers.context import CHOSEN, PARTS, Context, Parts
from bot.handlers.errors import failed
from bot.handlers.flooding import flooded
from bot.handlers.hearing import author_of
from bot.handlers.menu import set_menus
from bot.handlers.noticing import Notices
from bot.handlers.routes import UPDATES, Handler, handlers
from bot.learning.live import LiveModel
from bot.learning.retention import Retention
from bot.learning.run import Means
from bot.learning.samples import Limits
from bot.learning.schedule import Schedule
from bot.learning.tidying import tidy
from bot.learning.trainer import Trainer, can_train
from bot.learning.watch import Watch
from bot.replies import charts, safety
from bot.replies.safety import Safety, SafetyError
from bot.settings import Settings
from bot.storage import notices, people, runs, trainers
from bot.storage.database import AWAY, Database
from bot.storage.floods import Kind
from bot.storage.migration import is_current, is_newer
from bot.storage.runs import Outcome, RunRow
from bot.storage.vault import HOW_TO, Vault

_PORT: Final = 8080
_LONGEST_PAUSE: Final = 30.0
_WARM_AFTER: Final = 60.0
"""Seconds from the start until what draws pictures is loaded: first come the people who wait."""

_TURN: Final = 0.001
"""Seconds that a thread that loads a model, or weighs corrections, keeps the event loop waiting for its turn; Python's
own 5 ms showed as a pause of 20 at a swap."""

STOP_SECONDS: Final = 25.0
"""How long an orderly end may take; process managers wait for 30 seconds, and then kill."""

_FAREWELL: Final = 1.0
"""Seconds that telling of a run that was cut off may take."""

_log = logging.getLogger(__name__)

Telegram = Application[ExtBot[None], Context, dict[Any, Any], dict[Any, Any], dict[Any, Any], None]


class NotPossibleError(Exception):
    """Why what was asked for is not possible, and what to do about it, in one sentence."""


class DatabaseAwayError(NotPossibleError):
    """The database can't be reached, but may be soon."""


async def serve(settings: Settings, stop: asyncio.Event, *, takes_updates: bool = True) -> None:
    """Run the bot until `stop` is set; then finish what is in flight and stop every part.

    Args:
        settings: the settings.
        stop: ends it.
        takes_updates: whether people are answered; if not, all that goes on beside does, retraining above all.

    Raises:
        NotPossibleError: a part that it needs is missing or refuses.
    """
    if settings.telegram_bot_token is None:
        raise NotPossibleError(
            "TELEGRAM_BOT_TOKEN is not set: get a token from @BotFather and put it into .env or the environment, "
            "or try `feelback demo`, which needs none."
        )
    if not (takes_updates or (settings.trainer and can_train())):
        raise NotPossibleError(
            "This process would do nothing but train: set TRAINER=on, and install the extra `train`."
        )
    sys.setswitchinterval(_TURN)
    async with _front(settings) as front:
        if await _wait_for_tables(settings, front, stop):
            await _serve(settings, front, stop, takes_updates)


async def _serve(settings: Settings, front: Front, stop: asyncio.Event, takes_updates: bool) -> None:
    async with _database(settings) as database:
        vault = Vault([key.get_secret_value() for key in settings.text_keys])
        if not vault.can_keep:
            _log.warning(
                "TEXT_KEYS is empty, so no corrected text is kept and nothing is learned from people; %s", HOW_TO
            )
        live = LiveModel(database, clock=now)
        await live.start()
        if not vault.can_keep:
            await database.write(notices.add, notices.Kind.NO_KEYS, "", now(), {})
        sender = Sender(settings.telegram_api_url)
        parts = Parts(
            database=database,
            in_hand=InHand(database),
            vault=vault,
            live=live,
            admins=settings.admin_ids,
            limits=limits(settings),
            retention=kept(settings),
            safety=_safety(settings),
            cron=settings.retrain_cron,
            clock=now,
        )
        telegram = _telegram(settings, parts, sender)
        front.waits_for = "the Bot API"
        try:
            if await _connect(telegram, stop):
                claims = Claims(database, telegram.bot.id, now)
                async with _learning(settings, database, vault, live, telegram, claims):
                    await set_menus(telegram.bot, await _languages(database, settings.admin_ids))
                    _log.info("@%s is there, with model version %d", telegram.bot.username, live.version)
                    handling = _handling(settings, telegram, claims)
                    front.figures = lambda: figures(front, handling, sender, claims, live)
                    front.waits_for = None
                    if takes_updates:
                        await _arrivals(settings, telegram, handling, front, sender).run(stop)
                    else:
                        await stop.wait()
        except TokenRefusedError:
            raise NotPossibleError(
                f"{urlsplit(settings.telegram_api_url).hostname} refuses TELEGRAM_BOT_TOKEN: "
                "it is wrong or was revoked. Get the current one from @BotFather."
            ) from None
        finally:
            front.waits_for = "its end"
            await telegram.shutdown()
            await telegram.bot.shutdown()  # the former does nothing where the token was refused


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    """The database; at the end it is waited for, which may take seconds, while everything else goes on."""
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        await asyncio.to_thread(database.close)


async def _languages(database: Database, admins: Collection[int]) -> dict[int, str | None]:
    """The language that each admin chose, if they did and that can be read."""
    try:
        return await database.read(people.languages, admins)
    except SQLAlchemyError as error:
        _log.warning("the languages of admins could not be read: %s", type(error).__name__)
        return dict.fromkeys(admins)


async def require_tables(settings: Settings) -> None:
    """Make sure that the database has the tables of this version.

    Raises:
        DatabaseAwayError: the database can't be reached now.
        NotPossibleError: it can't be used, or has other tables.
    """
    url = settings.database_url
    try:
        current = await asyncio.to_thread(is_current, url)
        newer = not current and await asyncio.to_thread(is_newer, url)
    except SQLAlchemyError as error:
        kind = DatabaseAwayError if _may_come(error, url) else NotPossibleError
        raise kind(f"The database of DATABASE_URL can't be used: {type(error).__name__}.") from None
    if newer:
        raise NotPossibleError("A newer version of Feelback migrated the database: run that one, or a later one.")
    if not current:
        raise NotPossibleError("The database lacks the tables that this version needs: run `feelback migrate`.")


def _may_come(error: SQLAlchemyError, url: str) -> bool:
    """Whether waiting may help: for a server, or for a file that is locked, but not for one that can't be opened."""
    return isinstance(error, AWAY) and (url.startswith("postgresql") or "locked" in str(error))


async def _wait_for_tables(settings: Settings, front: Front, stop: asyncio.Event) -> bool:
    """Wait until the database is there; False when `stop` was set before that."""
    front.waits_for = "the database"
    pause = 1.0
    while not stop.is_set():
        try:
            await require_tables(settings)
        except DatabaseAwayError as error:
            _log.warning("%s Trying on.", error)
            await _wait(stop, pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        else:
            return True
    return False


@asynccontextmanager
async def _front(settings: Settings) -> AsyncIterator[Front]:
    """The process's port, where it has one."""
    url, secret = settings.webhook_url, settings.webhook_secret
    if url is not None and secret is None:
        raise NotPossibleError(
            "WEBHOOK_URL is set, but WEBHOOK_SECRET is not: without it anybody could send updates. "
            "Set it to 1 to 256 letters, digits, _ and -."
        )
    front = Front(urlsplit(url).path, secret.get_secret_value()) if url and secret else Front()
    port = settings.port or (_PORT if url else None)
    if port is not None:
        try:
            await front.start(settings.listen, port)
        except OSError as error:
            raise NotPossibleError(f"LISTEN={settings.listen}, PORT={port}: {error.strerror}.") from None
        _log.info("listening on %s, port %d", settings.listen, port)
    try:
        yield front
    finally:
        await front.stop()


def _arrivals(
    settings: Settings, telegram: Telegram, handling: Handling, front: Front, sender: Sender
) -> Polling | Webhook:
    """How updates arrive."""
    if settings.webhook_url is None or settings.webhook_secret is None:
        return Polling(telegram.bot, handling, UPDATES)
    url, secret = settings.webhook_url, settings.webhook_secret.get_secret_value()
    return Webhook(telegram.bot, handling, UPDATES, front=front, url=url, secret=secret, refused=sender.refused)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def means(settings: Settings) -> Means:
    """What retrainings are made with. A run's files pass through a folder beside the SQLite file, else under `var`."""
    url = make_url(settings.database_url)
    beside = Path(url.database).parent if url.get_backend_name() == "sqlite" and url.database else Path("var")
    return Means(
        folder=beside / "runs",
        dataset=settings.dataset_dir,
        corpora=settings.corpora,
        threads=settings.retrain_threads,
        time_limit=settings.retrain_time_limit,
        limits=limits(settings),
    )


def limits(settings: Settings) -> Limits:
    """How much people count."""
    return Limits(votes=settings.person_weight, total=settings.corrections_weight)


def kept(settings: Settings) -> Retention:
    """How long things are kept."""
    return Retention(
        texts=timedelta(days=settings.keep_texts),
        readings=timedelta(days=settings.keep_readings),
        logs=timedelta(days=settings.keep_logs),
        bundles=settings.keep_bundles,
    )


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set. A second one, or `STOP_SECONDS` of stopping, ends it all at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    too_long = threading.Timer(STOP_SECONDS, os._exit, [1])
    too_long.daemon = True

    def on_signal() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()
        too_long.start()

    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, on_signal)
    try:
        yield stop
    finally:
        too_long.cancel()
        for number in signals:
            loop.remove_signal_handler(number)


def _safety(settings: Settings) -> Safety | None:
    """What somebody in danger is told, unless that is off."""
    if not settings.safety:
        return None
    try:
        return safety.load(settings.safety_file or safety.SHIPPED)
    except SafetyError as error:
        raise NotPossibleError(f"SAFETY_FILE: {error}; bot/replies/safety.toml shows what it holds.") from None


def _telegram(settings: Settings, parts: Parts, sender: Sender) -> Telegram:
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # else every RetryAfter comes with a deprecation warning
    url = settings.telegram_api_url
    token = settings.telegram_bot_token.get_secret_value() if settings.telegram_bot_token else ""
    telegram: Telegram = (
        Application.builder()
        .token(token)
        .base_url(f"{url}/bot")
        .base_file_url(f"{url}/file/bot")
        .request(sender)
        .get_updates_request(Request(url))
        .defaults(Defaults(parse_mode=ParseMode.HTML, allow_sending_without_reply=True))
        .context_types(ContextTypes(context=Context))
        .updater(None)
        .job_queue(None)
        .build()
    )
    telegram.bot_data[PARTS] = parts
    return telegram


def _handling(settings: Settings, telegram: Telegram, claims: Claims) -> Handling:
    """Have the first handler that fits an update answer it; its errors are ours, not python-telegram-bot's to log."""
    routes = handlers(settings.admin_ids)

    def route(update: Update) -> tuple[Handler, object] | None:
        for handler in routes:
            check = handler.check_update(update)
            if check is not None and check is not False:
                return handler, check
        return None

    async def answer(update: Update) -> None:
        if (found := route(update)) is not None:
            handler, check = found
            _choose_language()
            await handler.handle_update(update, telegram, check, Context.from_update(update, telegram))

    async def tell_failed(update: Update, error: Exception) -> None:
        _choose_language()
        await failed(update, Context.from_error(update, error, telegram))

    async def tell_flooded(update: Update, over: int) -> None:
        _choose_language()
        await flooded(update, Context.from_update(update, telegram), over)

    def counted(update: Update) -> Counted | None:
        if update.inline_query is not None:
            return Counted(update.inline_query.from_user.id, Kind.QUERIES, settings.inline_a_minute)
        message = update.message or update.edited_message
        if message is None:
            return None
        if message.chat.type != ChatType.PRIVATE and (update.message is None or route(update) is None):
            return None  # people write to each other there
        if author_of(message) in settings.admin_ids:
            return None  # a /cancel or a /rollback can't wait
        return Counted(author_of(message), Kind.MESSAGES, settings.messages_a_minute)

    return Handling(claims, answer, tell_failed, tell_flooded, counted=counted, patient=settings.webhook_url is None)


def _choose_language() -> None:
    """Answer the update in hand in the language that its claim names, if it names one."""
    claim = CURRENT.get()
    CHOSEN.set(None if claim is None else claim.language)


async def _connect(telegram: Telegram, stop: asyncio.Event) -> bool:
    """Ask who the bot is, trying on while the server can't be reached; False when `stop` was set before it could.

    Raises:
        TokenRefusedError: the token is wrong or was revoked.
    """
    pause = 1.0
    while not stop.is_set():
        try:
            await telegram.initialize()
        except InvalidToken:
            raise TokenRefusedError from None
        except TelegramError as error:
            _log.warning("the Bot API can't be reached: %s; trying on", error)
            await _wait(stop, pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        else:
            return True
    return False


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([waiting], timeout=seconds)
    waiting.cancel()


@asynccontextmanager
async def _learning(
    settings: Settings, database: Database, vault: Vault, live: LiveModel, telegram: Telegram, claims: Claims
) -> AsyncIterator[None]:
    """What goes on beside: look for a new champion and after the last, ask for runs by the clock, train if it may."""
    schedule = Schedule(
        database,
        cron=settings.retrain_cron,
        minimum=settings.retrain_min_corrections,
        clock=now,
        retention=kept(settings),
    )
    await _tidy(settings, database, telegram)

    told = Notices(telegram.bot, database, settings.admin_ids, clock=now, never_left=never_left)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_in_background(live.watch()))
        await stack.enter_async_context(_in_background(claims.tend()))
        await stack.enter_async_context(_in_background(told.run()))
        await stack.enter_async_context(_in_background(charts.warm(_WARM_AFTER)))
        await stack.enter_async_context(_in_background(Watch(database, clock=now).run()))
        if settings.trainer and can_train():
            await stack.enter_async_context(_training(settings, database, vault, telegram, live))
        elif settings.trainer:
            _log.warning("TRAINER is on, but the extra `train` is not installed: this process does not train")
        schedule.start()
        stack.push_async_callback(schedule.stop)
        yield


async def _tidy(settings: Settings, database: Database, telegram: Telegram) -> None:
    """Put away what dead processes left, and tell whoever asked for the run that one of them was at."""
    try:
        failed_id = await tidy(database, means(settings).folder, now())
        run = None if failed_id is None else await database.read(runs.get, failed_id)
    except SQLAlchemyError as error:
        _log.warning("cannot put away what dead processes left: %s", type(error).__name__)
    else:
        if run is not None:
            await Announcer(telegram.bot, now)(run)


@asynccontextmanager
async def _training(
    settings: Settings, database: Database, vault: Vault, telegram: Telegram, live: LiveModel
) -> AsyncIterator[None]:
    """Take runs; at the end, tell whoever asked for one that it was cut off."""
    announcer = Announcer(telegram.bot, now)

    async def announce(run: RunRow) -> None:
        if run.outcome is Outcome.PROMOTED:
            await live.look()  # so that what is said to serve now does
        await announcer(run)

    trainer = Trainer(database, vault, means(settings), clock=now, announce=announce)
    await database.write(trainers.seen, trainer.owner, now())  # so that a first /retrain finds it
    async with _in_background(trainer.run()):
        yield
    run = await database.read(runs.latest)
    if run is not None and run.lease_owner == trainer.owner and run.outcome is Outcome.FAILED:
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await announce(run)


@asynccontextmanager
async def _in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
