"""The texts: the same in every language, none missing, none unused, values escaped, plurals right."""

import ast
import re
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from bot import replies
from bot.replies.texts import LANGUAGES, Markup, texts_for

FOLDER = Path(replies.__file__).parent
ROOM = FOLDER.parent
TAGS = re.compile(r"</?([a-z]+)>")


class _Variables(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802
        self.names.add(node.id.name)


def messages(language: str) -> dict[str, ftl.Message]:
    """The messages of a language by key."""
    resource = FluentParser().parse((FOLDER / f"{language}.ftl").read_text(encoding="utf-8"))
    assert not [entry for entry in resource.body if isinstance(entry, ftl.Junk)]
    found = [entry for entry in resource.body if isinstance(entry, ftl.Message)]
    assert len({message.id.name for message in found}) == len(found)
    return {message.id.name: message for message in found}


def variables(message: ftl.Message) -> set[str]:
    """The names of the values that a message takes."""
    visitor = _Variables()
    visitor.visit(message)
    return visitor.names


def literals() -> set[str]:
    """Every string in the bot's code."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in ROOM.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def said() -> set[str]:
    """Every key that is said by name, one of two included."""
    keys: set[str] = set()
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "say":
                key = node.args[0]
                named = (key.body, key.orelse) if isinstance(key, ast.IfExp) else (key,)
                keys.update(str(part.value) for part in named if isinstance(part, ast.Constant))
    return keys


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_languages_have_the_same_texts_with_the_same_values(language: str) -> None:
    first, other = messages(LANGUAGES[0]), messages(language)
    assert list(first) == list(other)
    assert {key: variables(message) for key, message in first.items()} == {
        key: variables(message) for key, message in other.items()
    }


def test_no_text_is_unused() -> None:
    assert not set(messages(LANGUAGES[0])) - literals()


def test_no_text_is_missing() -> None:
    assert not said() - set(messages(LANGUAGES[0]))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [0, 1, 2, 5, 21])
def test_every_text_can_be_said_and_is_html_that_telegram_takes(language: str, number: int) -> None:
    texts = texts_for(language)
    for key, message in messages(language).items():
        text = texts.say(key, **dict.fromkeys(variables(message), number))
        assert text.strip()
        opened: list[str] = []
        for tag in TAGS.finditer(text):
            if tag[0].startswith("</"):
                assert opened.pop() == tag[1]
            else:
                opened.append(tag[1])
        assert not opened
        assert set(TAGS.findall(text)) <= {"b", "i"}
        assert "<" not in TAGS.sub("", text)


@pytest.mark.parametrize("code", [None, "", "en", "en-GB", "de", "zh-hans", "RU", "ru", "ru-RU"])
def test_the_language_is_that_of_telegram_where_there_is_one(code: str | None) -> None:
    assert texts_for(code).language == ("ru" if code and code.lower().startswith("ru") else "en")


def test_values_are_escaped_and_markup_is_not() -> None:
    texts = texts_for("en")
    assert "&lt;b&gt;x&amp;" in texts.say("run-failed", error="<b>x&")
    assert "<b>x" in texts.say("run-failed", error=Markup("<b>x"))


def test_a_key_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        texts_for("en").say("no-such-text")


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "Удалена 1 запись"), (3, "Удалены 3 записи"), (5, "Удалено 5 записей"), (21, "Удалена 21 запись")],
)
def test_russian_plurals(number: int, words: str) -> None:
    assert words in texts_for("ru").say("forget-done", entries=number)
