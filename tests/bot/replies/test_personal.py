"""What a person is told of themselves."""

import json
from datetime import UTC, date, datetime

import pytest

from bot.replies import personal
from bot.replies.texts import texts_for
from bot.storage.corrections import Lessons
from bot.storage.personal import Everything, Figures
from ml.emotions import Emotion

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def test_the_caption_names_what_was_there_most() -> None:
    counts: dict[tuple[date, int], int] = {
        (date(2026, 3, 4), Emotion.JOY): 2,
        (date(2026, 3, 3), Emotion.JOY): 2,
        (date(2026, 3, 4), Emotion.FEAR): 3,
    }
    caption = personal.mood_caption(counts, texts_for("en"))
    assert caption.startswith("7 messages in 30 days, most often 😊 <b>Joy</b>.")


def test_figures_are_told_in_plain_words() -> None:
    own = Figures(readings=3, since=NOW, judged=2, agreed=1, kept=2, lessons=Lessons(taught=1, judging=1, waiting=0))
    assert personal.figures(own, texts_for("en")).splitlines() == [
        "I have read <b>3</b> messages of yours, the first on 2026-03-04.",
        "You judged <b>2</b> readings and agreed with 50%.",
        "<b>2</b> texts of yours are kept, encrypted.",
        "One of your corrections taught the model that reads you now.",
        "One never trains, and judges the models instead.",
    ]


def test_who_judged_and_kept_nothing_is_told_how() -> None:
    own = Figures(readings=1, since=NOW, judged=0, agreed=0, kept=0, lessons=Lessons(0, 0, 0))
    told = personal.figures(own, texts_for("ru"))
    assert "Прочитано <b>1</b> ваше сообщение" in told
    assert "не оценивали" in told
    assert "не хранятся" in told


@pytest.mark.parametrize("readable", [True, False])
def test_the_export_names_labels_and_holds_texts_where_a_key_reads_them(readable: bool) -> None:
    shares = {emotion.label: 0.1 * emotion for emotion in Emotion}
    row = {"id": 5, "author_id": 7, "emotion": Emotion.LOVE, "created_at": NOW, "none": 0.25, "cipher": b"x", **shares}
    changes = [{"person_id": 7, "reading_id": 5, "old_label": None, "new_label": 6, "created_at": NOW}]
    stored = Everything([], [row], [], [], changes, [], [], [], [], [], [])

    def decrypt(cipher: bytes) -> str:
        if not readable:
            raise ValueError("no key")
        return f"été {cipher.decode()}"

    told = json.loads(personal.export(stored, decrypt, texts_for("en")))

    (reading,) = told["readings"]
    assert reading["emotion"] == "love"
    assert reading["created_at"] == "2026-03-04T05:06:00+00:00"
    assert reading["probabilities"] == pytest.approx(shares)
    assert reading["text"] == ("été x" if readable else None)
    assert ("text_is_kept_but" in reading) != readable
    assert told["changes_of_corrections"] == [
        {"reading_id": 5, "old_label": None, "new_label": "none", "created_at": "2026-03-04T05:06:00+00:00"}
    ]
