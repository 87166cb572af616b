"""Logs: secrets never get into them, libraries are quiet, and everything goes one way, to people or to programs."""

import io
import json
import logging
import os
import select
import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TextIO

import pytest

from bot.logs import configure

TOKEN = "123456:AAabcdefghijklmnopqrstuvwxyz012345"


@pytest.fixture
def terminal() -> Iterator[tuple[TextIO, Callable[[], str]]]:
    """A real terminal to log to, and what it shows so far, which the kernel passes on in parts."""
    reading, writing = os.openpty()

    def shown() -> str:
        parts = []
        while select.select([reading], [], [], 1.0)[0]:
            parts.append(os.read(reading, 2**16))
        return b"".join(parts).decode()

    with os.fdopen(writing, "w") as stream:
        yield stream, shown
    os.close(reading)


def complain(logger: logging.Logger) -> None:
    """Log secrets in a message, its arguments and a traceback."""
    logger.info("key %s in https://api.example/bot%s/getMe and %s", "a-key", TOKEN, 'p@ss"word')
    try:
        raise RuntimeError(f"POST https://api.example/bot{TOKEN}/sendMessage failed with a-key")
    except RuntimeError:
        logger.exception("it failed")


def assert_hides(text: str) -> None:
    assert "RuntimeError" in text
    assert "hidden" in text
    assert not any(secret in text for secret in (TOKEN, TOKEN.partition(":")[2], "a-key", "p@ss"))


def test_programs_get_a_line_of_json_for_each_record_with_secrets_hidden(log: io.StringIO) -> None:
    configure("DEBUG", ["a-key", 'p@ss"word'], log)
    before = datetime.now(UTC)
    complain(logging.getLogger("bot.anything"))
    logging.getLogger("bot").warning("two\nlines, «unquoted»")
    assert_hides(log.getvalue())
    info, failure, last = map(json.loads, log.getvalue().splitlines())
    assert abs(datetime.fromisoformat(info.pop("time")) - before).total_seconds() < 60
    assert info == {
        "level": "INFO",
        "logger": "bot.anything",
        "message": "key ‹hidden› in https://api.example/bot‹hidden›/getMe and ‹hidden›",
    }
    assert failure["traceback"].startswith("Traceback")
    assert last["message"] == "two\nlines, «unquoted»"


def test_people_get_lines_to_read_with_secrets_hidden(
    log: io.StringIO, terminal: tuple[TextIO, Callable[[], str]]
) -> None:
    stream, shown = terminal
    configure("DEBUG", ["a-key", 'p@ss"word'], stream)
    complain(logging.getLogger("bot.anything"))
    logging.getLogger("bot").warning("no \x1b]0;escape gets through, nor [bold]markup[/bold]")
    text = " ".join(shown().split())
    assert_hides(text)
    assert "bot: no ]0;escape gets through, nor [bold]markup[/bold]" in text
    assert "\x1b]0;" not in text


def test_a_token_that_nobody_named_is_hidden_too(log: io.StringIO) -> None:
    configure("INFO", [], log)
    logging.getLogger("bot").warning("GET /bot%s/getUpdates", TOKEN)
    assert TOKEN not in log.getvalue()
    assert "/getUpdates" in log.getvalue()


@pytest.mark.parametrize("name", ["httpx", "httpcore.connection", "telegram.ext.ExtBot", "sqlalchemy.engine.Engine"])
def test_libraries_are_heard_from_warning_on(log: io.StringIO, name: str) -> None:
    configure("DEBUG", [], log)
    logging.getLogger(name).info("what a person wrote")
    logging.getLogger("bot.own").debug("our own")
    logging.getLogger(name).warning("a warning")
    assert "what a person wrote" not in log.getvalue()
    assert "our own" in log.getvalue()
    assert "a warning" in log.getvalue()


def test_the_level_is_kept(log: io.StringIO) -> None:
    configure("ERROR", [], log)
    for name in ("bot", "httpx"):
        logging.getLogger(name).warning("too quiet")
        logging.getLogger(name).error("loud enough")
    assert "too quiet" not in log.getvalue()
    assert log.getvalue().count("loud enough") == 2


def test_warnings_and_uncaught_errors_are_logged_and_redacted(log: io.StringIO) -> None:
    configure("INFO", ["a-key"], log)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("something about a-key", stacklevel=1)
    error = ValueError("no good: a-key")
    sys.excepthook(ValueError, error, None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    text = log.getvalue()
    assert "something about" in text
    assert "ValueError: no good" in text
    assert "KeyboardInterrupt" not in text
    assert "a-key" not in text
