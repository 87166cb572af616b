"""Logs: secrets never get into them, libraries are quiet, and everything goes one way."""

import io
import logging
import sys
import warnings

import pytest

from bot.logs import configure

TOKEN = "123456:AAabcdefghijklmnopqrstuvwxyz012345"


def test_secrets_are_hidden_in_messages_arguments_and_tracebacks(log: io.StringIO) -> None:
    configure("DEBUG", ["a-key", "p@ss", "s"], log)
    logger = logging.getLogger("bot.anything")
    logger.info("key %s in https://api.example/bot%s/getMe and p@ss", "a-key", TOKEN)
    try:
        raise RuntimeError(f"POST https://api.example/bot{TOKEN}/sendMessage failed with a-key")
    except RuntimeError:
        logger.exception("it failed")
    text = log.getvalue()
    assert "RuntimeError" in text
    assert not any(secret in text for secret in (TOKEN, TOKEN.partition(":")[2], "a-key", "p@ss"))


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
