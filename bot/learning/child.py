"""The process that trains: `python -m ml.retrain`, watched from its start to its last descendant's end.

What it is given: files by name, a short list of environment variables, and a pipe as standard input that stays open as
long as this process lives (the child exits when it closes). What it gives back: JSON lines on standard output. All that
is kept of it is bounded, whatever it writes.
"""

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.storage.runs import Failure

NICENESS: Final = 10
LINE_BYTES: Final = 2**20
"""A line of standard output that is longer is passed over."""

TAIL_BYTES: Final = 16 * 2**10
"""How much of the end of standard error is looked at …"""

TAIL_LINES: Final = 40
"""… and how many of its lines are kept."""

_PASSED_ON: Final = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ"),
    *("PYTHONPATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"),
)
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
_SECONDS_TO_END: Final = 5.0

_SAFE_LINES: Final = (
    re.compile(r'\s+File "[^"]+", line \d+, in \S+'),
    re.compile(r"(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning)(?=:|$)"),
    re.compile(r"Fatal Python error: .*"),
    re.compile(r"(?:\d{4}-\d\d-\d\d [\d:.]+: )?[IWEF](?:\d{4} [\d:.]+ +\d+)? \S+\.(?:cc|h|cu):\d+\] .*"),
)
"""A place in a traceback, the kind of an exception without its message, a crash, a line of TensorFlow's C++ code."""


class ChildError(Exception):
    """The child gave no report; the message says why.

    Attributes:
        log_tail: the end of its standard error, as `safe_tail` leaves it.
    """

    def __init__(self, failure: Failure, detail: str, log_tail: str) -> None:
        super().__init__(failure.told(detail))
        self.log_tail = log_tail


@dataclass(frozen=True, slots=True)
class Ended:
    """What a child left: its report, and the end of its standard error as `safe_tail` leaves it."""

    report: dict[str, Any]
    log_tail: str


async def run(
    command: Sequence[str],
    *,
    folder: Path,
    threads: int,
    time_limit: float,
    progress: Callable[[str, float], None],
    environment: Mapping[str, str] = os.environ,
) -> Ended:
    """Run the child to its end. However this returns, nothing of the child's process group runs on.

    Args:
        command: program and arguments.
        folder: where it may leave temporary files.
        threads: how many processor threads its libraries may use.
        time_limit: seconds after which it is killed.
        progress: told the stage and the share done, between 0 and 1.
        environment: where the few variables that it gets come from.

    Raises:
        ChildError: it could not be started, failed, was killed, took too long, or gave no report.
    """
    try:
        async with _started(command, _environment(environment, folder, threads), progress) as (transport, output):
            try:
                async with asyncio.timeout(time_limit):
                    await output.exited.wait()
            except TimeoutError:
                raise ChildError(Failure.TOO_LONG, f"{time_limit:g} s", output.log_tail) from None
            await _end(transport, output)
            return _ended(transport.get_returncode(), output)
    except OSError as error:
        raise ChildError(Failure.NOT_STARTED, error.strerror or "", "") from error


def safe_tail(stderr: str) -> str:
    """The lines that cannot hold what a person wrote: where something failed and of what kind, not what was said.

    A traceback quotes no variables, but the message of an exception may (`KeyError: 'word'`), so messages are left out.
    """
    kept = (_safe(line) for line in stderr.splitlines())
    return "\n".join([line for line in kept if line][-TAIL_LINES:])


def _safe(line: str) -> str:
    return next((match.group() for pattern in _SAFE_LINES if (match := pattern.match(line))), "")


class _Output(asyncio.SubprocessProtocol):
    """Takes in what the child writes, and notices its end.

    `asyncio.subprocess.Process.wait` is no help for the latter: it waits for the pipes to close as well, which a
    descendant can keep open for ever (cpython #119710).
    """

    def __init__(self, progress: Callable[[str, float], None]) -> None:
        self.exited = asyncio.Event()
        self.closed = asyncio.Event()
        self.report: dict[str, Any] | None = None
        self.error: str | None = None
        self._progress = progress
        self._line = bytearray()
        self._too_long = False
        self._stderr = b""
        self._open = {1, 2}

    @property
    def log_tail(self) -> str:
        """Safe lines of the end of standard error; a first line that was cut is left out."""
        whole = self._stderr if len(self._stderr) < TAIL_BYTES else self._stderr.partition(b"\n")[2]
        return safe_tail(clean(whole.decode(errors="replace"), TAIL_BYTES))

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self._stderr = (self._stderr + data)[-TAIL_BYTES:]
            return
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._extend(part)
            if not self._too_long:
                self._take(bytes(self._line))
            self._line.clear()
            self._too_long = False
        self._extend(rest)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open:
            self.closed.set()

    def process_exited(self) -> None:
        self.exited.set()

    def _extend(self, part: bytes) -> None:
        if self._too_long or len(self._line) + len(part) > LINE_BYTES:
            self._too_long = True
            self._line.clear()
        else:
            self._line += part

    def _take(self, line: bytes) -> None:
        """Act on one line; whatever is not an event of the protocol, in strict JSON, is passed over."""
        try:
            event: Any = json.loads(line)
            json.dumps(event, allow_nan=False)
        except (ValueError, RecursionError):
            return
        match event:
            case {"event": "progress", "stage": str(stage), "done": int() | float() as done}:
                self._progress(clean(stage, 40), min(max(float(done), 0.0), 1.0))
            case {"event": "report"}:
                self.report = {name: value for name, value in event.items() if name != "event"}
            case {"event": "error", "message": str(message)}:
                self.error = clean(message, 500)


def clean(text: str, length: int) -> str:
    """What a database's text column takes: no zero bytes, and only what can be written as UTF-8."""
    return text[:length].replace("\0", "").encode(errors="replace").decode()


def _ended(status: int | None, output: _Output) -> Ended:
    if status == 0 and output.report is not None:
        return Ended(output.report, output.log_tail)
    if output.error is not None:
        raise ChildError(Failure.TRAINING, output.error, output.log_tail)
    if not status:
        raise ChildError(Failure.NO_REPORT, "", output.log_tail)
    if status < 0:
        raise ChildError(Failure.KILLED, signal.Signals(-status).name, output.log_tail)
    raise ChildError(Failure.EXIT, str(status), output.log_tail)


@asynccontextmanager
async def _started(
    command: Sequence[str], environment: Mapping[str, str], progress: Callable[[str, float], None]
) -> AsyncIterator[tuple[asyncio.SubprocessTransport, _Output]]:
    """The child, niced, in a process group of its own (not a session: that would be a scheduling group as well, in
    which being nice means nothing to the rest of the machine)."""
    transport, output = await asyncio.get_running_loop().subprocess_exec(
        lambda: _Output(progress), *command, env=environment, process_group=0
    )
    try:
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, transport.get_pid(), NICENESS)
        yield transport, output
    finally:
        await _end(transport, output)
        transport.close()


async def _end(transport: asyncio.SubprocessTransport, output: _Output) -> None:
    """Kill what is left of the group, and take in the last of what it wrote; a process that left the group may hold the
    pipes open, and is not waited for."""
    with suppress(ProcessLookupError):
        os.killpg(transport.get_pid(), signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS_TO_END):
            await output.exited.wait()
            await output.closed.wait()


def _environment(given: Mapping[str, str], folder: Path, threads: int) -> dict[str, str]:
    return {
        **{name: given[name] for name in _PASSED_ON if name in given},
        **dict.fromkeys(_THREADS, str(threads)),
        "KERAS_HOME": str(folder),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "TF_CPP_MIN_LOG_LEVEL": "1",
        "TMPDIR": str(folder),
    }
