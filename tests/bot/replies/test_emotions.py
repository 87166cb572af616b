"""How labels look."""

import re
from pathlib import Path

import pytest

from bot import playground
from bot.replies import emotions
from bot.replies.texts import texts_for
from ml.emotions import COLOURS, LABELS


def test_every_label_has_an_emoji_and_names_of_its_own() -> None:
    labels = range(len(LABELS))
    assert len(emotions.EMOJI) == len(set(emotions.EMOJI)) == len(LABELS)
    for language in ("en", "ru"):
        texts = texts_for(language)
        assert len({emotions.name(label, texts) for label in labels}) == len(LABELS)
        assert len({emotions.button(label, texts) for label in labels}) == len(LABELS)


@pytest.mark.parametrize(
    ("share", "full"), [(0.0, 0), (0.001, 1), (0.14, 1), (0.5, 5), (0.949, 9), (0.96, 10), (1.0, 10)]
)
def test_a_bar_has_ten_cells(share: float, full: int) -> None:
    assert emotions.bar(share) == "▰" * full + "▱" * (10 - full)


def test_the_page_has_the_colours_of_the_pictures() -> None:
    style = (Path(playground.__file__ or "").parent / "page" / "style.css").read_text(encoding="utf-8")
    assert dict(re.findall(rf"--({'|'.join(LABELS)}): (#[0-9a-f]{{6}});", style)) == dict(
        zip(LABELS, COLOURS, strict=True)
    )
