"""Readings of the shipped bundle, and what it takes to trust them; how well it reads is for `test_behaviour.py`."""

import gc
import math
import subprocess
import sys
import weakref
from dataclasses import replace
from itertools import cycle, islice, pairwise, repeat

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.base import load_corpus
from ml.bundle import SHIPPED, Bundle, BundleError, Golden, Thresholds
from ml.classifier import AT_ONCE, BATCH, LENGTHS, OVERLAP, WINDOW, Classifier, Reading, Unsure, _parts, _windows
from ml.emotions import Emotion
from ml.text import UNKNOWN, tokenise

BUNDLE = Bundle.load(SHIPPED)
CLASSIFIER = Classifier(BUNDLE)
NEVER = Thresholds(none=1, best=0, torn=0, known=0)


def probabilities(reading: Reading) -> list[float]:
    return [*reading.probabilities, reading.none]


def test_reading_names_emotion_shares_and_model() -> None:
    reading = CLASSIFIER.read("I am so happy today, this is wonderful!")

    assert reading.emotion is reading.best is Emotion.JOY
    assert reading.unsure is None
    assert reading.model == BUNDLE.id
    assert reading.probabilities[reading.runner_up] == sorted(reading.probabilities)[-2]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300) | st.text(alphabet="i feel so sad, happy! 😭\ud83d\0\n", max_size=500))
def test_any_text_has_a_reading_that_holds_together(text: str) -> None:
    reading = CLASSIFIER.read(text)

    assert all(math.isfinite(value) and 0 <= value <= 1 for value in probabilities(reading))
    assert sum(reading.probabilities) == pytest.approx(1)
    assert (reading.emotion is None) == (reading.unsure is not None)
    assert reading.best != reading.runner_up
    assert reading == CLASSIFIER.read(text)


@pytest.mark.parametrize("text", ["", "   ", "@someone https://example.org", "Здравствуйте, как дела?", "ζωή 你好"])
def test_text_without_known_words_is_unreadable(text: str) -> None:
    assert CLASSIFIER.read(text).unsure is Unsure.UNREADABLE


@pytest.mark.parametrize(
    "text",
    [
        "Ich bin heute so traurig, weil mein Hund gestorben ist",
        "Estoy muy triste hoy",
        "Aku sangat sedih hari ini",
        "Bugün çok mutluyum",
        "Olen tänään surullinen",
    ],
)
def test_other_languages_are_unreadable(text: str) -> None:
    assert CLASSIFIER.read(text).unsure is Unsure.UNREADABLE


def test_who_feels_two_things_is_read_as_one_or_torn_between_them() -> None:
    meant = {
        "I love her but she scares me": {Emotion.LOVE, Emotion.FEAR},
        "so proud, so scared": {Emotion.JOY, Emotion.FEAR},
        "I love him but he makes me so angry": {Emotion.LOVE, Emotion.ANGER},
        "I'm angry, and sad about it too": {Emotion.ANGER, Emotion.SADNESS},
        "I'm happy and sad about leaving": {Emotion.JOY, Emotion.SADNESS},
    }
    readings = list(CLASSIFIER.read_many(meant))

    assert [{reading.best, reading.runner_up} for reading in readings] == list(meant.values())
    assert Unsure.TORN in {reading.unsure for reading in readings}


@pytest.mark.parametrize("emoji", ["😭", "😱", "😡", "🥰", "😂😂😂", "❤️"])
def test_an_emoji_alone_is_readable(emoji: str) -> None:
    assert CLASSIFIER.read(emoji).unsure is not Unsure.UNREADABLE


def test_thresholds_say_when_a_reading_is_unsure() -> None:
    text = "i am i feel happy here xqzzv zzqxv"
    sure = Classifier(replace(BUNDLE, thresholds=NEVER)).read(text)
    best, second = sorted(sure.probabilities)[:-3:-1]

    def unsure(text: str = text, **thresholds: float) -> Unsure | None:
        return Classifier(replace(BUNDLE, thresholds=replace(NEVER, **thresholds))).read(text).unsure

    assert sure.unsure is None
    assert unsure(known=0.75) is None
    assert unsure(known=0.76, none=0) is Unsure.UNREADABLE
    assert unsure("happy xqzzv", known=1) is None, "one word may always be unknown"
    assert unsure(none=sure.none, best=1, torn=1) is Unsure.NO_EMOTION
    assert unsure(none=sure.none + 1e-9, best=1, torn=1) is Unsure.TORN
    assert unsure(best=best, torn=1) is None
    assert unsure(best=1, torn=best - second) is None


def test_texts_that_tell_of_feeling_have_a_scale_of_their_own() -> None:
    told, shown = "i felt it when we won", "we won and I am over the moon"
    warm = replace(BUNDLE.telling, temperature=3 * BUNDLE.telling.temperature)
    blunt = replace(BUNDLE.telling, none_bias=50.0)

    warmed, blunted = (Classifier(replace(BUNDLE, telling=scale)) for scale in (warm, blunt))

    assert max(warmed.read(told).probabilities) < max(CLASSIFIER.read(told).probabilities)
    assert blunted.read(told).unsure is Unsure.NO_EMOTION
    for changed in (warmed, blunted):
        assert probabilities(changed.read(shown)) == probabilities(CLASSIFIER.read(shown))


def test_the_shortest_input_that_holds_a_text_reads_it_as_a_longer_one_would() -> None:
    shortest, *longer = CLASSIFIER._networks
    for text in load_corpus().texts[::20]:
        ids = CLASSIFIER._vocabulary.encode(text)[: LENGTHS[0]] or [UNKNOWN]
        for network in longer:
            assert network.logits(ids) == pytest.approx(shortest.logits(ids), abs=1e-4)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 16, 17, 32, 33, 64, 65, 112, 113, 1000, 4096])
def test_any_number_of_tokens_is_read_and_reading_again_gives_the_same(count: int) -> None:
    text = " ".join(islice(cycle(["i", "feel", "so", "happy", "and", "then", "we", "laughed"]), count))
    assert len(tokenise(text)) == count

    first = CLASSIFIER.read(text)
    CLASSIFIER.read("i hate this")

    assert CLASSIFIER.read(text) == first
    if count > 4:
        assert first.best is Emotion.JOY


def test_windows_cover_every_token_and_share_some() -> None:
    for count in (65, 112, 113, 200, 1000):
        ids = list(range(count))
        windows = _windows(ids)

        assert all(len(window) == WINDOW for window in windows[:-1])
        assert OVERLAP < len(windows[-1]) <= WINDOW
        assert all(before[-OVERLAP:] == after[:OVERLAP] for before, after in pairwise(windows))
        assert windows[0] + [id_ for window in windows[1:] for id_ in window[OVERLAP:]] == ids


def test_a_feeling_in_one_part_of_a_long_text_is_not_drowned() -> None:
    dull = "the meeting is on the second floor and the agenda has four points . " * 12
    furious = "i am so angry and furious , i hate them all , they make me mad . "

    alone, buried = CLASSIFIER.read(furious), CLASSIFIER.read(dull + furious + dull)

    assert alone.best is buried.best is Emotion.ANGER
    assert buried.none < CLASSIFIER.read(dull).none


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("I'm so HAPPY today, really", "HAPPY"),
        ("ugh, I *hate* it when they do that", "hate"),
        ("the kids were scared, and there was nothing on", "scared"),
        ("we are sooo terrified", "terrified"),
    ],
)
def test_the_word_that_carries_a_reading_is_found_as_it_is_written(text: str, word: str) -> None:
    first, *others = CLASSIFIER.why(text)

    assert first.word == text[first.start : first.end] == word
    assert all(first.drop >= other.drop > 0 for other in others)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="i feel so sad, happy! 😭&\u0301\n", max_size=600), st.integers(0, 6))
def test_any_text_can_be_explained(text: str, label: int) -> None:
    for label_or_not in (label, None):
        influences = CLASSIFIER.why(text, label_or_not)
        assert all(one.word == text[one.start : one.end] != "" for one in influences)
        assert all(before.drop >= after.drop > 0 for before, after in pairwise(influences))
        assert all(one.drop <= 1 for one in influences)


def test_a_reading_is_explained_as_what_it_says_unless_asked_otherwise() -> None:
    text = "i am happy today but yesterday i was so angry"

    assert CLASSIFIER.why(text) == CLASSIFIER.why(text, CLASSIFIER.read(text).best)
    assert CLASSIFIER.why(text, Emotion.ANGER)[0].word == "angry"
    assert CLASSIFIER.why(text, Emotion.JOY)[0].word == "happy"


@pytest.mark.parametrize("text", ["", "Здравствуйте", "@someone"])
def test_nothing_explains_what_could_not_be_read(text: str) -> None:
    assert CLASSIFIER.why(text) == ()


def test_of_a_long_text_the_part_that_says_most_is_explained() -> None:
    dull = "the meeting is on the second floor and the agenda has four points . " * 12
    text = f"{dull}i am so furious , i hate them all . {dull}"
    first = CLASSIFIER.why(text, Emotion.ANGER)[0]

    assert first.word in ("furious", "hate")
    assert len(dull) <= first.start < len(dull) + 40


SAD = "I woke up so sad today. My grandmother is very ill, I cried all morning, I feel miserable and alone. "
GLAD = "Then my best friend came over with a cake, and we laughed so much! I am so happy and thankful now."


def test_an_emotion_moves_from_beginning_to_end() -> None:
    assert CLASSIFIER.moves(SAD + GLAD) == (Emotion.SADNESS, Emotion.JOY)
    assert CLASSIFIER.moves(f"{GLAD}\n{SAD}") == (Emotion.JOY, Emotion.SADNESS)
    assert CLASSIFIER.moves(SAD * 5 + GLAD * 5) == (Emotion.SADNESS, Emotion.JOY)


@pytest.mark.parametrize(
    "text", ["", "I am sad. Now I am happy!", GLAD, SAD * 3, "xqzzv " * 50, "the bus is late . " * 20]
)
def test_what_is_short_or_stays_as_it_is_does_not_move(text: str) -> None:
    assert CLASSIFIER.moves(text) is None


@given(st.lists(st.lists(st.integers(1, 9), max_size=90), max_size=40), st.integers(1, 40))
def test_parts_lose_nothing_and_are_long_enough(sentences: list[list[int]], least: int) -> None:
    parts = _parts(sentences, least)

    assert [id_ for part in parts for id_ in part] == [id_ for sentence in sentences for id_ in sentence]
    if len(parts) > 1:
        assert all(least <= len(part) for part in parts)
        assert len(parts) <= sum(map(len, sentences)) // least


def test_many_texts_stream_in_order() -> None:
    texts = [*load_corpus().texts[::40], "", " ".join(load_corpus().texts[:60])]
    assert len(texts) > AT_ONCE
    for many, alone in zip(CLASSIFIER.read_many(texts), map(CLASSIFIER.read, texts), strict=True):
        assert probabilities(many) == pytest.approx(probabilities(alone), abs=1e-4)
    assert next(CLASSIFIER.read_many(repeat("i feel sad"))) == CLASSIFIER.read("i feel sad")


@pytest.mark.parametrize("count", [1, BATCH - 1, BATCH, BATCH + 1, 20 * BATCH])
def test_windows_that_are_read_at_once_say_what_each_says_alone(count: int) -> None:
    ids = [id_ for text in load_corpus().texts[:2000] for id_ in CLASSIFIER._vocabulary.encode(text)]
    windows = [ids[place : place + 1 + 37 * place % WINDOW] for place in range(count)]

    alone = [CLASSIFIER._calibrate(window, CLASSIFIER._fitting[len(window)].logits(window)) for window in windows]

    for (probabilities_, none), (others, other) in zip(CLASSIFIER._read_windows(windows), alone, strict=True):
        assert (*probabilities_, none) == pytest.approx((*others, other), abs=1e-4)


def test_a_classifier_is_gone_at_once_when_nobody_needs_it() -> None:
    """A swap gives the old model's memory back."""
    classifier = Classifier(BUNDLE)
    classifier.why("a " * 40)
    gone = weakref.ref(classifier)
    gc.disable()
    try:
        del classifier
        assert gone() is None
    finally:
        gc.enable()


def test_golden_examples_are_read_again_as_they_were() -> None:
    assert BUNDLE.golden
    CLASSIFIER.check_golden()

    golden = BUNDLE.golden[0]
    for other in (
        replace(golden, none=1 - golden.none),
        Golden(golden.text, golden.emotions[::-1], golden.none),
    ):
        with pytest.raises(BundleError, match="reads differently than when the bundle was made"):
            Classifier(replace(BUNDLE, golden=(other,))).check_golden()


@pytest.mark.parametrize(
    ("bundle", "reason"),
    [
        (replace(BUNDLE, normaliser=BUNDLE.normaliser + 1), "made with normaliser"),
        (replace(BUNDLE, vocabulary=BUNDLE.vocabulary[:-1]), "a vocabulary of another size"),
        (replace(BUNDLE, config={}), "a vocabulary of another size"),
        (
            replace(
                BUNDLE,
                vocabulary=(*BUNDLE.vocabulary, "onemore"),
                config=BUNDLE.config | {"vocabulary": len(BUNDLE.vocabulary) + 3},
            ),
            "the LiteRT model cannot be used: gather index out of bounds",
        ),
        (replace(BUNDLE, litert=BUNDLE.litert[: len(BUNDLE.litert) // 2]), "the LiteRT model cannot be used"),
        (replace(BUNDLE, litert=b"\x1c\0\0\0TFL3" + bytes(100)), "the LiteRT model cannot be used"),
    ],
    ids=["normaliser", "fewer words", "no config", "more words", "cut model", "empty model"],
)
def test_parts_that_do_not_fit_are_refused(bundle: Bundle, reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        Classifier(bundle)


def test_serving_loads_no_library_of_training() -> None:
    program = (
        "import sys; from ml.bundle import SHIPPED, Bundle; from ml.classifier import Classifier;"
        "Classifier(Bundle.load(SHIPPED)).read('hello');"
        "print({name.partition('.')[0] for name in sys.modules} & "
        "{'tensorflow', 'keras', 'sklearn', 'scipy', 'pyarrow', 'bot', 'sqlalchemy'})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_keras_rebuilt_from_the_weights_reads_as_litert_does() -> None:
    """As float the same logits to 1e-4; as served, 8-bit, the same label on 99.5 % of the rows and more."""
    from ml.network import NetworkConfig, build, set_weights, to_litert
    from ml.training import Encoded, logits_of

    model = build(NetworkConfig.from_json(BUNDLE.config))
    set_weights(model, BUNDLE.weights())
    encoded = Encoded.of(load_corpus().normalised, CLASSIFIER._vocabulary)
    rows = [encoded.ids[start:end].tolist() for start, end in pairwise(encoded.starts)]
    keras = logits_of(model, encoded)
    floats = Classifier(replace(BUNDLE, litert=to_litert(model, quantised=False)))

    def logits(classifier: Classifier) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        telling, showing = np.split(np.array([classifier._networks[-1].logits(ids) for ids in rows]), 2, axis=1)
        return np.where(encoded.tells[:, None], telling, showing)

    np.testing.assert_allclose(logits(floats), keras, atol=1e-4)
    served = logits(CLASSIFIER)
    assert (served[:, :6].argmax(1) == keras[:, :6].argmax(1)).mean() >= 0.995
