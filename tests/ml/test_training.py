"""What makes probabilities of a network's output; a whole training is in `test_retrain.py`."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import softmax

from ml.bundle import Scale
from ml.emotions import NO_EMOTION, Emotion
from ml.samples import Samples
from ml.text import Vocabulary
from ml.training import Encoded, _scale


def drawn(count: int, *, too_sure: float = 2.5) -> tuple[NDArray[np.float32], Samples]:
    """Logits of the six that are too sure, and labels drawn from the true distribution."""
    random = np.random.default_rng(1)
    true = random.normal(0, 1.5, (count, NO_EMOTION))
    labels = [random.choice(NO_EMOTION, p=row) for row in softmax(true, axis=1)]
    logits = np.concatenate([too_sure * true, np.full((count, 1), -3.0)], axis=1)
    return logits.astype(np.float32), Samples.of_labels([""] * count, labels)


def test_a_scale_undoes_what_made_the_logits_too_sure() -> None:
    logits, samples = drawn(20_000)

    scale = _scale(logits, samples)

    assert scale.temperature == pytest.approx(2.5, rel=0.05)


def test_none_is_scaled_to_how_often_it_comes_true() -> None:
    logits = np.zeros((1000, NO_EMOTION + 1), np.float32)
    samples = Samples.of_labels([""] * 1000, [NO_EMOTION] * 250 + [Emotion.JOY] * 750)

    scale = _scale(logits, samples)

    assert 1 / (1 + np.exp(-scale.none_bias)) == pytest.approx(0.25, abs=0.02)


def test_without_samples_logits_stay_as_they_are() -> None:
    logits, samples = drawn(0)

    assert _scale(logits, samples) == Scale(1.0, 1.0, 0.0)


def test_only_clear_labels_given_with_care_scale_the_six() -> None:
    logits, samples = drawn(2000)
    torn = Samples([""], np.full((1, NO_EMOTION + 1), 1 / (NO_EMOTION + 1), np.float32), np.ones(1, np.float32))
    careless = Samples.of_labels([""], [Emotion.FEAR], weight=0.3)
    more = np.concatenate([logits, 50 * np.eye(NO_EMOTION + 1, dtype=np.float32)[:2]])
    both = Samples(
        [*samples.texts, "", ""],
        np.concatenate([samples.targets, torn.targets, careless.targets]),
        np.concatenate([samples.weights, torn.weights, careless.weights]),
    )

    assert _scale(more, both).temperature == pytest.approx(_scale(logits, samples).temperature, rel=1e-4)


def test_texts_that_hold_one_of_some_words_are_told_apart() -> None:
    vocabulary = Vocabulary(["i", "feel", "fine"])
    encoded = Encoded.of(["i feel fine", "fine", "", "feel"], vocabulary)

    assert encoded.tells.tolist() == [True, False, False, True]
    assert Encoded.of([], vocabulary).tells.tolist() == []
