"""What the bot says about a message, and about a correction of what it said."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from html import escape, unescape
from typing import Final

from bot.replies import emotions
from bot.replies.safety import Help
from bot.replies.texts import Markup, Texts
from ml.classifier import Reading, Unsure
from ml.emotions import NO_EMOTION, Emotion

HEAVY: Final = (Emotion.SADNESS, Emotion.ANGER, Emotion.FEAR)
"""What is named to somebody who seems to be in danger."""

CLOSE: Final = 0.5
"""A runner-up is named from this part of the best share on."""


class Kept(Enum):
    """What a reply adds about the text of a corrected message."""

    SILENT = None
    KEPT = "kept"
    UNREACHABLE = "not-kept"
    FORWARDED = "not-kept-forwarded"
    REFUSED = "consent-no"


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to tell of one message.

    Attributes:
        said: what the model made of it.
        taught: the label that its author gave the same text before, which is told instead.
        moves: how the emotion moves through a long text.
        russian: whether it is in Russian.
        votes: in a group, how many say what, by label; most first.
        help: where help is found, by language, if its author seems to be in danger.
    """

    said: Reading
    taught: int | None = None
    moves: Sequence[Emotion] | None = None
    russian: bool = False
    votes: Mapping[int, int] = field(default_factory=dict)
    help: Help | None = None

    @property
    def label(self) -> int | None:
        """The label that this amounts to, which a confirmation repeats; None when the bot could not tell."""
        if self.taught is not None:
            return self.taught
        if self.said.emotion is not None:
            return self.said.emotion
        return NO_EMOTION if self.said.unsure is Unsure.NO_EMOTION else None

    @property
    def only_help(self) -> bool:
        """Whether nothing but help is told: to somebody in danger a shrug, or a joy that was misread, would hurt."""
        return self.help is not None and self.said.emotion not in HEAVY

    @property
    def from_memory(self) -> bool:
        """Whether the author's own word is told, as the model would say something else."""
        return self.taught is not None and self.taught != Told(self.said).label


def reading(told: Told, texts: Texts, *, asks: bool = False) -> Markup:
    """The reading, as short as it can be: the emotion with its share, or in plain words why there is none; how it moves
    through a long text, where it does; in a group what people say. It asks what the person says where the bot can't
    tell, and where they doubt it."""
    lines = [] if told.only_help else _lines(told, texts)
    if told.votes:
        votes = ", ".join(
            f"{emotions.EMOJI[label]} {emotions.name(label, texts)} {votes}" for label, votes in told.votes.items()
        )
        lines.append(texts.say("votes", votes=Markup(votes)))
    elif told.taught is None and told.said.unsure is not None and told.help is None:
        asks = True
    if asks:
        lines.append(texts.say("unsure-ask"))
    return _with_help("\n".join(lines), told, texts)


def offered(told: Told, text: str, texts: Texts) -> tuple[str, str, Markup]:
    """A reading to be sent in somebody's own name: its title and description in the list, without marks, and the text
    with the reading below it. Whoever seems to be in danger reads in the list already where help is found."""
    lines = [] if told.only_help else _lines(told, texts)
    title = unescape(re.sub(r"</?\w+>", "", lines[0])) if lines else text
    description = unescape(told.help[texts.language]) if told.help else text
    below = _with_help("\n".join(lines), told, texts)
    return title, description, Markup(f"{escape(text)}\n\n{below}")


def corrected(told: Told, label: int, kept: Kept, texts: Texts) -> Markup:
    """What stands in place of the reading once its author said `label`."""
    lines = [_named("confirmed" if label == told.label else "corrected", label, texts)]
    if kept.value is not None:
        lines.append(texts.say(kept.value))
    return _with_help("\n".join(lines), told, texts)


def consent_question(told: Told, label: int, texts: Texts) -> Markup:
    """The correction, then whether texts may be kept."""
    return Markup(f"{corrected(told, label, Kept.SILENT, texts)}\n\n{texts.say('consent-question')}")


def _with_help(said: str, told: Told, texts: Texts) -> Markup:
    """What is said of a message, and where help is found if its author seems to need it."""
    return Markup(said if told.help is None else f"{said}\n\n{told.help[texts.language]}".strip())


def _lines(told: Told, texts: Texts) -> list[Markup]:
    said = told.said
    if told.from_memory and told.taught is not None:
        return [_named("taught", told.taught, texts)]
    if said.unsure is Unsure.TORN:
        first, second = (_share("one-of-two", said, label, texts) for label in (said.best, said.runner_up))
        return [texts.say("unsure-torn", first=first, second=second), *_moves(told.moves, texts)]
    if said.unsure is not None:
        return [_unsure(said.unsure, texts, russian=told.russian)]
    lines = [_share("share", said, said.best, texts)]
    if said.probabilities[said.runner_up] >= CLOSE * said.probabilities[said.best]:
        lines.append(_share("runner-up", said, said.runner_up, texts))
    return lines + _moves(told.moves, texts)


def _named(key: str, label: int, texts: Texts) -> Markup:
    return texts.say(key, emoji=emotions.EMOJI[label], emotion=emotions.name(label, texts))


def _share(key: str, said: Reading, label: int, texts: Texts) -> Markup:
    share = said.probabilities[label]
    return texts.say(
        key, emoji=emotions.EMOJI[label], emotion=emotions.name(label, texts), bar=emotions.bar(share), share=share
    )


def _moves(moves: Sequence[Emotion] | None, texts: Texts) -> list[Markup]:
    if not moves:
        return []
    path = " → ".join(f"{emotions.EMOJI[emotion]} {emotions.name(emotion, texts)}" for emotion in moves)
    return [texts.say("moves", path=Markup(path))]


def _unsure(reason: Unsure, texts: Texts, *, russian: bool) -> Markup:
    if reason is Unsure.NO_EMOTION:
        return texts.say("unsure-no-emotion", emoji=emotions.EMOJI[NO_EMOTION])
    return texts.say("unsure-russian" if russian else "unsure-unreadable")
