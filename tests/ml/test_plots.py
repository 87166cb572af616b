"""The pictures: drawn for any labels, as large as they should be, in the emotions' own colours."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imread

from ml.classifier import Reading
from ml.dataset import DatasetError
from ml.emotions import COLOURS, NO_EMOTION, Emotion
from ml.plots import draw, draw_confusion, draw_neutral

RANDOM = np.random.default_rng(3)


def readings(labels: list[int]) -> list[Reading]:
    """Readings that lean to the label, more or less."""
    shares = [RANDOM.dirichlet(np.eye(7)[label][:6] * 4 + 0.5).tolist() for label in labels]
    return [Reading(Emotion(int(np.argmax(row))), None, 0.1, tuple(row), "model") for row in shares]


def holds(path: Path, colour: str) -> bool:
    """Whether a picture has a pixel of the colour."""
    return bool((np.abs(imread(path)[..., :3] - to_rgb(colour)).max(axis=-1) < 0.01).any())


def test_three_pictures_in_the_emotions_colours(tmp_path: Path) -> None:
    labels = [place % 7 for place in range(1400)]

    paths = draw(tmp_path / "new" / "plots", readings(labels), labels)

    assert [path.name for path in paths] == ["confusion.png", "roc.png", "reliability.png"]
    for path in paths[1:]:
        assert all(holds(path, COLOURS[emotion]) for emotion in Emotion)
    assert min(imread(path).shape[0] for path in paths) > 800


@pytest.mark.parametrize("labels", [[3], [3, 3, 6], [0, 5]])
def test_few_labels_can_be_drawn_too(labels: list[int], tmp_path: Path) -> None:
    assert all(path.exists() for path in draw(tmp_path, readings(labels), labels))


def test_nothing_to_draw_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        draw(tmp_path, readings([NO_EMOTION]), [NO_EMOTION])


def test_the_confusion_matrix_alone_is_the_same_picture(tmp_path: Path) -> None:
    labels = [place % 7 for place in range(140)]
    read = readings(labels)
    draw(tmp_path, read, labels)

    draw_confusion(tmp_path / "alone.png", read, labels)

    assert (imread(tmp_path / "alone.png") == imread(tmp_path / "confusion.png")).all()


def test_a_line_for_each_set_with_its_area_and_a_mark_at_the_threshold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of four neutral messages three are from the threshold on, of two emotional ones one is."""
    drawn: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    shares = [0.9, 0.8, 0.5, 0.2, 0.6, 0.1]
    labels = [NO_EMOTION] * 4 + [Emotion.JOY, Emotion.FEAR]
    read = [Reading(None, None, none, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0), "model") for none in shares]

    draw_neutral(tmp_path / "neutral.png", {"one": (read, labels), "other": (read[1:], labels[1:])}, 0.5)

    (axes,) = drawn[0].axes
    told = axes.get_legend_handles_labels()[1]
    assert {"one: AUC 0.750", "other: AUC 0.667", "the threshold of none, 0.50"} < set(told)
    marks = [np.asarray(mark.get_offsets()) for mark in axes.collections[:2]]
    np.testing.assert_allclose(marks, [[[0.5, 0.75]], [[0.5, 2 / 3]]])
    assert axes.lines[0].get_color() != axes.lines[1].get_color()
