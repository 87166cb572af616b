"""The pictures: drawn for much and for little, in the emotions' own colours, beside the event loop."""

import io
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from bot.playground.files import picture_size
from bot.replies import charts
from bot.replies.texts import texts_for
from bot.storage.days import UNSURE
from bot.storage.statistics import Agreement, Overview
from ml.emotions import COLOURS

TODAY = date(2026, 3, 4)


def holds(png: bytes, colour: str) -> bool:
    """Whether a picture has a pixel of the colour."""
    pixels = imread(io.BytesIO(png))[..., :3]
    return bool((np.abs(pixels - to_rgb(colour)).max(axis=-1) < 0.01).any())


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_mood_has_a_dot_of_its_colour_for_each_label_that_was_there(language: str) -> None:
    counts = {(TODAY - timedelta(days=3 * label), label): 1 + label for label in range(6)}
    png = await charts.draw(charts.mood, counts, TODAY, texts_for(language))
    assert picture_size(png) == (1280, 1024)
    assert [holds(png, colour) for colour in (*COLOURS, charts.PAPER)] == [True] * 6 + [False, True]


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_statistics_hold_every_label_much_or_little(language: str) -> None:
    by_day = {(TODAY - timedelta(days=label), label): 20 + label for label in range(UNSURE + 1)}
    some = {label: Agreement(10, label) for label in range(7)}
    overview = Overview(99, 70, 21, 3, 2, some, {version: Agreement(10, version) for version in range(1, 9)})
    png = await charts.draw(charts.statistics, by_day, overview, TODAY, texts_for(language))
    assert [holds(png, colour) for colour in COLOURS] == [True] * 7
    nothing = Overview(0, 0, 0, 0, 0, {}, {})
    png = await charts.draw(charts.statistics, {}, nothing, TODAY, texts_for(language))
    assert [holds(png, colour) for colour in COLOURS] == [False] * 7


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_change_holds_every_emotion_with_or_without_words(language: str) -> None:
    texts, old, new = texts_for(language), [0.9, 0.8, 0.7, None, 1.0, 0.0], [0.9, 0.9, 0.6, 0.5, 1.0, 0.2]
    figures = {"champion": {"recall": old, "f1": old}, "candidate": {"recall": new, "f1": new}}
    png = await charts.draw(charts.change, figures, texts)
    assert [holds(png, colour) for colour in COLOURS] == [True, True, True, False, True, True, False]
    words: list[dict[str, object]] = [
        {"word": "pathetic", "champion": [0.1] * 6 + [0.4], "candidate": [0, 0, 0, 1, 0, 0, 0]}
    ]
    longer = await charts.draw(charts.change, {**figures, "words": words}, texts)
    assert [holds(longer, colour) for colour in COLOURS] == [True] * 7
    only_recall = {"champion": {"recall": old}, "candidate": {"recall": new}}
    assert picture_size(await charts.draw(charts.change, only_recall, texts)) == picture_size(png) == (1280, 832)


def test_what_draws_is_loaded_in_time_and_not_before() -> None:
    program = (
        "import asyncio, sys; from bot.replies import charts; assert 'matplotlib' not in sys.modules; "
        "asyncio.run(charts.warm(0)); assert 'matplotlib.backends.backend_agg' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[3], check=True)
