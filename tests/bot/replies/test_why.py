"""Why a message was read as it was: the words underlined in place, in HTML that Telegram takes, and not too long."""

from hypothesis import given
from hypothesis import strategies as st

from bot.playground.entities import parse_html
from bot.replies.texts import Markup, texts_for
from bot.replies.why import SHOWN, why
from ml.classifier import Influence

EN = texts_for("en")
READING = Markup("😊 <b>Joy</b>")


def influence(text: str, word: str, drop: float = 0.5) -> Influence:
    start = text.index(word)
    return Influence(word, start, start + len(word), drop)


def test_the_words_are_underlined_where_they_stand() -> None:
    text = "I <3 you, so HAPPY & so glad"
    told = why(READING, text, [influence(text, "HAPPY"), influence(text, "<3", 0.2)], EN)
    assert told.startswith("😊 <b>Joy</b>\n\n")
    assert told.endswith("<blockquote>I <u>&lt;3</u> you, so <u>HAPPY</u> &amp; so glad</blockquote>")


def test_that_no_word_alone_made_it_is_said() -> None:
    assert "all of it together" in why(READING, "so it goes", [], EN)


def test_words_in_one_place_are_underlined_once() -> None:
    text = "salt&amp;pepper"
    assert why(READING, text, 2 * [influence(text, text)], EN).count("<u>") == 1


def test_a_long_message_is_shown_around_its_strongest_word() -> None:
    text = "la " * 1000 + "HAPPY " + "lo " * 1000
    told = why(READING, text, [influence(text, "HAPPY"), influence(text, "la", 0.2)], EN)
    assert "<blockquote>…" in told
    assert "<u>HAPPY</u>" in told
    assert told.endswith("…</blockquote>")
    assert len(told) < SHOWN + 200


@given(
    st.text(alphabet="ab<>&\n 😭", min_size=1, max_size=4096),
    st.lists(st.tuples(st.integers(0, 4095), st.integers(1, 9)), min_size=1, max_size=9),
)
def test_any_message_can_be_shown(text: str, places: list[tuple[int, int]]) -> None:
    spans = [(start % len(text), min(start % len(text) + length, len(text))) for start, length in places]
    told = why(READING, text, [Influence(text[start:end], start, end, 0.1) for start, end in spans], EN)
    assert parse_html(told).length < 4096
