"""The folder that a run's files pass through: only its owner can enter it, and it never outlives its run for long.

Whose folder is in use is told by a lock that the system lets go of when a process dies, however it dies; so what a
killed process left behind is recognised, also while another process on the same machine trains.
"""

import asyncio
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

_PREFIX: Final = "run-"

logger = logging.getLogger(__name__)


@asynccontextmanager
async def workspace(root: Path) -> AsyncIterator[Path]:
    """A new folder of mode 0700 under `root`, removed at the end with all that is in it.

    Raises:
        OSError: `root` cannot be made or written to.
    """
    folder, lock = await asyncio.to_thread(_make, root)
    try:
        yield folder
    finally:
        await asyncio.to_thread(_remove, folder)
        os.close(lock)


def sweep(root: Path) -> int:
    """Remove the folders under `root` that no living process uses, and say how many they were.

    Raises:
        OSError: `root` cannot be made or read.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(root):
        left_over = [folder for folder in root.glob(f"{_PREFIX}*") if not _in_use(folder)]
        for folder in left_over:
            _remove(folder)
    return len(left_over)


def _make(root: Path) -> tuple[Path, int]:
    """A new folder, and the open descriptor whose lock says that it is in use."""
    sweep(root)
    with _locked(root):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        logger.error("%s could not be removed; it holds what people wrote", folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold `folder` against other processes, for the moment that making or removing takes."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _in_use(folder: Path) -> bool:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return True  # its own process has removed it in the meantime
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
