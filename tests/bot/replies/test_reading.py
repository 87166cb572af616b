"""What is said of a message and of a correction."""

import pytest

from bot.replies import reading
from bot.replies.reading import Kept, Told
from bot.replies.texts import Markup, texts_for
from ml.classifier import Reading, Unsure
from ml.emotions import NO_EMOTION, Emotion

EN, RU = texts_for("en"), texts_for("ru")
SURE = Reading(Emotion.JOY, None, 0.1, (0.02, 0.9, 0.02, 0.02, 0.02, 0.02), "test")
CLOSE = Reading(Emotion.ANGER, None, 0.1, (0.05, 0.05, 0.0, 0.55, 0.35, 0.0), "test")


def unsure(reason: Unsure) -> Reading:
    """A reading without an emotion; fear, then surprise, would have been the best."""
    return Reading(None, reason, 0.5, (0.05, 0.05, 0.0, 0.05, 0.45, 0.4), "test")


def test_a_sure_reading_is_one_line() -> None:
    assert reading.reading(Told(SURE), EN) == "😊 <b>Joy</b> ▰▰▰▰▰▰▰▰▰▱\xa090%"


def test_a_close_runner_up_is_named() -> None:
    assert reading.reading(Told(CLOSE), EN).splitlines()[1:] == ["or 😨 Fear 35%"]


def test_torn_names_both() -> None:
    lines = reading.reading(Told(unsure(Unsure.TORN)), EN).splitlines()
    assert lines[0] == "🤔 I'm torn between 😨 Fear 45% and 😮 Surprise 40%."
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("reason", "words"), [(Unsure.NO_EMOTION, "no clear emotion"), (Unsure.UNREADABLE, "Another language")]
)
def test_unsure_is_said_in_words_and_asks(reason: Unsure, words: str) -> None:
    text = reading.reading(Told(unsure(reason)), EN)
    assert words in text
    assert text.endswith("?")
    assert "%" not in text


def test_how_the_emotion_moves_is_a_line_where_one_is_named() -> None:
    path = (Emotion.SADNESS, Emotion.ANGER, Emotion.JOY)
    line = "As it goes on: 😢 Sadness → 😠 Anger → 😊 Joy"
    assert reading.reading(Told(SURE, moves=path), EN).splitlines()[1:] == [line]
    assert reading.reading(Told(unsure(Unsure.TORN), moves=path), EN).splitlines()[-2] == line
    assert line not in reading.reading(Told(unsure(Unsure.NO_EMOTION), moves=path), EN)
    assert "😢 Грусть → 😠 Злость → 😊 Радость" in reading.reading(Told(SURE, moves=path), RU)


def test_in_russian() -> None:
    assert "Радость" in reading.reading(Told(SURE), RU)
    assert "английский" in reading.reading(Told(unsure(Unsure.UNREADABLE)), RU)


def test_a_text_in_russian_gets_a_word_in_russian_whatever_language_is_spoken() -> None:
    told = Told(unsure(Unsure.UNREADABLE), russian=True)
    assert "По-русски" in reading.reading(told, EN)
    assert "only English" in reading.reading(told, EN)
    assert "По-русски" in reading.reading(told, RU)


def test_what_was_taught_is_told_from_memory_where_the_model_would_say_something_else() -> None:
    taught = Told(SURE, taught=Emotion.LOVE, moves=(Emotion.JOY, Emotion.FEAR))
    assert reading.reading(taught, EN) == "❤️ <b>Love</b>, as you taught me."
    assert reading.reading(Told(unsure(Unsure.TORN), taught=NO_EMOTION), RU).startswith("😐 <b>Без эмоций</b> — так вы")
    learned = Told(SURE, taught=Emotion.JOY)
    assert reading.reading(learned, EN) == reading.reading(Told(SURE), EN)
    assert "as I thought" in reading.corrected(taught, Emotion.LOVE, Kept.SILENT, EN)
    assert "got it" in reading.corrected(taught, Emotion.JOY, Kept.SILENT, EN)


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
    assert Told(said).label == label


def test_a_confirmation_is_told_from_a_correction() -> None:
    assert "as I thought" in reading.corrected(Told(SURE), Emotion.JOY, Kept.SILENT, EN)
    assert "Love</b>, got it" in reading.corrected(Told(SURE), Emotion.LOVE, Kept.SILENT, EN)
    assert "No emotion" in reading.corrected(Told(SURE), NO_EMOTION, Kept.SILENT, EN)


@pytest.mark.parametrize(
    ("kept", "words"),
    [(Kept.KEPT, "learn from it"), (Kept.UNREACHABLE, "can't reach"), (Kept.REFUSED, "no text is kept")],
)
def test_what_became_of_the_text_is_said_in_a_line(kept: Kept, words: str) -> None:
    lines = reading.corrected(Told(SURE), Emotion.LOVE, kept, EN).splitlines()
    assert len(lines) == 2
    assert words in lines[1]


def test_the_question_of_consent_says_who_reads_and_how_to_change_it() -> None:
    text = reading.consent_question(Told(SURE), Emotion.LOVE, EN)
    assert all(words in text for words in ("Love", "learn", "encrypted", "admin", "/privacy"))


def test_votes_are_a_line_in_place_of_the_question_unless_somebody_doubts() -> None:
    told = Told(unsure(Unsure.TORN), votes={Emotion.LOVE: 2, NO_EMOTION: 1})
    line = "You say: ❤️ Love 2, 😐 No emotion 1"
    assert reading.reading(told, EN).splitlines()[1:] == [line]
    assert reading.reading(told, EN, asks=True).splitlines()[1:] == [line, "What would you say?"]


def test_what_is_offered_has_a_title_without_marks_and_escapes_the_text() -> None:
    title, _, body = reading.offered(Told(CLOSE), "<b>you & me</b>", EN)
    assert title == "😠 Anger ▰▰▰▰▰▰▱▱▱▱\xa055%"
    assert body.splitlines()[0] == "&lt;b&gt;you &amp; me&lt;/b&gt;"
    assert body.splitlines()[-1] == "or 😨 Fear 35%"
    torn, *_ = reading.offered(Told(unsure(Unsure.TORN)), "well", RU)
    assert torn == "🤔 Не могу выбрать: 😨 Страх 45\xa0% или 😮 Удивление 40\xa0%."


@pytest.mark.parametrize(
    ("said", "named"),
    [(CLOSE, True), (SURE, False), (unsure(Unsure.NO_EMOTION), False), (unsure(Unsure.TORN), False)],
)
def test_to_somebody_in_danger_a_heavy_emotion_is_named_or_none_and_where_help_is_found(
    said: Reading, named: bool
) -> None:
    told = Told(said, help={"en": Markup("Call."), "ru": Markup("Звоните.")})
    text = reading.reading(told, EN)
    assert text.endswith("Call.")
    assert ("<b>Anger</b>" in text) == named == (text != "Call.") != told.only_help
    assert reading.corrected(told, Emotion.SADNESS, Kept.SILENT, RU).endswith("Спасибо!\n\nЗвоните.")
