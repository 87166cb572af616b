"""The pictures: drawn for much and for little, in the emotions' own colours, beside the event loop."""

import io
from datetime import date, timedelta

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from bot.playground.files import picture_size
from bot.replies import charts
from bot.replies.texts import texts_for
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
