"""The colours of the labels: seen on light and on dark, and told apart by the colour-blind."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.emotions import COLOURS, LABELS

LIGHT, DARK = "#ffffff", "#17151f"
OKABE_ITO = ("#0072b2", "#e69f00", "#cc79a7", "#d55e00", "#009e73", "#56b4e9")

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009
SEEN = {
    "by most": np.eye(3),
    "without red": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "without green": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "without blue": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# Oklab (Björn Ottosson, 2020): distances in it are about as large as they look.
TO_CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip

Colour = NDArray[np.float64]


def linear(colour: str) -> Colour:
    """Red, green and blue in light."""
    shares = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """As WCAG has it."""
    dark, light = sorted(float(linear(colour) @ np.array([0.2126, 0.7152, 0.0722])) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def nearest(colours: tuple[str, ...], eyes: Colour) -> float:
    """How far the two are apart that look most alike."""
    seen = [TO_LAB @ np.cbrt(TO_CONES @ np.clip(eyes @ linear(colour), 0, 1)) for colour in colours]
    return min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2))


def test_there_is_a_colour_for_each_label() -> None:
    assert len(set(COLOURS)) == len(LABELS)


@pytest.mark.parametrize("page", [LIGHT, DARK])
def test_every_colour_is_seen_on_light_and_on_dark(page: str) -> None:
    assert min(contrast(colour, page) for colour in COLOURS) >= 3


@pytest.mark.parametrize("eyes", SEEN)
def test_the_six_are_further_apart_than_those_of_okabe_and_ito(eyes: str) -> None:
    assert nearest(COLOURS[:6], SEEN[eyes]) > nearest(OKABE_ITO, SEEN[eyes])


@pytest.mark.parametrize("eyes", SEEN)
def test_none_is_apart_from_the_six_too(eyes: str) -> None:
    assert nearest(COLOURS, SEEN[eyes]) > 0.07
