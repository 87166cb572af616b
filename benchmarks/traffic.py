"""What traffic costs: this bot beside a bare python-telegram-bot echo bot, against the same local Bot API server.

People of a playground write; each waits for the answer before writing again, one at a time and 64 side by side, and
then 100 messages a second come whatever was answered. The bot is a process of its own; its processor time and memory
are those of that process. The bare bot echoes with python-telegram-bot's leanest settings: its own updater, updates one
after the other, no job queue, nothing stored, and for the webhook the server that its documentation shows. Ours reads,
claims, stores and answers with a keyboard, on SQLite and on PostgreSQL. Last come the parts of what a message costs:
the threads by the kernel's count, and of the event loop's the packages, as the profiler sees them in a run of its own.
"""

import argparse
import asyncio
import os
import pstats
import signal
import socket
import sys
import sysconfig
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table

from benchmarks.postgres import a_postgresql
from bot.playground import bot_api
from bot.playground.chats import Chat, User
from bot.playground.form import Form
from bot.playground.server import Playground
from bot.playground.telegram import Telegram
from bot.storage.migration import upgrade

PEOPLE = 64
RATE = 100
WARM_UP, PACED = 1_000, 3_000
TEXTS = (
    "i am so happy and thankful today",
    "leave me alone, i hate this",
    "i miss you so much it hurts",
    "what was that noise behind the door",
    "the meeting is at ten",
)
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Phase:
    """One measurement: messages a second, milliseconds of the processor a message, milliseconds until answered."""

    rate: float
    cpu: float
    waits: list[float] = field(repr=False)

    @property
    def p50(self) -> float:
        """Half are answered within this time."""
        return median(self.waits)

    @property
    def p99(self) -> float:
        """All but one in a hundred are."""
        return quantiles(self.waits, n=100)[98]


class Traffic:
    """People who write to the bot of a playground, and wait."""

    def __init__(self, playground: Playground) -> None:
        people = [User(6_100_000_000 + number, f"Person {number}") for number in range(PEOPLE)]
        playground.telegram.chats |= {person.id: Chat(person.id, "private", (person,)) for person in people}
        self._telegram = playground.telegram
        self._chats = [playground.telegram.chats[person.id] for person in people]
        self._waiting: dict[int, deque[asyncio.Future[float]]] = {chat.id: deque() for chat in self._chats}
        self._texts = count()
        playground.faults.inner = self._call

    async def side_by_side(self, number: int, messages: int, pid: int) -> Phase:
        """So many people write so many messages in all, each after the answer to the last."""
        numbers = iter(range(messages))

        async def talk(chat: Chat) -> list[float]:
            return [await self._ask(chat) for _ in numbers]

        began, cpu = time.perf_counter(), cpu_of(pid)
        waits = await asyncio.gather(*(talk(chat) for chat in self._chats[:number]))
        took = time.perf_counter() - began
        return Phase(messages / took, (cpu_of(pid) - cpu) * 1e3 / messages, [wait for each in waits for wait in each])

    async def paced(self, messages: int, pid: int) -> Phase:
        """`RATE` messages a second come, from everybody in turn."""
        began, cpu = time.perf_counter(), cpu_of(pid)
        asked = []
        for number in range(messages):
            await asyncio.sleep(began + number / RATE - time.perf_counter())
            asked.append(asyncio.create_task(self._ask(self._chats[number % PEOPLE])))
        waits = await asyncio.gather(*asked)
        took = time.perf_counter() - began
        return Phase(messages / took, (cpu_of(pid) - cpu) * 1e3 / messages, waits)

    async def _ask(self, chat: Chat) -> float:
        """Write, wait for the answer, and give how long that took, in milliseconds."""
        answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[chat.id].append(answered)
        began = time.perf_counter()
        self._telegram.write(chat.id, TEXTS[next(self._texts) % len(TEXTS)])
        async with asyncio.timeout(60):
            return (await answered - began) * 1e3

    async def _call(self, telegram: Telegram, method: str, form: Form) -> Any:
        result = await bot_api.call(telegram, method, form)
        if method == "sendMessage":
            chat_id = form.number("chat_id")
            self._waiting[chat_id].popleft().set_result(time.perf_counter())
            if not self._waiting[chat_id]:
                telegram.chats[chat_id].messages.clear()
        return result


def cpu_of(pid: int | str) -> float:
    """Seconds of the processor that a process, or a thread of it, used."""
    user, system = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICK


def memory_of(pid: int) -> float:
    """Megabytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1e6


def loop_of(pid: int) -> float:
    """Seconds of the processor that the first thread of a process used: here, that of the event loop."""
    return cpu_of(f"{pid}/task/{pid}")


@asynccontextmanager
async def running(*command: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A bot in a process of its own, with these settings and no others; ended in order."""
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ} | settings
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command, env=environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def echo(url: str, token: str, port: int) -> None:
    """Be the bare bot: polling, or behind a webhook where a port is named."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from telegram import Update
    from telegram.ext import ApplicationBuilder, ContextTypes, MessageHandler, filters

    from bot.web import WebServer

    async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message is not None and update.message.text is not None:
            await update.message.reply_text(update.message.text)

    builder = ApplicationBuilder().token(token).base_url(f"{url}/bot").job_queue(None)
    application = (builder.updater(None) if port else builder).build()
    application.add_handler(MessageHandler(filters.TEXT, answer))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def take(request: Request) -> Response:
        await application.update_queue.put(Update.de_json(await request.json(), application.bot))
        return Response()

    async with application:
        await application.start()
        if application.updater is not None:
            await application.updater.start_polling(allowed_updates=["message"])
        else:
            server = WebServer(Starlette(routes=[Route("/hook", take, methods=["POST"])]), 1)
            await server.start("127.0.0.1", port)
            await application.bot.set_webhook(f"http://127.0.0.1:{port}/hook", max_connections=100)
        await stop.wait()
        if application.updater is not None:
            await application.updater.stop()
        await application.stop()


@dataclass
class Row:
    """What was measured of one bot, on one way of delivery."""

    name: str
    alone: Phase
    many: Phase
    paced: Phase
    first: float
    """Seconds from the start of the process to its first answer, to a message that waited for it."""
    memory: tuple[float, ...]
    """Megabytes after the first answer, after the warm-up, after those that came one at a time, and after all."""

    @property
    def best(self) -> float:
        """Messages a second, one at a time or many, whichever is more."""
        return max(self.alone.rate, self.many.rate)


async def measure(name: str, webhook: bool, messages: int, database_url: str | None) -> Row:
    """Let people write to one bot, bare where there is no database: `messages` in all, 1,000 to warm up among them."""
    playground = Playground()
    url = await playground.start()
    port = free_port()
    if database_url is None:
        bot = running("benchmarks.traffic", "--echo", url, playground.token, str(port if webhook else 0))
    else:
        await asyncio.to_thread(upgrade, database_url)
        settings = settings_of(playground, url, database_url)
        if webhook:
            settings |= {"WEBHOOK_URL": f"http://127.0.0.1:{port}/hook", "WEBHOOK_SECRET": "s3cret", "PORT": str(port)}
        bot = running("bot", "run", **settings)
    traffic = Traffic(playground)
    began = time.perf_counter()
    async with bot as process:
        await traffic.side_by_side(1, 1, process.pid)
        first = time.perf_counter() - began
        memory = [memory_of(process.pid)]
        await traffic.side_by_side(PEOPLE, WARM_UP, process.pid)
        memory.append(memory_of(process.pid))
        each = (messages - WARM_UP) // 5
        alone = await traffic.side_by_side(1, each, process.pid)
        memory.append(memory_of(process.pid))
        paced = await traffic.paced(min(each, PACED), process.pid)
        many = await traffic.side_by_side(PEOPLE, messages - WARM_UP - each - len(paced.waits), process.pid)
        memory.append(memory_of(process.pid))
    await playground.stop()
    return Row(name, alone, many, paced, first, tuple(memory))


def settings_of(playground: Playground, url: str, database_url: str) -> dict[str, str]:
    """The settings of our bot, with polling."""
    return {
        "TELEGRAM_BOT_TOKEN": playground.token,
        "TELEGRAM_API_URL": url,
        "DATABASE_URL": database_url,
        "TEXT_KEYS": Fernet.generate_key().decode(),
        "MESSAGES_A_MINUTE": "1000000",
        "TRAINER": "off",
    }


async def measure_parts(messages: int) -> list[tuple[str, float]]:
    """Milliseconds of the processor that a message costs our bot by part, one message at a time, polling and SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile"
        threads: dict[str, float] = {}
        for command in (("bot", "run"), ("cProfile", "-o", str(profile), "-m", "bot", "run")):
            playground = Playground()
            url = f"sqlite:///{folder}/{len(command)}.db"
            await asyncio.to_thread(upgrade, url)
            async with running(*command, **settings_of(playground, await playground.start(), url)) as process:
                traffic = Traffic(playground)
                await traffic.side_by_side(1, messages // 4, process.pid)
                loop, whole = loop_of(process.pid), cpu_of(process.pid)
                await traffic.side_by_side(1, messages, process.pid)
                loop, whole = loop_of(process.pid) - loop, cpu_of(process.pid) - whole
            await playground.stop()
            threads.setdefault("event loop", loop * 1e3 / messages)
            threads.setdefault("threads of the database", (whole - loop) * 1e3 / messages)
        packages = by_package(profile)
    within = threads["event loop"] / packages.total()
    return [*threads.items(), *((f"… {name}", spent * within) for name, spent in packages.most_common(10))]


def by_package(profile: Path) -> Counter[str]:
    """Seconds in each package's own functions, and in what they call that is not Python; without waiting."""
    spent: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, callers) in pstats.Stats(str(profile)).stats.items():  # type: ignore[attr-defined]
        if "epoll" in name:
            continue
        if file == "~":
            for (caller, _, _), (_, _, by_caller, _) in callers.items():
                spent[_package(caller)] += by_caller
        else:
            spent[_package(file)] += own
    return spent


def _package(file: str) -> str:
    """The package of a file, or the module where it is in none; of ours, the room."""
    path = Path(file)
    root = Path(__file__).parents[1]
    for home, depth in ((root, 2), (Path(sysconfig.get_path("purelib")), 1), (Path(sysconfig.get_path("stdlib")), 1)):
        if path.is_relative_to(home):
            return ".".join(path.relative_to(home).parts[:depth]).removesuffix(".py")
    return "Python itself"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def show(title: str, rows: list[Row]) -> None:
    """Print a table."""
    table = Table(title=title)
    table.add_column()
    rates, waits = ("one at a time, /s", "64 at once, /s", "of the bare bot"), ("p50, p99 at 100/s, ms", "first, s")
    for column in (*rates, "CPU, ms", *waits, "MB"):
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.alone.rate:,.0f}",
            f"{row.many.rate:,.0f}",
            f"{row.best / rows[0].best:.0%}",
            f"{row.alone.cpu:.2f}, {row.many.cpu:.2f}",
            f"{row.paced.p50:.1f}, {row.paced.p99:.1f}",
            f"{row.first:.2f}",
            ", ".join(f"{each:.0f}" for each in row.memory),
        )
    Console(width=120).print(table)


def main() -> None:
    """Print the tables, or be the bare bot."""
    if sys.argv[1:2] == ["--echo"]:
        url, token, port = sys.argv[2:]
        asyncio.run(echo(url, token, int(port)))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ways", nargs="*", choices=["polling", "webhook", []], metavar="polling|webhook")
    parser.add_argument("--messages", type=int, default=100_000, help="how many each bot gets")
    options = parser.parse_args()
    for way in options.ways or ["polling", "webhook"]:
        with tempfile.TemporaryDirectory() as folder, a_postgresql(durable=True) as postgresql:
            bots = {
                "bare echo": None,
                "Feelback, SQLite": f"sqlite:///{folder}/feelback.db",
                "Feelback, PostgreSQL": postgresql.get_uri(),
            }
            rows = [asyncio.run(measure(name, way == "webhook", options.messages, url)) for name, url in bots.items()]
        show(f"{way}, {options.messages:,} messages each; memory after 1, {WARM_UP:,}, a fifth and all", rows)
    table = Table("milliseconds of the processor a message", "ms", title="by part: polling, SQLite, one at a time")
    for part, spent in asyncio.run(measure_parts(min(options.messages, PACED))):
        table.add_row(part, f"{spent:.3f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
