"""What an admin is shown to decide about: one correction at a time."""

from html import escape
from typing import Final

from bot.replies import emotions
from bot.replies.statistics import moment
from bot.replies.texts import Markup, Texts
from bot.storage.review import Item

SHOWN: Final = 1_500
"""Characters of a text that are shown at most; Telegram takes 4,096, where some count twice."""

_REASONS: Final = {"conflict": "review-conflict", "low trust": "review-low-trust"}


def review(item: Item | None, text: str | None, waiting: int, texts: Texts) -> Markup:
    """The correction that waits longest, of as many; or that none does.

    Args:
        item: the correction.
        text: what was corrected; None where no key decrypts it.
        waiting: how many wait, this one included.
        texts: the admin's language.
    """
    if item is None:
        return texts.say("review-nothing")
    shown = texts.say("review-unreadable") if text is None else escape(f"{text[:SHOWN]}{'…' * (len(text) > SHOWN)}")
    lines = [
        texts.say("review-waiting", count=waiting, since=moment(item.found_at)),
        f"<blockquote>{shown}</blockquote>",
        texts.say("review-said", said=texts.say("review-unsure") if item.said is None else _label(item.said, texts)),
        texts.say(
            "review-says-author" if item.person_id == item.author_id else "review-says",
            label=_label(item.label, texts),
            person=str(item.person_id),
        ),
    ]
    if item.others:
        others = ", ".join(f"{count} × {_label(label, texts)}" for label, count in item.others.items())
        lines.append(texts.say("review-others", others=Markup(others)))
    if item.reason in _REASONS:
        lines.append(f"<i>{texts.say(_REASONS[item.reason])}</i>")
    return Markup("\n".join(lines))


def _label(label: int, texts: Texts) -> Markup:
    return Markup(f"{emotions.EMOJI[label]} {emotions.name(label, texts)}")
