"""What the teacher taught, as a file."""

from pathlib import Path

import numpy as np

from ml.samples import Samples
from ml.teaching import OPINION_STEPS, SHARE, TAUGHT, UNCLEAR_WEIGHT, VECTOR_STEPS, Teaching

STEP = 1 / OPINION_STEPS


def teaching() -> Teaching:
    opinions = np.array([[0.5, 0, 0, 0, 0, 0, 0.5], [0, 0.2, 0, 0, 0, 0.8, 0], [0, 0, 0, 0, 0, 0, 1]], np.float32)
    return Teaching.of(["oh", "wow", "Oh"], opinions, ["oh", "wow"], np.array([[1, -1], [3, -3]], np.float32))


def test_survives_its_file(tmp_path: Path) -> None:
    made = teaching()
    made.save(tmp_path / "taught.npz")
    read = Teaching.load(tmp_path / "taught.npz")
    assert read.words == made.words
    for name in ("digests", "opinions", "vectors"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    np.testing.assert_allclose(read.vectors.std() / VECTOR_STEPS, 1, atol=0.5 / VECTOR_STEPS)


def test_opinions_are_found_by_normalised_text() -> None:
    known, opinions = teaching().opinion(Samples.of_labels(["WOW!", "wow", "never seen", "oh"], [0] * 4).digests)
    assert known.tolist() == [False, True, False, True]
    np.testing.assert_allclose(opinions, [[0, 0.2, 0, 0, 0, 0.8, 0], [0.5, 0, 0, 0, 0, 0, 0.5]], atol=STEP)


def test_who_taught_nothing_has_no_opinion() -> None:
    samples = Samples.of_labels(["wow", "oh"], [1, 2])
    np.testing.assert_array_equal(Teaching.nothing().blend(samples).targets, samples.targets)
    assert len(Teaching.nothing().label(samples)) == 0
    assert Teaching.nothing().words == ()


def test_targets_are_part_label_and_part_opinion() -> None:
    blended = teaching().blend(Samples.of_labels(["wow", "never seen"], [1, 2]))
    np.testing.assert_allclose(blended.targets[0, [1, 5]], [1 - SHARE + 0.2 * SHARE, 0.8 * SHARE], atol=STEP)
    assert blended.targets[1].tolist() == [0, 0, 1, 0, 0, 0, 0]
    labelled = teaching().label(Samples.of_labels(["never seen", "wow"], [1, 2], UNCLEAR_WEIGHT))
    assert labelled.texts == ["wow"]
    assert labelled.weights.tolist() == [UNCLEAR_WEIGHT]
    np.testing.assert_allclose(labelled.targets, [[0, 0.2, 0, 0, 0, 0.8, 0]], atol=STEP)


def test_the_file_of_the_project_holds_no_text_and_is_small() -> None:
    taught = Teaching.load(TAUGHT)
    assert TAUGHT.stat().st_size < 8_000_000
    assert (np.diff(taught.digests.astype(np.float64)) >= 0).all()
    assert taught.vectors.shape == (len(taught.words), 32)
    assert all(len(word.split()) == 1 for word in taught.words)
