"""Samples: split, joined and merged."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ml.emotions import NO_EMOTION, Emotion
from ml.samples import Samples, join, merge_equal
from ml.text import digest, is_chosen, is_held_out, normalise


def test_a_label_is_a_one_in_its_column() -> None:
    samples = Samples.of_labels(["yay", "hello"], [Emotion.JOY, NO_EMOTION], weight=2)
    assert samples.targets.tolist() == [[0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1]]
    assert samples.weights.tolist() == [2, 2]


def test_equal_texts_become_one_with_a_distribution() -> None:
    samples = join([Samples.of_labels(["Oh no!", "wow"], [0, 5]), Samples.of_labels(["oh NO !"], [4], weight=3)])
    merged = merge_equal(samples)
    assert merged.texts == ["Oh no!", "wow"]
    assert merged.targets[0].tolist() == [0.25, 0, 0, 0, 0.75, 0, 0]
    assert merged.weights.tolist() == [4, 1]


@given(st.lists(st.tuples(st.sampled_from(["a", "A", "b!", "b !", "c"]), st.integers(0, 6), st.floats(0.1, 9))))
def test_merging_keeps_all_weight_and_every_text(rows: list[tuple[str, int, float]]) -> None:
    samples = join([Samples.of_labels([text], [label], weight) for text, label, weight in rows])
    merged = merge_equal(samples)
    assert {normalise(text) for text in merged.texts} == {normalise(text) for text, _, _ in rows}
    assert len({normalise(text) for text in merged.texts}) == len(merged)
    np.testing.assert_allclose(merged.weights.sum(), samples.weights.sum(), rtol=1e-5)
    np.testing.assert_allclose(merged.targets.sum(axis=1), 1, rtol=1e-5)


def test_split_loses_nothing_and_goes_by_the_rules_for_texts() -> None:
    samples = Samples.of_labels([f"text {'x' * n}y" for n in range(100)], [n % 7 for n in range(100)])
    trains, chooses, judges = samples.split()
    assert sorted([*trains.texts, *chooses.texts, *judges.texts]) == sorted(samples.texts)
    assert all(map(is_held_out, judges.texts))
    assert all(map(is_chosen, chooses.texts))
    assert not any(is_held_out(text) or is_chosen(text) for text in trains.texts)


@given(st.lists(st.sampled_from(["Don't!", "i  m", "ok…", "", "HELLO"]), min_size=1), st.data())
def test_what_is_made_of_samples_keeps_their_normalised_texts(texts: list[str], data: st.DataObject) -> None:
    samples = Samples.of_labels(texts, [1] * len(texts))
    assert samples.normalised == [normalise(text) for text in texts]

    rows = data.draw(st.lists(st.integers(0, len(texts) - 1)))
    made = join([samples.take(rows), samples.weighed(2.0), samples.with_(targets=samples.targets)])

    assert vars(made)["normalised"] == [normalise(text) for text in made.texts]
    assert made.digests.tolist() == [digest(text) for text in made.normalised]
