"""What is said of a message and of a correction."""

import pytest

from bot.replies import reading
from bot.replies.reading import Kept
from bot.replies.texts import texts_for
from ml.classifier import Reading, Unsure
from ml.emotions import NO_EMOTION, Emotion

EN, RU = texts_for("en"), texts_for("ru")
SURE = Reading(Emotion.JOY, None, 0.1, (0.02, 0.9, 0.02, 0.02, 0.02, 0.02), "test")
CLOSE = Reading(Emotion.ANGER, None, 0.1, (0.05, 0.05, 0.0, 0.55, 0.35, 0.0), "test")


def unsure(reason: Unsure) -> Reading:
    """A reading without an emotion; fear, then surprise, would have been the best."""
    return Reading(None, reason, 0.5, (0.05, 0.05, 0.0, 0.05, 0.45, 0.4), "test")


def test_a_sure_reading_is_one_line() -> None:
    assert reading.reading(SURE, EN) == "😊 <b>Joy</b> ▰▰▰▰▰▰▰▰▰▱ 90%"


def test_a_close_runner_up_is_named() -> None:
    assert reading.reading(CLOSE, EN).splitlines()[1:] == ["or 😨 Fear 35%"]


def test_torn_names_both() -> None:
    lines = reading.reading(unsure(Unsure.TORN), EN).splitlines()
    assert "torn" in lines[0]
    assert "Fear" in lines[1]
    assert "Surprise" in lines[2]


@pytest.mark.parametrize(
    ("reason", "words"), [(Unsure.NO_EMOTION, "no clear emotion"), (Unsure.UNREADABLE, "Another language")]
)
def test_unsure_is_said_in_words_and_asks(reason: Unsure, words: str) -> None:
    text = reading.reading(unsure(reason), EN)
    assert words in text
    assert text.endswith("?")
    assert "%" not in text


def test_how_the_emotion_moves_is_a_line_where_one_is_named() -> None:
    path = (Emotion.SADNESS, Emotion.ANGER, Emotion.JOY)
    line = "As it goes on: 😢 Sadness → 😠 Anger → 😊 Joy"
    assert reading.reading(SURE, EN, path).splitlines()[1:] == [line]
    assert reading.reading(unsure(Unsure.TORN), EN, path).splitlines()[-2] == line
    assert line not in reading.reading(unsure(Unsure.NO_EMOTION), EN, path)
    assert reading.reading(SURE, EN, None) == reading.reading(SURE, EN)
    assert "😢 Грусть → 😠 Злость → 😊 Радость" in reading.reading(SURE, RU, path)


def test_in_russian() -> None:
    assert "Радость" in reading.reading(SURE, RU)
    assert "английский" in reading.reading(unsure(Unsure.UNREADABLE), RU)


@pytest.mark.parametrize(
    ("said", "label"),
    [
        (SURE, Emotion.JOY),
        (unsure(Unsure.NO_EMOTION), NO_EMOTION),
        (unsure(Unsure.TORN), None),
        (unsure(Unsure.UNREADABLE), None),
    ],
)
def test_the_label_that_a_reading_amounts_to(said: Reading, label: int | None) -> None:
    assert reading.shown_label(said) == label


def test_a_confirmation_is_told_from_a_correction() -> None:
    assert "as I thought" in reading.corrected(SURE, Emotion.JOY, Kept.SILENT, EN)
    assert "Love</b>, got it" in reading.corrected(SURE, Emotion.LOVE, Kept.SILENT, EN)
    assert "No emotion" in reading.corrected(SURE, NO_EMOTION, Kept.SILENT, EN)


@pytest.mark.parametrize(
    ("kept", "words"),
    [(Kept.KEPT, "learn from it"), (Kept.UNREACHABLE, "can't reach"), (Kept.REFUSED, "no text is kept")],
)
def test_what_became_of_the_text_is_said_in_a_line(kept: Kept, words: str) -> None:
    lines = reading.corrected(SURE, Emotion.LOVE, kept, EN).splitlines()
    assert len(lines) == 2
    assert words in lines[1]


def test_the_question_of_consent_says_who_reads_and_how_to_change_it() -> None:
    text = reading.consent_question(SURE, Emotion.LOVE, EN)
    assert all(words in text for words in ("Love", "learn", "encrypted", "admin", "/privacy"))
