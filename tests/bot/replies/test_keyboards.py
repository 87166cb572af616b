"""Buttons: which there are, what they carry, and what is taken for theirs."""

from dataclasses import replace
from itertools import chain

import pytest
from telegram import InlineKeyboardMarkup

from bot.replies import keyboards
from bot.replies.reading import Told
from bot.replies.texts import LANGUAGES, texts_for
from ml.classifier import Reading, Unsure
from ml.emotions import LABELS, Emotion

EN = texts_for("en")
LARGEST = 10**18 - 1


def carried(keyboard: InlineKeyboardMarkup) -> list[str]:
    """What the buttons carry, row by row."""
    return [str(button.callback_data) for button in chain.from_iterable(keyboard.inline_keyboard)]


def told(emotion: Emotion | None, unsure: Unsure | None = None, taught: int | None = None) -> Told:
    return Told(Reading(emotion, unsure, 0.1, (0.1, 0.1, 0.5, 0.1, 0.1, 0.1), "test"), taught)


def test_a_named_emotion_can_be_confirmed_corrected_or_explained() -> None:
    keyboard = keyboards.reading(5, told(Emotion.LOVE), EN)
    assert [len(row) for row in keyboard.inline_keyboard] == [4, 3, 1]
    first, last = keyboard.inline_keyboard[0][0], keyboard.inline_keyboard[2][0]
    assert (first.text, first.callback_data) == ("✓ Yes", "c:5:2")
    assert (last.text, last.callback_data) == ("Why?", "w:5")
    assert sorted(carried(keyboard)[:-1]) == [f"c:5:{label}" for label in range(len(LABELS))]


def test_longer_words_get_more_rows() -> None:
    keyboard = keyboards.reading(5, told(Emotion.FEAR), texts_for("ru"))
    assert [[button.text.split()[-1] for button in row] for row in keyboard.inline_keyboard] == [
        ["Да", "Грусть", "Радость"],
        ["Любовь", "Злость"],
        ["Удивление", "Никакой"],
        ["Почему?"],
    ]


@pytest.mark.parametrize("reason", [Unsure.TORN, Unsure.NO_EMOTION])
def test_without_an_emotion_every_label_is_offered_by_name(reason: Unsure) -> None:
    keyboard = keyboards.reading(5, told(None, reason), EN)
    assert carried(keyboard) == [*(f"c:5:{label}" for label in range(len(LABELS))), "w:5"]
    assert "✓ Yes" not in {button.text for row in keyboard.inline_keyboard for button in row}


def test_what_was_taught_can_be_confirmed_and_needs_no_explanation() -> None:
    data = carried(keyboards.reading(5, told(Emotion.LOVE, taught=Emotion.FEAR), EN))
    assert data[0] == "c:5:4"
    assert "w:5" not in data


def test_a_vote_can_be_taken_back() -> None:
    assert carried(keyboards.reading(5, replace(told(Emotion.LOVE), votes={0: 1}), EN))[-2:] == ["w:5", "u:5"]


def test_what_is_explained_or_cannot_be_is_not_offered_to_be() -> None:
    assert "w:5" not in carried(keyboards.reading(5, told(Emotion.LOVE), EN, explained=True))
    assert "w:5" not in carried(keyboards.reading(5, told(None, Unsure.UNREADABLE), EN))


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_fits_into_what_telegram_takes_and_is_understood(language: str) -> None:
    texts = texts_for(language)
    made = {
        keyboards.CORRECT: keyboards.reading(LARGEST, told(Emotion.JOY), texts, explained=True),
        keyboards.WHY: InlineKeyboardMarkup(
            [keyboards.reading(LARGEST, told(Emotion.JOY), texts).inline_keyboard[-1][-1:]]
        ),
        keyboards.UNDO: keyboards.undo(LARGEST, texts),
        keyboards.CONSENT: keyboards.consent(LARGEST, texts),
        keyboards.FORGET: keyboards.forget(texts),
    }
    for pattern, keyboard in made.items():
        for data in carried(keyboard):
            assert len(data.encode()) <= 64
            assert pattern.match(data)
    for given in (True, False):
        assert all(keyboards.PRIVACY.match(data) for data in carried(keyboards.privacy(given, texts)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_faces_are_short(language: str) -> None:
    for row in keyboards.reading(1, told(Emotion.SADNESS), texts_for(language)).inline_keyboard:
        assert all(len(button.text) <= 13 for button in row)


@pytest.mark.parametrize(
    "data",
    ["", "c", "c:5", "c:5:7", "c:5:-1", "c:-5:1", "c:5:1:", "c:5:1\n", "c:٣:1", f"c:{10**18}:1", "C:5:1", " c:5:1"],
)
def test_forged_data_is_no_correction(data: str) -> None:
    assert keyboards.CORRECT.match(data) is None


def test_more_than_telegram_takes_is_an_error() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        keyboards.undo(10**70, EN)
