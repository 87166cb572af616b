"""What the bot says about a message, and about a correction of what it said."""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from bot.replies import emotions
from bot.replies.texts import Markup, Texts
from ml.classifier import Reading, Unsure
from ml.emotions import NO_EMOTION, Emotion

CLOSE: Final = 0.5
"""A runner-up is named from this part of the best share on."""


class Kept(Enum):
    """What a reply adds about the text of a corrected message."""

    SILENT = None
    KEPT = "kept"
    UNREACHABLE = "not-kept"
    REFUSED = "consent-no"


def reading(said: Reading, texts: Texts, moves: Sequence[Emotion] | None = None) -> Markup:
    """The reading, as short as it can be: the emotion with its share, or in plain words why there is none; and how it
    moves through a long text, where it does."""
    if said.unsure is None:
        lines = [_share(said, said.best, texts)]
        if said.probabilities[said.runner_up] >= CLOSE * said.probabilities[said.best]:
            lines.append(_runner_up(said, texts))
        lines += _moves(moves, texts)
    elif said.unsure is Unsure.TORN:
        pair = (_share(said, label, texts) for label in (said.best, said.runner_up))
        lines = [texts.say("unsure-torn"), *pair, *_moves(moves, texts), texts.say("unsure-ask")]
    else:
        lines = [_unsure(said.unsure, texts), texts.say("unsure-ask")]
    return Markup("\n".join(lines))


def corrected(said: Reading, label: int, kept: Kept, texts: Texts) -> Markup:
    """What stands in place of the reading once its author said `label`."""
    key = "confirmed" if label == shown_label(said) else "corrected"
    lines = [texts.say(key, emoji=emotions.EMOJI[label], emotion=emotions.name(label, texts))]
    if kept.value is not None:
        lines.append(texts.say(kept.value))
    return Markup("\n".join(lines))


def consent_question(said: Reading, label: int, texts: Texts) -> Markup:
    """The correction, then whether texts may be kept."""
    return Markup(f"{corrected(said, label, Kept.SILENT, texts)}\n\n{texts.say('consent-question')}")


def shown_label(said: Reading) -> int | None:
    """The label that a reading amounts to, which a confirmation repeats; None when the bot could not tell."""
    if said.emotion is not None:
        return said.emotion
    return NO_EMOTION if said.unsure is Unsure.NO_EMOTION else None


def _share(said: Reading, label: int, texts: Texts) -> Markup:
    share = said.probabilities[label]
    return texts.say(
        "share",
        emoji=emotions.EMOJI[label],
        emotion=emotions.name(label, texts),
        bar=emotions.bar(share),
        share=share,
    )


def _runner_up(said: Reading, texts: Texts) -> Markup:
    label = said.runner_up
    return texts.say(
        "runner-up",
        emoji=emotions.EMOJI[label],
        emotion=emotions.name(label, texts),
        share=said.probabilities[label],
    )


def _moves(moves: Sequence[Emotion] | None, texts: Texts) -> list[Markup]:
    if not moves:
        return []
    path = " → ".join(f"{emotions.EMOJI[emotion]} {emotions.name(emotion, texts)}" for emotion in moves)
    return [texts.say("moves", path=Markup(path))]


def _unsure(reason: Unsure, texts: Texts) -> Markup:
    if reason is Unsure.NO_EMOTION:
        return texts.say("unsure-no-emotion", emoji=emotions.EMOJI[NO_EMOTION])
    return texts.say("unsure-unreadable")
