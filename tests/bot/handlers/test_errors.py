"""Where an error came from, told without its message."""

import json
from pathlib import Path

from bot.handlers.errors import place_of
from bot.replies.emotions import bar
from bot.replies.texts import texts_for

ROOT = Path(__file__).parents[3]


def caught(function: object, *arguments: object) -> BaseException:
    """What calling the function raises."""
    try:
        function(*arguments)  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001
        return error
    raise AssertionError("nothing was raised")


def test_the_deepest_place_of_ours_is_named() -> None:
    place = place_of(caught(texts_for("en").say, "no such text"))
    file, _, line = place.partition(":")
    assert file == "bot/replies/texts.py"
    assert "get_message" in (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert place_of(caught(bar, "x")).startswith("bot/replies/emotions.py:")


def test_a_place_that_is_not_ours_is_not_named() -> None:
    assert place_of(caught(json.loads, "{")) == "an unknown place"
