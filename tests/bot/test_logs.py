"""Logs: secrets never get into them, libraries are quiet, and everything goes one way."""

import io
import logging
import sys
import warnings
from collections.abc import Iterator

import pytest

from bot.logs import OWN, configure

TOKEN = "123456:AAabcdefghijklmnopqrstuvwxyz012345"


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Where the log goes; afterwards logging is as it was."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in OWN}
    root.handlers = []
    yield io.StringIO()
    root.handlers = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(capture=False)


def test_secrets_are_hidden_in_messages_arguments_and_tracebacks(stream: io.StringIO) -> None:
    configure("DEBUG", ["a-key", "p@ss", "s"], stream)
    log = logging.getLogger("bot.anything")
    log.info("key %s in https://api.example/bot%s/getMe and p@ss", "a-key", TOKEN)
    try:
        raise RuntimeError(f"POST https://api.example/bot{TOKEN}/sendMessage failed with a-key")
    except RuntimeError:
        log.exception("it failed")
    text = stream.getvalue()
    assert "RuntimeError" in text
    assert not any(secret in text for secret in (TOKEN, TOKEN.partition(":")[2], "a-key", "p@ss"))


def test_a_token_that_nobody_named_is_hidden_too(stream: io.StringIO) -> None:
    configure("INFO", [], stream)
    logging.getLogger("bot").warning("GET /bot%s/getUpdates", TOKEN)
    assert TOKEN not in stream.getvalue()
    assert "/getUpdates" in stream.getvalue()


@pytest.mark.parametrize("name", ["httpx", "httpcore.connection", "telegram.ext.ExtBot", "sqlalchemy.engine.Engine"])
def test_libraries_are_heard_from_warning_on(stream: io.StringIO, name: str) -> None:
    configure("DEBUG", [], stream)
    logging.getLogger(name).info("what a person wrote")
    logging.getLogger("bot.own").debug("our own")
    logging.getLogger(name).warning("a warning")
    assert "what a person wrote" not in stream.getvalue()
    assert "our own" in stream.getvalue()
    assert "a warning" in stream.getvalue()


def test_the_level_is_kept(stream: io.StringIO) -> None:
    configure("ERROR", [], stream)
    for name in ("bot", "httpx"):
        logging.getLogger(name).warning("too quiet")
        logging.getLogger(name).error("loud enough")
    assert "too quiet" not in stream.getvalue()
    assert stream.getvalue().count("loud enough") == 2


def test_warnings_and_uncaught_errors_are_logged_and_redacted(stream: io.StringIO) -> None:
    configure("INFO", ["a-key"], stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("something about a-key", stacklevel=1)
    error = ValueError("no good: a-key")
    sys.excepthook(ValueError, error, None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    text = stream.getvalue()
    assert "something about" in text
    assert "ValueError: no good" in text
    assert "KeyboardInterrupt" not in text
    assert "a-key" not in text
