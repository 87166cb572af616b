"""What a person is told of themselves: their thirty days, their figures, and all of it in a file."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from bot.replies import emotions
from bot.replies.texts import Markup, Texts
from bot.storage.personal import Everything, Figures, Rows
from ml.emotions import LABELS, Emotion

_NOT_TOLD: Final = frozenset({"cipher", *(emotion.label for emotion in Emotion), "none"})
_LABELS: Final = frozenset({"label", "old_label", "new_label", "emotion", "taught", "said"})
_WHO: Final = frozenset({"author_id", "person_id", "decided_by", "requested_by", "cancel_requested_by", "paused_by"})
"""Columns that say who did it, which is the person, or nobody else's business."""

_MACHINERY: Final = frozenset({"lease_owner", "lease_until", "epoch", "heartbeat_at", "log_tail", "report", "verdict"})


def mood_caption(counts: Mapping[tuple[date, int], int], texts: Texts) -> Markup:
    """What stands under the picture of thirty days, in which there is something."""
    by_label = {label: sum(n for (_, of), n in counts.items() if of == label) for label in range(len(LABELS))}
    most = max(by_label, key=by_label.__getitem__)
    return texts.say(
        "mood-caption",
        messages=sum(by_label.values()),
        emoji=emotions.EMOJI[most],
        emotion=emotions.name(most, texts),
    )


def figures(own: Figures, texts: Texts) -> Markup:
    """A few lines on what was read, corrected, kept and taught."""
    if own.since is None:
        return texts.say("mystats-nothing")
    lines = [texts.say("mystats-readings", readings=own.readings, since=f"{own.since:%Y-%m-%d}")]
    if own.judged:
        lines.append(texts.say("mystats-agreed", judged=own.judged, share=own.agreed / own.judged))
    else:
        lines.append(texts.say("mystats-not-judged"))
    lines.append(texts.say("mystats-kept", kept=own.kept))
    if own.kept:
        lines.append(texts.say("mystats-taught", taught=own.lessons.taught))
    if own.lessons.judging:
        lines.append(texts.say("mystats-judging", judging=own.lessons.judging))
    if own.lessons.waiting:
        lines.append(texts.say("mystats-waiting", waiting=own.lessons.waiting))
    return Markup("\n".join(lines))


def export(stored: Everything, decrypt: Callable[[bytes], str], texts: Texts) -> bytes:
    """All that is stored of a person, as a JSON object whose keys say what each thing is.

    Args:
        stored: the rows.
        decrypt: gives a kept text, or raises ValueError where its key is gone.
        texts: in which the file says what it is.
    """
    content = {
        "about": texts.say("export-about"),
        "person": _plain(stored.person),
        "readings": [_reading(row, decrypt) for row in stored.readings],
        "corrections": _plain(stored.corrections),
        "corrections_by_others": _plain(stored.votes),
        "changes_of_corrections": _plain(stored.changes),
        "retrainings": _plain(stored.runs),
        "decisions_about_corrections": _plain(stored.decisions),
        "pauses_of_the_schedule": _plain(stored.pauses),
        "messages_of_the_last_minute": _plain(stored.minute),
        "minutes_with_too_many_messages": _plain(stored.day),
        "notices_to_admins": _plain(stored.notices),
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _reading(row: Mapping[str, Any], decrypt: Callable[[bytes], str]) -> dict[str, Any]:
    told = dict(_pairs(row))
    told["probability_of_none"] = row["none"]
    told["probabilities"] = {emotion.label: row[emotion.label] for emotion in Emotion}
    if row["cipher"] is not None:
        try:
            told["text"] = decrypt(row["cipher"])
        except ValueError as error:
            told["text"] = None
            told["text_is_kept_but"] = str(error)
    return told


def _plain(rows: Rows) -> list[dict[str, Any]]:
    return [dict(_pairs(row)) for row in rows]


def _pairs(row: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Columns and values, but what is said elsewhere; labels by name, times as ISO 8601."""
    for name, value in row.items():
        if name in _NOT_TOLD or name in _WHO or name in _MACHINERY:
            continue
        if name in _LABELS and value is not None:
            yield name, LABELS[value]
        else:
            yield name, value.isoformat() if isinstance(value, datetime) else value
