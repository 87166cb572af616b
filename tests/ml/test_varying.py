"""New texts out of known ones."""

from collections.abc import Sequence
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from ml import base
from ml.samples import Samples
from ml.varying import MOST_WORDS, vary

TIMES = 4
TEXTS = [f"{one} {two} {three}" for one in ("i", "you") for two in ("love", "hate", "saw") for three in ("it", "them")]


def samples(texts: Sequence[str]) -> Samples:
    return Samples.of_labels(texts, [0] * len(texts))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=20))
def test_a_text_varies_in_its_own_words_and_its_neighbours(texts: list[str]) -> None:
    varied = vary(samples(texts), TIMES)
    assert len(varied) <= TIMES * len(texts)
    assert all(varied)
    assert set(chain.from_iterable(map(str.split, varied))) <= set(chain.from_iterable(map(str.split, texts)))
    assert all(len(text.split()) <= MOST_WORDS for text in varied)


def test_the_order_of_the_texts_changes_nothing() -> None:
    assert vary(samples(TEXTS), TIMES) == vary(samples(TEXTS[::-1]), TIMES)


def test_a_text_more_changes_the_variations_of_few() -> None:
    corpus = base.load_corpus().split().train.texts[:300]
    changed = set(vary(samples([*corpus, "something else altogether"]), TIMES)) - set(vary(samples(corpus), TIMES))
    assert 0 < len(changed) <= TIMES + TIMES * (TIMES + 1) // 2


def test_most_variations_are_new_texts() -> None:
    corpus = base.load_corpus().split().train.texts[:1000]
    varied = vary(samples(corpus), TIMES)
    assert len(set(varied) - set(corpus)) > 0.8 * TIMES * len(corpus)
