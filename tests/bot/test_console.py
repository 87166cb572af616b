"""Readings as lines for people."""

from bot.console import as_line
from ml.classifier import Influence, Reading, Unsure
from ml.emotions import Emotion

SURE = Reading(Emotion.JOY, None, 0.1, (0.1, 0.7, 0.05, 0.05, 0.05, 0.05), "m")
TORN = Reading(None, Unsure.TORN, 0.1, (0.48, 0.02, 0.02, 0.02, 0.02, 0.44), "m")


def test_texts_stand_in_one_column() -> None:
    lines = [
        as_line("hello", said) for said in (SURE, TORN, *(SURE._replace(emotion=None, unsure=why) for why in Unsure))
    ]
    assert lines[:2] == ["joy                  70%  hello", "sadness or surprise  48%  hello"]
    assert {line.index("hello") for line in lines} == {26}


def test_joined_emoji_stay_whole_and_what_could_move_the_terminal_goes() -> None:
    assert as_line("👨\u200d👩\u200d👧 ❤\ufe0f", SURE).endswith("  👨\u200d👩\u200d👧 ❤\ufe0f")
    assert as_line("a\x1b[31m\r\n\x9b\u202eb", SURE).endswith("  a [31m    b")


def test_words_that_carry_are_told_once_and_not_those_that_do_next_to_nothing() -> None:
    shares = {"HAPPY": 0.4, "happy": 0.3, "day": 0.006, "so": 0.004}
    why = [Influence(word, 0, 0, drop) for word, drop in shares.items()]
    assert as_line("…", SURE, why).endswith("%  …  [HAPPY 40%, day 1%]")
    assert as_line("…", SURE, why[3:]).endswith("%  …")
