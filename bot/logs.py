"""Logging to standard error, with nothing in it that must not be seen.

The token is part of every Bot API address, so whatever a handler of the root logger writes, tracebacks included, is
redacted after formatting. Libraries write people's messages below WARNING (python-telegram-bot every update, SQLAlchemy
every row), so `LOG_LEVEL` is for the project's own loggers, and libraries are heard from WARNING on.
"""

import logging
import re
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Final, TextIO

OWN: Final = ("bot", "ml")
_TOKEN: Final = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
_HIDDEN: Final = "‹hidden›"


class RedactingFormatter(logging.Formatter):
    """Formats a record, then hides the given secrets and whatever has the form of a bot's token."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        known = sorted(filter(None, secrets), key=len, reverse=True)
        self._secret = re.compile("|".join([*map(re.escape, known), _TOKEN.pattern]))

    def format(self, record: logging.LogRecord) -> str:
        return self._secret.sub(_HIDDEN, super().format(record))


def configure(level: str, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Log to `stream` (standard error when None), and nowhere else, from `level` on.

    Warnings and uncaught exceptions go the same, redacted, way.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter(secrets))
    for_libraries = max(logging.WARNING, logging.getLevelNamesMapping()[level])
    logging.basicConfig(level=for_libraries, handlers=[handler], force=True)
    for name in OWN:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("stopped by an error", exc_info=(kind, error, trace))
