"""The normaliser, the held-out rule and the vocabulary."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ml import text
from ml.text import FIRST_WORD, UNKNOWN, Vocabulary, find_tokens, is_chosen, is_held_out, normalise, tokenise


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("I'm so HAPPY!", "im so happy !"),
        ("i m sure you don t and they ll", "im sure you dont and theyll"),
        ("I don’t know…", "i dont know ..."),
        ("sooooo gooood", "soo good"),
        ("WTF?!?! no... really??", "wtf ?! no ... really ??"),
        ("😭😭😭😭😭 ok 👍🏽", "😭 😭 😭 ok 👍"),
        ("❤️", "❤"),
        (":) :-( T_T <3", "🙂 🙁 😢 ❤"),
        ("see https://example.org/a?b=c @ana #happy", "see happy"),
        ("it cost $100, at 10:30", "it cost 0 at 0 0"),
        ("salt &amp; pepper", "salt pepper"),
        ("no no no no no no", "no no no"),
        ("Привет, мир", "привет мир"),
        ("moment lll", "momentll"),
        ("\u200b \n\t", ""),
        ("\ud83d", ""),
    ],
)
def test_one_form_for_chat_and_data_set(written: str, normalised: str) -> None:
    assert normalise(written) == normalised


@given(st.text() | st.text(alphabet="aAbmstd'!?. ,\n:()<3&;_oO^😭❤️\u200d"))
def test_normalising_twice_changes_nothing(written: str) -> None:
    once = normalise(written)
    assert normalise(once) == once
    assert tokenise(written) == once.split()
    assert " ".join(once.split()) == once


@given(st.text(alphabet="abcmstdABC059 ,.!?-'\"\n"))
@example("aa'a")
@example("i ll l m")
def test_the_short_ways_for_plain_text_are_the_long_way(written: str) -> None:
    assert tokenise(written) == text._tokenise(written)


def test_a_long_run_is_cut_however_it_comes_about() -> None:
    assert normalise("aa'a b'bb?? all ll") == "aa bb ?? all"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("I'm so HAPPY!!!", [("im", "I'm"), ("so", "so"), ("happy", "HAPPY"), ("!!", "!!!")]),
        ("sooo, don t!", [("soo", "sooo"), ("dont", "don t"), ("!", "!")]),
        ("😭😭:) 10:30", [("😭", "😭"), ("😭", "😭"), ("🙂", ":)"), ("0", "10"), ("0", "30")]),
        ("see https://example.org @ana #fun", [("see", "see"), ("fun", "fun")]),
        ("cafe\u0301 ﬁne", [("café", "cafe\u0301"), ("fine", "ﬁne")]),
        ("salt&amp;pepper ok", [("salt", "salt&amp;pepper"), ("pepper", "salt&amp;pepper"), ("ok", "ok")]),
        ("no no no no yes", [("no", "no"), ("no", "no"), ("no", "no"), ("yes", "yes")]),
        ("", []),
    ],
)
def test_tokens_are_found_where_they_are_written(written: str, found: list[tuple[str, str]]) -> None:
    assert [(token, written[start:end]) for token, start, end in find_tokens(written)] == found


@given(st.text() | st.text(alphabet="aAbBmst'’`!?. ,&#;l0_😭é\u0301\u1100\u1161\x0b\x1c\u00a0İßΣς"))
def test_the_tokens_found_are_those_of_the_text(written: str) -> None:
    found = find_tokens(written)
    assert [one.token for one in found] == tokenise(written)
    assert all(0 <= one.start < one.end <= len(written) for one in found)


def test_the_held_out_tenth_never_changes() -> None:
    """The very texts: a change here would let what judged train."""
    texts = [f"message number {'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{n // 100 * 'x'}" for n in range(300)]
    held_out = [place for place, one in enumerate(texts) if is_held_out(one)]
    assert held_out == [
        10,
        13,
        22,
        39,
        54,
        59,
        66,
        86,
        87,
        103,
        108,
        114,
        122,
        128,
        135,
        154,
        163,
        170,
        182,
        191,
        212,
        213,
        219,
        223,
        237,
        244,
        260,
        265,
        282,
    ]
    assert is_held_out("Hello, World") == is_held_out("hello world")


@given(st.text())
def test_what_is_held_out_does_not_choose(written: str) -> None:
    assert not (is_held_out(written) and is_chosen(written))


def test_vocabulary_knows_frequent_words_and_doubled_letters() -> None:
    vocabulary = Vocabulary.build(["so good", "so bad", "good"], size=2)
    assert vocabulary.words == ("good", "so")
    assert len(vocabulary) == FIRST_WORD + 2
    assert vocabulary.encode("Sooo good, stranger") == [FIRST_WORD + 1, FIRST_WORD, UNKNOWN]
    assert vocabulary.encode("") == []


def test_emoji_enter_the_vocabulary_before_words() -> None:
    assert Vocabulary.build(["so so good", "so good 😀", "good ! 😀"], size=2).words == ("good", "😀")


@given(st.text() | st.text(alphabet="abst '!\""))
def test_a_text_is_encoded_alike_in_training_and_in_serving(written: str) -> None:
    vocabulary = Vocabulary([*tokenise(written)[::2], "happy"])
    assert list(vocabulary.encode_many([normalise(written)])) == [vocabulary.encode(written)]


def test_words_join_a_vocabulary_once() -> None:
    vocabulary = Vocabulary(["good"]).and_words(["rizz", "good", "rizz"])
    assert vocabulary.words == ("good", "rizz")


@pytest.mark.parametrize("typo", ["hapyp", "hapy", "hapoy", "haappy", "happpy"])
def test_a_typo_is_read_as_the_frequent_word(typo: str) -> None:
    vocabulary = Vocabulary(["happy", "heavy", "sad"])
    assert vocabulary.encode(typo) == [FIRST_WORD] if len(typo) >= text.SPELLED_LENGTH else [UNKNOWN]


@pytest.mark.parametrize("other", ["house", "nappy", "happily", "sda"])
def test_another_word_is_no_typo(other: str) -> None:
    assert Vocabulary(["happy", "sad"]).encode(other) == [UNKNOWN]
