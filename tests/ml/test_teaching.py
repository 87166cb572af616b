"""What the teacher taught, as a file."""

from pathlib import Path

import numpy as np

from ml.samples import Samples
from ml.teaching import OPINION_STEPS, SHARE, TAUGHT, UNCLEAR_WEIGHT, Teaching

JOY, SURPRISE = 6 / OPINION_STEPS, 25 / OPINION_STEPS


def teaching() -> Teaching:
    opinions = np.array([[0.5, 0, 0, 0, 0, 0, 0.5], [0, JOY, 0, 0, 0, SURPRISE, 0], [0, 0, 0, 0, 0, 0, 1]], np.float32)
    return Teaching.of(["oh", "wow", "Oh"], opinions, ["oh", "wow"], np.array([[1, -1], [7, -7]], np.float32))


def test_survives_its_file(tmp_path: Path) -> None:
    made = teaching()
    made.save(tmp_path / "taught.npz")
    read = Teaching.load(tmp_path / "taught.npz")
    assert read.words == made.words
    for name in ("digests", "opinions", "vectors"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    np.testing.assert_allclose(read.vectors.std(), 1, rtol=1e-3)


def test_opinions_are_found_by_normalised_text() -> None:
    known, opinions = teaching().opinion(Samples.of_labels(["WOW!", "wow", "never seen", "oh"], [0] * 4).digests)
    assert known.tolist() == [False, True, False, True]
    np.testing.assert_allclose(opinions, [[0, JOY, 0, 0, 0, SURPRISE, 0], [0.5, 0, 0, 0, 0, 0, 0.5]], atol=0.003)


def test_what_it_read_is_told_from_what_it_did_not() -> None:
    assert teaching().read_of(Samples.of_labels(["never seen", "WOW", "oh"], [0, 1, 2])).texts == ["WOW", "oh"]


def test_an_opinion_is_off_by_half_a_step_at_most() -> None:
    opinions = np.array([[0.37, 0.03, 0.1, 0, 0.09, 0.01, 0.4]], np.float32)
    written = Teaching.of(["oh"], opinions, [], np.ones((0, 2), np.float32)).opinions / OPINION_STEPS
    np.testing.assert_allclose(written, opinions, atol=0.5 / OPINION_STEPS + 1e-6)


def test_who_taught_nothing_has_no_opinion() -> None:
    samples = Samples.of_labels(["wow", "oh"], [1, 2])
    np.testing.assert_array_equal(Teaching.nothing().blend(samples).targets, samples.targets)
    assert len(Teaching.nothing().label(samples)) == 0
    assert Teaching.nothing().words == ()


def test_targets_are_part_label_and_part_opinion() -> None:
    blended = teaching().blend(Samples.of_labels(["wow", "never seen"], [1, 2]))
    np.testing.assert_allclose(blended.targets[0, [1, 5]], [1 - SHARE + JOY * SHARE, SURPRISE * SHARE], atol=0.003)
    assert blended.targets[1].tolist() == [0, 0, 1, 0, 0, 0, 0]
    labelled = teaching().label(Samples.of_labels(["never seen", "wow"], [1, 2], UNCLEAR_WEIGHT))
    assert labelled.texts == ["wow"]
    assert labelled.weights.tolist() == [UNCLEAR_WEIGHT]
    np.testing.assert_allclose(labelled.targets, [[0, JOY, 0, 0, 0, SURPRISE, 0]], atol=0.003)


def test_the_file_of_the_project_holds_no_text_and_is_small() -> None:
    taught = Teaching.load(TAUGHT)
    assert TAUGHT.stat().st_size < 10_000_000
    assert (np.diff(taught.digests.astype(np.float64)) >= 0).all()
    assert taught.vectors.shape == (len(taught.words), 32)
    assert all(len(word.split()) == 1 for word in taught.words)
