"""Logging to standard error, with nothing in it that must not be seen: for people on a terminal, else as JSON lines.

The token is part of every Bot API address, so whatever a handler of the root logger writes, tracebacks included, is
redacted after formatting. Libraries write people's messages below WARNING (python-telegram-bot every update, SQLAlchemy
every row), so `LOG_LEVEL` is for the project's own loggers, and libraries are heard from WARNING on.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, TextIO

OWN: Final = ("bot", "ml")
_TOKEN: Final = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_HIDDEN: Final = "‹hidden›"


class RedactingFormatter(logging.Formatter):
    """Formats a record for people, then hides the given secrets and whatever has the form of a bot's token."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(name)s: %(message)s")
        known = sorted(filter(None, secrets), key=len, reverse=True)
        self._secret = re.compile("|".join([*map(re.escape, known), _TOKEN.pattern]))

    def format(self, record: logging.LogRecord) -> str:
        return _CONTROL.sub(" ", self.redacted(super().format(record)))  # a terminal would obey them

    def redacted(self, text: str) -> str:
        """The text with ‹hidden› in the place of secrets."""
        return self._secret.sub(_HIDDEN, text)


class JsonFormatter(RedactingFormatter):
    """Formats a record as one line of JSON, for programs that collect logs; redacted before anything is escaped."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.redacted(record.getMessage()),
        }
        if record.exc_info:
            entry["traceback"] = self.redacted(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def configure(level: str, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Log to `stream` (standard error when None), and nowhere else, from `level` on.

    Warnings and uncaught exceptions go the same, redacted, way.
    """
    for_libraries = max(logging.WARNING, logging.getLevelNamesMapping()[level])
    logging.basicConfig(level=for_libraries, handlers=[_handler(stream, secrets)], force=True)
    for name in OWN:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught


def _handler(stream: TextIO | None, secrets: Iterable[str]) -> logging.Handler:
    if not (stream or sys.stderr).isatty():
        handler: logging.Handler = logging.StreamHandler(stream)
        handler.setFormatter(JsonFormatter(secrets))
        return handler
    from rich.console import Console
    from rich.highlighter import NullHighlighter
    from rich.logging import RichHandler

    from bot.console import STDERR  # that of the progress bars, so that a line goes above a bar and not into it

    console = Console(file=stream) if stream else STDERR
    handler = RichHandler(console=console, show_path=False, highlighter=NullHighlighter(), log_time_format="%X")
    handler.setFormatter(RedactingFormatter(secrets))
    return handler


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("stopped by an error", exc_info=(kind, error, trace))
