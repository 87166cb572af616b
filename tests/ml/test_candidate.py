"""How corrections are taught and how the models are judged on them; a whole training is in `test_retrain.py`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml import base as bases
from ml.bundle import SHIPPED, Bundle
from ml.candidate import (
    LEAST_REPEATS,
    MOST_REPEATS,
    REHEARSED,
    _balanced,
    _keep,
    _known,
    _label,
    _not_contradicting,
    _rehearsed,
    _repeated,
    _right,
    _within,
    golden_texts,
    moved_words,
)
from ml.classifier import Classifier, Reading, Unsure
from ml.emotions import NO_EMOTION, Emotion
from ml.samples import Samples

SHARES = (0.1, 0.2, 0.1, 0.4, 0.1, 0.1)


def numbered(count: int) -> Samples:
    return Samples.of_labels([f"text {number}" for number in range(count)], [1] * count)


@pytest.mark.parametrize(("count", "repeats"), [(1, MOST_REPEATS), (500, 16), (1000, 8), (20_000, LEAST_REPEATS)])
def test_few_corrections_are_shown_more_often(count: int, repeats: int) -> None:
    assert len(_repeated(numbered(count))) == count * repeats


def test_no_corrections_are_shown_never() -> None:
    assert len(_repeated(numbered(0))) == 0


def test_a_part_of_the_base_is_rehearsed_another_with_each_seed() -> None:
    known = numbered(400)
    shown = [set(_rehearsed(known, seed).texts) for seed in (1, 1, 2)]
    assert [len(texts) for texts in shown] == [400 * REHEARSED] * 3
    assert shown[0] == shown[1] != shown[2]
    assert set().union(*shown) < set(known.texts)


def test_what_is_corrected_most_counts_by_its_root() -> None:
    labels = [6] * 16 + [1, 1, 1, 3]
    weights = _balanced(Samples.of_labels([f"text {number}" for number in range(20)], labels)).weights
    assert weights[:16] == pytest.approx([(20 / 3 / 16) ** 0.5] * 16)
    assert weights[16:].tolist() == [1.0] * 4


def test_one_label_alone_counts_in_full() -> None:
    assert _balanced(numbered(5)).weights.tolist() == [1.0] * 5
    assert len(_balanced(numbered(0))) == 0


def test_the_bases_model_is_the_shipped_one_or_what_was_kept(tmp_path: Path) -> None:
    shipped, base = Bundle.load(SHIPPED), bases.load(None)
    assert _known(base, None, None) == shipped
    of_shipped = replace(base, fingerprint=shipped.made["fingerprint"])
    assert _known(of_shipped, tmp_path, None) == shipped

    other = replace(base, fingerprint="f00d")
    assert _known(other, tmp_path, tmp_path) is None
    _keep(replace(shipped, made=shipped.made | {"fingerprint": "beef"}), tmp_path)
    assert _known(other, tmp_path, tmp_path) is None
    kept = replace(shipped, made=shipped.made | {"fingerprint": "f00d"})
    _keep(kept, tmp_path)
    assert _known(other, tmp_path, tmp_path) == kept
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"half a file")
    assert _known(other, tmp_path, tmp_path) is None


def test_stages_within_a_stage_never_go_back() -> None:
    told: list[tuple[str, float]] = []
    for first, last in ((0.0, 0.6), (0.6, 1.0)):
        within = _within(lambda stage, done: told.append((stage, done)), first, last)
        for stage, done in (("training", 0.0), ("training", 1.0), ("exporting", 1.0)):
            within(stage, done)
    assert told == [("training", 0.0), ("training", 0.6), ("training", 0.6), ("training", 1.0), ("exporting", 1.0)]


def test_golden_examples_are_two_of_each_label() -> None:
    assert len(set(golden_texts())) == 14


@pytest.mark.parametrize(
    ("unsure", "label"),
    [
        (None, Emotion.ANGER),
        (Unsure.TORN, Emotion.ANGER),
        (Unsure.NO_EMOTION, NO_EMOTION),
        (Unsure.UNREADABLE, None),
    ],
)
def test_reading_counts_as_what_it_says(unsure: Unsure | None, label: int | None) -> None:
    assert _label(Reading(None if unsure else Emotion.ANGER, unsure, 0.1, SHARES, "model")) == label


def test_corrections_are_read_right_where_most_people_say_so() -> None:
    samples = Samples.of_labels(["i feel so happy", "i feel so sad", "i hate you"], [1, 1, 3])
    samples.targets[1] = [0.6, 0.4, 0, 0, 0, 0, 0]
    judge = Classifier(Bundle.load(SHIPPED))

    assert _right([judge, judge], samples) == {"n": 3, "champion": 1.0, "candidate": 1.0}
    assert _right([judge, judge], samples.take([])) == {"n": 0, "champion": 0.0, "candidate": 0.0}


def test_heavier_corrections_count_for_more() -> None:
    samples = Samples.of_labels(["i feel so happy", "i feel so happy today"], [1, 3])
    weighted = Samples(samples.texts, samples.targets, np.array([3, 1], np.float32))
    judge = Classifier(Bundle.load(SHIPPED))

    assert _right([judge, judge], weighted) == {"n": 2, "champion": 0.75, "candidate": 0.75}


def test_a_correction_takes_no_row_of_the_bases_place() -> None:
    known = Samples.of_labels(["i am glad", "so odd", "so odd", "far away"], [1, 4, 5, 0])
    corrected = Samples.of_labels(["I am glad!", "I am GLAD", "so odd", "so ODD", "new to me"], [3, 3, 5, 0, 2])

    agreeing, contradicting = _not_contradicting(corrected.take([0, 1, 2, 4]), known)
    assert (list(agreeing.texts), contradicting) == (["I am glad!", "so odd", "new to me"], 1)
    agreeing, contradicting = _not_contradicting(corrected.take([3]), known)
    assert (len(agreeing), contradicting) == (0, 1)
    assert _not_contradicting(corrected.take([]), known)[1] == 0


class Changed(Classifier):
    """Reads one word as anger, and all else as another classifier does."""

    def read_many(self, texts: Iterable[str]) -> Iterator[Reading]:
        for text in texts:
            said = self.read(text)
            yield said._replace(probabilities=(0, 0, 0, 1, 0, 0), none=0.0) if text == "happy" else said


def test_words_that_are_read_differently_are_told_and_no_others() -> None:
    bundle = Bundle.load(SHIPPED)
    judge, other = Classifier(bundle), Changed(bundle)
    words = ["happy", "sad", "the", ":)", "0", *bundle.vocabulary[5_000:]]

    assert moved_words([judge, judge], words) == []
    (moved,) = moved_words([judge, other], words)
    assert moved["word"] == "happy"
    assert moved["candidate"] == [0, 0, 0, 1, 0, 0, 0]
    assert sum(moved["champion"]) == pytest.approx(1, abs=0.01)
    assert np.argmax(moved["champion"]) == Emotion.JOY
