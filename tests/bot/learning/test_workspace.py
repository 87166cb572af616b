"""The folder of a run: closed to others, gone at the end, and swept up after processes that died."""

import asyncio
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.learning.workspace import sweep, workspace


def content(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_only_its_owner_can_enter_it_and_it_goes_with_its_run(tmp_path: Path) -> None:
    root = tmp_path / "var" / "runs"
    async with workspace(root) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(root.stat().st_mode) == 0o700
        (folder / "deep").mkdir()
        (folder / "deep" / "texts").write_text("words")
    assert content(root) == []


async def test_it_goes_when_its_run_fails_or_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with workspace(tmp_path):
            _ = 1 / 0
    entered = asyncio.Event()

    async def stay() -> None:
        async with workspace(tmp_path):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stay())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert content(tmp_path) == []


def test_what_a_killed_process_left_is_swept_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    code = f"""
import asyncio
from pathlib import Path
from bot.learning.workspace import workspace

async def stay():
    async with workspace(Path({str(tmp_path)!r})) as folder:
        (folder / "texts").write_text("words")
        print(folder.name, flush=True)
        await asyncio.Event().wait()

asyncio.run(stay())
"""
    with (
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as mine,
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other,
    ):
        assert mine.stdout
        assert other.stdout
        folders = [tmp_path / stream.readline().strip() for stream in (mine.stdout, other.stdout)]
        assert sweep(tmp_path) == 0
        other.kill()
        other.wait()
        assert (folders[1] / "texts").exists()
        assert sweep(tmp_path) == 1
        assert content(tmp_path) == folders[:1]
        mine.kill()


def test_nothing_else_is_swept(tmp_path: Path) -> None:
    (tmp_path / "feelback.db").touch()
    assert sweep(tmp_path) == 0
    assert (tmp_path / "feelback.db").exists()
