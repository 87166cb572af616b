"""Real child processes: well behaved, broken, hung, killed, and with descendants of their own."""

import asyncio
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.learning import child

REPORT = {"base": "data set"}

HOLD = """
import fcntl, os
held = open(sys.argv[1] + "/held", "w")
fcntl.flock(held, fcntl.LOCK_EX)
"""
"""Makes a process's life visible: the lock is let go of when it ends."""


def script(code: str) -> list[str]:
    return [sys.executable, "-I", "-c", "import json, os, signal, sys, time\n" + dedent(code)]


def say(event: object) -> str:
    return f"print({json.dumps(event)!r}, flush=True)\n"


async def run(
    command: list[str],
    folder: Path,
    *,
    time_limit: float = 60,
    progress: Callable[[str, float], None] = lambda stage, done: None,
    **environment: str,
) -> child.Ended:
    return await child.run(
        command,
        folder=folder,
        threads=1,
        time_limit=time_limit,
        progress=progress,
        environment=dict(os.environ) | environment,
    )


def released(path: Path) -> bool:
    """Whether no process holds the lock at `path` any more."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def becomes_true(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


async def test_gives_back_the_report_and_tells_progress(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    code = "".join(
        say({"event": "progress", "stage": stage, "done": done})
        for stage, done in [("reading", 0), ("training", 0.5), ("training", 7), ("judging", -1)]
    )
    ended = await run(
        script(code + say({"event": "report"} | REPORT)), tmp_path, progress=lambda *step: told.append(step)
    )
    assert ended == child.Ended(REPORT, "")
    assert told == [("reading", 0), ("training", 0.5), ("training", 1), ("judging", 0)]


async def test_what_is_no_event_is_passed_over(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    code = """
    out = sys.stdout.buffer
    for line in [b"warning: something", b"\\xff\\x00", b"[" * 100_000, b"null", b"[]", b'{"event": []}',
                 b'{"event": "progress", "stage": "training", "done": NaN}',
                 b'{"event": "progress", "stage": "training", "done": "half"}',
                 b'{"event": "progress", "stage": 1, "done": 0.1}', b""]:
        out.write(line + b"\\n")
    for _ in range(40):
        out.write(b"x" * 100_000)
    out.write(b'{"event": "report", "base": "the end of a line that is too long"}\\n')
    out.flush()
    """
    ended = await run(
        script(dedent(code) + say({"event": "report"} | REPORT)), tmp_path, progress=lambda *step: told.append(step)
    )
    assert ended.report == REPORT
    assert told == []


async def test_the_last_line_needs_its_end(tmp_path: Path) -> None:
    """A report that was cut short is none, even where what arrived happens to be JSON."""
    with pytest.raises(child.ChildError, match="without a report"):
        await run(script(f"sys.stdout.write({json.dumps({'event': 'report'} | REPORT)!r})"), tmp_path)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (say({"event": "error", "message": "no rows to learn from"}) + "sys.exit(1)", "no rows to learn from"),
        (say({"event": "report"} | REPORT) + "sys.exit(3)", "exit status: 3"),
        ("pass", "without a report"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "killed: SIGKILL"),
    ],
)
async def test_a_failure_is_told_with_its_reason(tmp_path: Path, code: str, reason: str) -> None:
    with pytest.raises(child.ChildError, match=reason):
        await run(script(code), tmp_path)


async def test_a_program_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(child.ChildError, match="could not be started"):
        await run([str(tmp_path / "nothing")], tmp_path)


async def test_a_hung_child_is_killed(tmp_path: Path) -> None:
    command = [*script(HOLD + "signal.pause()"), str(tmp_path)]
    with pytest.raises(child.ChildError, match="took longer than"):
        await run(command, tmp_path, time_limit=0.5)
    assert released(tmp_path / "held")


async def test_cancelling_kills_the_child_and_its_descendants(tmp_path: Path) -> None:
    started = asyncio.Event()
    code = HOLD + "if os.fork() > 0: " + say({"event": "progress", "stage": "reading", "done": 0}) + "signal.pause()"
    task = asyncio.create_task(
        run([*script(code), str(tmp_path)], tmp_path, progress=lambda stage, done: started.set())
    )
    await started.wait()
    assert not released(tmp_path / "held")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert becomes_true(lambda: released(tmp_path / "held"))


async def test_a_descendant_that_holds_the_pipes_does_not_outlive_a_killed_child(tmp_path: Path) -> None:
    code = HOLD + "if os.fork() > 0: os.kill(os.getpid(), signal.SIGKILL)\nsignal.pause()"
    with pytest.raises(child.ChildError, match="SIGKILL"):
        await run([*script(code), str(tmp_path)], tmp_path)
    assert becomes_true(lambda: released(tmp_path / "held"))


def test_when_this_process_is_killed_the_child_sees_its_input_end(tmp_path: Path) -> None:
    """The child's half of this is to exit then; that `ml.retrain` does is tested with it."""
    waits = HOLD + say({"event": "progress", "stage": "reading", "done": 0}) + "sys.stdin.read()"
    parent = f"""
    import asyncio, sys
    from pathlib import Path
    from bot.learning import child

    asyncio.run(
        child.run(
            {[*script(waits), str(tmp_path)]!r},
            folder=Path({str(tmp_path)!r}),
            threads=1,
            time_limit=60,
            progress=lambda stage, done: print(stage, flush=True),
        )
    )
    """
    with subprocess.Popen([sys.executable, "-c", dedent(parent)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"reading\n"
        assert not released(tmp_path / "held")
        process.kill()
    assert becomes_true(lambda: released(tmp_path / "held"))


async def test_the_child_is_nice_alone_in_its_group_and_knows_no_secrets(tmp_path: Path) -> None:
    code = """
    import threading
    report = dict(event="report", environment=dict(os.environ), group=os.getpgid(0) == os.getpid(),
                  session=os.getsid(0) == os.getpid())
    sys.stdin.readline  # open, though nothing is ever written
    while (nice := os.getpriority(os.PRIO_PROCESS, 0)) == int(sys.argv[1]):
        time.sleep(0.001)
    print(json.dumps(report | {"nice": nice}))
    """
    before = os.getpriority(os.PRIO_PROCESS, 0)
    ended = await run(
        [*script(code), str(before)],
        tmp_path,
        TELEGRAM_BOT_TOKEN="1:secret",
        DATABASE_URL="postgresql://user:secret@host/name",
        TEXT_KEYS="secret",
        HTTPS_PROXY="http://user:secret@host",
    )
    environment = ended.report["environment"]
    assert "secret" not in json.dumps(environment)
    assert environment["PATH"] == os.environ["PATH"]
    assert environment["OMP_NUM_THREADS"] == "1"
    assert environment["TMPDIR"] == str(tmp_path)
    assert (ended.report["group"], ended.report["session"]) == (True, False)
    assert ended.report["nice"] == child.NICENESS


async def test_the_end_of_standard_error_is_kept_without_messages(tmp_path: Path) -> None:
    code = """
    def learn(words):
        return {}[words]
    print("noise " * 100_000, file=sys.stderr)
    learn("a very private word")
    """
    with pytest.raises(child.ChildError) as failure:
        await run(script(code), tmp_path)
    assert failure.value.log_tail.splitlines()[-2:] == ['  File "<string>", line 4, in learn', "KeyError"]
    assert "private" not in failure.value.log_tail
    assert len(failure.value.log_tail) < child.TAIL_BYTES


def test_lines_of_tensorflow_and_crashes_are_kept() -> None:
    lines = [
        "2026-01-02 03:04:05.678: W tensorflow/core/framework/op_kernel.cc:1857] OOM when allocating tensor",
        "E0000 00:00:1752000000.123456    1234 cuda_dnn.cc:8310] Unable to register cuDNN factory",
        "Fatal Python error: Segmentation fault",
        "tensorflow.python.framework.errors_impl.ResourceExhaustedError",
    ]
    assert child.safe_tail("\n".join(lines)).splitlines() == lines


@given(st.text("abcß0:.!' \"", min_size=2))
def test_what_a_message_says_is_never_kept(words: str) -> None:
    stderr = f"Traceback (most recent call last):\nValueError: {words}\n{words}\n"
    assert child.safe_tail(stderr) == "ValueError"
