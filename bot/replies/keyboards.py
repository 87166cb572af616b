"""Buttons, and what they say to the bot when they are tapped.

A button carries all that is needed to act on it, so it works after a restart and on any replica: a letter for what it
does, a reading's id, a label. Telegram takes 64 bytes at most.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit

from bot.replies import emotions
from bot.replies.reading import Told
from bot.replies.texts import LANGUAGES, Texts, texts_for
from bot.replies.welcome import EXAMPLES
from bot.storage.review import Blocked, Item
from ml.classifier import Unsure
from ml.emotions import LABELS, NO_EMOTION

_ID: Final = r"(\d{1,18})"

CORRECT: Final = re.compile(rf"c:{_ID}:([0-6])\Z", re.ASCII)
WHY: Final = re.compile(rf"w:{_ID}\Z", re.ASCII)
UNDO: Final = re.compile(rf"u:{_ID}\Z", re.ASCII)
CONSENT: Final = re.compile(rf"k:{_ID}:([yn])\Z", re.ASCII)
PRIVACY: Final = re.compile(r"p:([yn])\Z")
LANGUAGE: Final = re.compile(rf"l:({'|'.join(LANGUAGES)})\Z")
EXAMPLE: Final = re.compile(rf"e:([0-{len(EXAMPLES) - 1}])\Z")
FORGET: Final = re.compile(r"f:([yn])\Z")
REVIEW: Final = re.compile(rf"av:{_ID}:([0-6]):([kdb])\Z", re.ASCII)
UNBLOCK: Final = re.compile(rf"ab:{_ID}\Z", re.ASCII)
MODEL: Final = re.compile(r"am:(\d{1,9})\Z", re.ASCII)
SERVE: Final = re.compile(r"as:(\d{1,9})\Z", re.ASCII)
CANCEL: Final = re.compile(r"ac\Z")

_MODELS: Final = 4
_LETTERS_A_ROW: Final = 30
"""What a narrow phone shows in full of the buttons of a row, each as wide as the longest of them."""

_UNBLOCKED: Final = 5
"""So many of the people blocked last can be let in again."""

_MOST_BYTES: Final = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)


class Answer(StrEnum):
    """A yes or a no, as buttons carry it."""

    YES = "y"
    NO = "n"


def reading(reading_id: int, told: Told, texts: Texts, *, explained: bool = False) -> InlineKeyboardMarkup:
    """A tap for each label, first the confirmation when an emotion was named; below them the question why, unless that
    is `explained` already or there is nothing to explain, and where there are votes, a way back.

    Where only help is told there are none.
    """
    if told.only_help and not told.votes:
        return InlineKeyboardMarkup([])
    confirms = told.label not in (None, NO_EMOTION)
    labels = [label for label in range(len(LABELS)) if not (confirms and label == told.label)]
    buttons = [_button(emotions.button(label, texts), "c", reading_id, label) for label in labels]
    if confirms:
        buttons.insert(0, _button(texts.say("button-confirm"), "c", reading_id, told.label))
    more = []
    if not (explained or told.from_memory or told.said.unsure is Unsure.UNREADABLE):
        more.append(_button(texts.say("button-why"), "w", reading_id))
    if told.votes:
        more.append(_button(texts.say("button-undo"), "u", reading_id))
    return InlineKeyboardMarkup([*_in_rows(buttons), more] if more else _in_rows(buttons))


def undo(reading_id: int, texts: Texts) -> InlineKeyboardMarkup:
    """Take the correction of this reading back."""
    return InlineKeyboardMarkup.from_button(_button(texts.say("button-undo"), "u", reading_id))


def consent(reading_id: int, texts: Texts) -> InlineKeyboardMarkup:
    """May texts be kept, that of this reading first?"""
    return InlineKeyboardMarkup.from_row(
        [
            _button(texts.say("button-consent-yes"), "k", reading_id, Answer.YES),
            _button(texts.say("button-consent-no"), "k", reading_id, Answer.NO),
        ]
    )


def privacy(given: bool, texts: Texts) -> InlineKeyboardMarkup:
    """Turn the keeping of texts off where consent is `given`, on where it is not."""
    if given:
        return InlineKeyboardMarkup.from_button(_button(texts.say("button-privacy-off"), "p", Answer.NO))
    return InlineKeyboardMarkup.from_button(_button(texts.say("button-privacy-on"), "p", Answer.YES))


def language() -> InlineKeyboardMarkup:
    """Which language is it to be? Each says its own name."""
    names = [(texts_for(language).say("language-name"), language) for language in LANGUAGES]
    return InlineKeyboardMarkup.from_row([_button(name, "l", code) for name, code in names])


def examples() -> InlineKeyboardMarkup:
    """Messages to try, each on a button."""
    return InlineKeyboardMarkup.from_column([_button(text, "e", place) for place, text in enumerate(EXAMPLES)])


def forget(texts: Texts) -> InlineKeyboardMarkup:
    """Delete everything of this person?"""
    return InlineKeyboardMarkup.from_row(
        [
            _button(texts.say("button-forget-yes"), "f", Answer.YES),
            _button(texts.say("button-forget-no"), "f", Answer.NO),
        ]
    )


def cancel(texts: Texts) -> InlineKeyboardMarkup:
    """Stop the run that the message tells of."""
    return InlineKeyboardMarkup.from_button(_button(texts.say("button-cancel"), "ac"))


def review(item: Item | None, blocked: Sequence[Blocked], texts: Texts) -> InlineKeyboardMarkup | None:
    """Keep or drop a correction, or block whoever made it; let people in again who were blocked."""
    rows = []
    if item is not None:
        place = ("av", item.correction_id, item.label)
        rows.append([_button(texts.say("button-keep"), *place, "k"), _button(texts.say("button-drop"), *place, "d")])
        rows.append([_button(texts.say("button-block"), *place, "b")])
    for person in (one.person_id for one in reversed(blocked[-_UNBLOCKED:])):
        rows += [[_button(texts.say("button-unblock", person=str(person)), "ab", person)]]
    return InlineKeyboardMarkup(rows) if rows else None


def models(versions: Sequence[int]) -> InlineKeyboardMarkup:
    """More of each model."""
    buttons = [_button(str(version), "am", version) for version in versions]
    return InlineKeyboardMarkup([buttons[first : first + _MODELS] for first in range(0, len(buttons), _MODELS)])


def model(version: int, may_serve: bool, texts: Texts) -> InlineKeyboardMarkup:
    """Let a model serve, where it can; back to all of them."""
    rows = [[_button(texts.say("button-serve", version=version), "as", version)]] if may_serve else []
    return InlineKeyboardMarkup([*rows, [_button(texts.say("button-models"), "am", 0)]])


def _in_rows(buttons: Iterable[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """As many in each row as can be read in full."""
    rows: list[list[InlineKeyboardButton]] = [[]]
    for button in buttons:
        row = [*rows[-1], button]
        if len(row) * max(len(each.text) for each in row) > _LETTERS_A_ROW:
            rows.append([])
        rows[-1].append(button)
    return rows


def _button(text: str, *data: object) -> InlineKeyboardButton:
    carried = ":".join(map(str, data))
    if len(carried.encode()) > _MOST_BYTES:
        raise ValueError(f"a button can't carry {carried!r}: Telegram takes {_MOST_BYTES} bytes")
    return InlineKeyboardButton(text, callback_data=carried)
