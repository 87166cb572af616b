"""Text with entities: Telegram's HTML, its strictness, its trimming, what it finds by itself."""

import html

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from bot.playground.entities import EntityError, Formatted, Json, finish, given, parse_html, units

UNICODE = st.text(st.characters(exclude_categories=["Cs"]))
SURROGATES_TOO = st.text(st.characters())
TAGS = st.sampled_from(["b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "tg-spoiler"])


def marked(formatted: Formatted) -> list[tuple[str, str]]:
    """Each entity's kind and the text that it marks, cut by UTF-16 code units as a client does."""
    encoded = formatted.text.encode("utf-16-le", "surrogatepass")
    return [
        (
            entity["type"],
            encoded[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode(
                "utf-16-le", "surrogatepass"
            ),
        )
        for entity in formatted.entities
    ]


@hypothesis_given(UNICODE)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    assert parse_html(html.escape(text)) == Formatted(text)


@hypothesis_given(UNICODE, UNICODE.filter(bool), UNICODE, TAGS)
def test_an_entity_marks_what_stood_between_its_tags(before: str, inside: str, after: str, tag: str) -> None:
    formatted = parse_html(f"{html.escape(before)}<{tag}>{html.escape(inside)}</{tag}>{html.escape(after)}")
    assert formatted.text == before + inside + after
    assert [text for _, text in marked(formatted)] == [inside]


@hypothesis_given(SURROGATES_TOO)
def test_anything_is_either_read_or_refused(source: str) -> None:
    try:
        formatted = finish(parse_html(source))
    except EntityError:
        return
    for entity in formatted.entities:
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= formatted.length


@hypothesis_given(SURROGATES_TOO)
def test_units_are_those_of_utf_16(text: str) -> None:
    assert units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>a<i>b</i></b>", "ab", [("bold", "ab"), ("italic", "b")]),
        ("<B>loud</B>", "loud", [("bold", "loud")]),
        ("<u>x</>", "x", [("underline", "x")]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", "x")]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", "x")]),
        ("😀<b>😀</b>", "😀😀", [("bold", "😀")]),
        ("<b></b>x", "x", []),
        ("&lt;&amp;&gt;&quot;&#39;&#x1F600;", "<&>\"'😀", []),
        ("&nbsp; &ltx &hearts;", "&nbsp; &ltx &hearts;", []),
    ],
)
def test_html(source: str, text: str, entities: list[tuple[str, str]]) -> None:
    formatted = parse_html(source)
    assert (formatted.text, marked(formatted)) == (text, entities)


def test_links_and_code_carry_where_they_lead_and_their_language() -> None:
    link = parse_html(
        "<a href='https://example.org/?a=1&amp;b=2'>here</a> <a>https://example.org</a> <a href='x'>no</a>"
    )
    assert [entity["url"] for entity in link.entities] == ["https://example.org/?a=1&b=2", "https://example.org"]
    assert parse_html('<pre><code class="language-python">x</code></pre>').entities == (
        {"type": "pre", "offset": 0, "length": 1, "language": "python"},
    )
    assert parse_html('<code class="language-python">x</code>').entities == (
        {"type": "code", "offset": 0, "length": 1},
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("é<script>x</script>", 'Unsupported start tag "script" at byte offset 2'),
        ("1 <2", "Unclosed start tag at byte offset 2"),
        ("<b x", "Unclosed start tag at byte offset 0"),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("1 < 2 > 1", 'Unsupported start tag "" at byte offset 2'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<a href='x>y</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_what_is_not_telegrams_html_is_refused_in_its_words(source: str, words: str) -> None:
    with pytest.raises(EntityError) as refused:
        parse_html(source)
    assert str(refused.value) == words


def test_texts_are_trimmed_and_their_entities_move_along() -> None:
    formatted = finish(parse_html("  \n<b> a </b><i>b  </i>\n"))
    assert (formatted.text, marked(formatted)) == ("a b", [("bold", "a "), ("italic", "b")])


def test_what_telegram_finds_in_a_text_by_itself() -> None:
    formatted = finish(
        Formatted("😀 /start@feelback_bot ask @anna_b or me@example.org, https://example.org/a#b. #fine 1/2")
    )
    assert marked(formatted) == [
        ("bot_command", "/start@feelback_bot"),
        ("mention", "@anna_b"),
        ("email", "me@example.org"),
        ("url", "https://example.org/a#b"),
        ("hashtag", "#fine"),
    ]


def test_nothing_is_found_inside_code() -> None:
    assert [kind for kind, _ in marked(finish(parse_html("<code>/start</code> <b>/help</b>")))] == [
        "code",
        "bold",
        "bot_command",
    ]


def test_named_entities_outside_of_the_text_are_dropped() -> None:
    bold: Json = {"type": "bold", "offset": 1, "length": 2}
    wrong: list[Json] = [bold | {"offset": -1}, bold | {"length": 9}, bold | {"length": 0}, {"type": "bold"}]
    assert given("abc", [*wrong, bold]) == Formatted("abc", (bold,))


def test_a_text_full_of_commands_is_read_quickly() -> None:
    assert len(finish(Formatted("/a " * 1365)).entities) == 100
