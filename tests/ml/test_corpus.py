"""The corpus written for this project keeps its promises."""

from collections import Counter, defaultdict

from ml.base import load_corpus
from ml.emotions import LABELS
from ml.text import normalise


def test_three_hundred_messages_a_label_or_more() -> None:
    counts = Counter(load_corpus().targets.argmax(axis=1).tolist())
    assert set(counts) == set(range(len(LABELS)))
    assert min(counts.values()) >= 300


def test_no_text_twice() -> None:
    texts = [normalise(text) for text in load_corpus().texts]
    assert [text for text, times in Counter(texts).items() if times > 1] == []
    assert all(texts)


def test_no_five_words_in_a_row_in_more_than_three_messages() -> None:
    places = defaultdict(set)
    for place, text in enumerate(load_corpus().texts):
        words = normalise(text).split()
        for start in range(len(words) - 4):
            places[tuple(words[start : start + 5])].add(place)
    assert [" ".join(words) for words, found in places.items() if len(found) > 3] == []
