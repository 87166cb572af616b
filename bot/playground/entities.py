"""Message text as Telegram keeps it: plain text, and entities that mark parts of it.

Offsets and lengths of entities count UTF-16 code units (https://core.telegram.org/api/entities#entity-length).
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

Json = dict[str, Any]

_KINDS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAME: Final = re.compile(r"</?([^\s>]*)")
_ATTRIBUTE: Final = re.compile(r"""\s+([^\s=>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)))?""")
_END: Final = re.compile(r"\s*>")
_CHARACTER: Final = re.compile(r"&(?:(?:lt|gt|amp|quot)(?![A-Za-z])|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});?")
_LINK: Final = re.compile(r"(?:https?|tg|mailto|tel):", re.IGNORECASE)
_FOUND: Final = {
    "url": re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,:;!?)\]]"),
    "email": re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "mention": re.compile(r"(?<![\w@])@[A-Za-z]\w{3,31}\b", re.ASCII),
    "hashtag": re.compile(r"(?<![\w#])#\w*[^\W\d]\w*"),
    "bot_command": re.compile(r"(?<![\w/<>])/\w{1,64}(?:@\w{3,32})?\b(?![/<>])", re.ASCII),
}
_OPAQUE: Final = frozenset({"code", "pre", "text_link", "url", "email"})
"""Kinds of entities in which Telegram looks for no further ones."""
_MOST: Final = 100
"""Telegram's limit of entities a message; here of each kind that is looked for."""


class EntityError(ValueError):
    """What is wrong with marked-up text, in the words of Telegram's own parser."""


@dataclass(frozen=True)
class Formatted:
    """Plain text and its entities, as in the fields `text` and `entities` of a Bot API message."""

    text: str
    entities: tuple[Json, ...] = ()

    @property
    def length(self) -> int:
        """UTF-16 code units of the text: what Telegram's limits of 4,096 and 1,024 count."""
        return units(self.text)


def units(text: str) -> int:
    """UTF-16 code units of a text; a lone surrogate counts as one."""
    return len(text) + sum(character > "\uffff" for character in text)


def part(text: str, entity: Json) -> str:
    """The part of a text that an entity marks."""
    begin, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
    return text.encode("utf-16-le", "surrogatepass")[begin:end].decode("utf-16-le", "surrogatepass")


def parse_html(source: str) -> Formatted:
    """Read Telegram's subset of HTML (https://core.telegram.org/bots/api#html-style).

    Stricter than HTML, as Telegram is: unknown tags, a bare `<` and tags that do not close are errors, and
    `&lt; &gt; &amp; &quot;` and numbers are the only character references; others stay as they are written.

    Raises:
        EntityError: in Telegram's words, with the byte offset.
    """
    parts: list[str] = []
    entities: list[Json] = []
    opened: list[tuple[str, dict[str, str], int]] = []
    position = offset = 0
    while position < len(source):
        begin = source.find("<", position)
        piece = _unescape(source[position : begin if begin >= 0 else len(source)])
        parts.append(piece)
        offset += units(piece)
        if begin < 0:
            break
        if source.startswith("</", begin):
            name, position = _end_tag(source, begin, opened)
            _, attributes, start = opened.pop()
            if offset > start:
                entities += _entity(name, attributes, start, offset - start, "".join(parts), entities)
        else:
            name, attributes, position = _start_tag(source, begin)
            opened.append((name, attributes, offset))
    if opened:
        raise EntityError(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return Formatted("".join(parts), _sorted(entities))


def given(text: str, entities: Iterable[Json]) -> Formatted:
    """Text with entities named one by one; those that lie outside of the text are dropped, as Telegram does."""
    length = units(text)
    kept = [
        entity
        for entity in entities
        if isinstance(entity.get("type"), str)
        and isinstance(entity.get("offset"), int)
        and isinstance(entity.get("length"), int)
        and 0 <= entity["offset"] < entity["offset"] + entity["length"] <= length
    ]
    return Formatted(text, _sorted(kept))


def finish(formatted: Formatted) -> Formatted:
    """What Telegram does to every text it is handed: trim it, and find commands, links, mentions and hashtags in it."""
    return _find(_trim(formatted))


def _unescape(text: str) -> str:
    return _CHARACTER.sub(lambda match: html.unescape(match[0] if match[0].endswith(";") else match[0] + ";"), text)


def _at(source: str, position: int) -> int:
    return len(source[:position].encode("utf-8", "surrogatepass"))


def _start_tag(source: str, begin: int) -> tuple[str, dict[str, str], int]:
    name_end = _name_end(source, begin)
    name = source[begin + 1 : name_end].lower()
    unclosed = EntityError(f"Unclosed start tag at byte offset {_at(source, begin)}")
    if name_end == len(source):
        raise unclosed
    if name not in _KINDS:
        raise EntityError(f'Unsupported start tag "{name}" at byte offset {_at(source, begin)}')
    attributes: dict[str, str] = {}
    position = name_end
    while match := _ATTRIBUTE.match(source, position):
        attributes[match[1]] = _unescape(match[2] or match[3] or match[4] or "")
        position = match.end()
    end = _END.match(source, position)
    if end is None and ">" not in source[position:]:
        raise unclosed
    if end is None:
        raise EntityError(
            f'Expected equal sign in declaration of an attribute of the tag "{name}" '
            f"at byte offset {_at(source, begin)}"
        )
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise EntityError(f'Tag "span" must have class "tg-spoiler" at byte offset {_at(source, begin)}')
    return name, attributes, end.end()


def _end_tag(source: str, begin: int, opened: list[tuple[str, dict[str, str], int]]) -> tuple[str, int]:
    if not opened:
        raise EntityError(f"Unexpected end tag at byte offset {_at(source, begin)}")
    name_end = _name_end(source, begin)
    end = _END.match(source, name_end)
    if end is None:
        raise EntityError(f"Unclosed end tag at byte offset {_at(source, begin)}")
    name, expected = source[begin + 2 : name_end].lower(), opened[-1][0]
    if name not in ("", expected):
        raise EntityError(
            f'Unmatched end tag at byte offset {_at(source, begin)}, expected "</{expected}>", found "</{name}>"'
        )
    return expected, end.end()


def _name_end(source: str, begin: int) -> int:
    match = _NAME.match(source, begin)
    return match.end() if match else begin


def _entity(
    name: str, attributes: dict[str, str], offset: int, length: int, text: str, before: list[Json]
) -> list[Json]:
    """The entity that a closed tag makes: none for a link that leads nowhere, none for code that `pre` takes over."""
    entity: Json = {"type": _KINDS[name], "offset": offset, "length": length}
    if name == "a":
        url = attributes.get("href") or text[len(text) - _characters(text, length) :]
        return [entity | {"url": url}] if _LINK.match(url) else []
    language = attributes.get("class", "").removeprefix("language-")
    if name == "code" and language:
        entity["language"] = language
    if name == "pre" and before and before[-1] == entity | {"type": "code", "language": before[-1].get("language")}:
        return [entity | {"language": before.pop()["language"]}]
    if name == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    return [entity]


def _characters(text: str, length: int) -> int:
    """How many characters at the end of a text make up `length` UTF-16 code units."""
    count = 0
    for character in reversed(text):
        if length <= 0:
            break
        length -= 1 + (character > "\uffff")
        count += 1
    return count


def _sorted(entities: Iterable[Json]) -> tuple[Json, ...]:
    plain = (
        {key: value for key, value in entity.items() if (entity["type"], key) != ("code", "language")}
        for entity in entities
    )
    return tuple(sorted(plain, key=lambda entity: (entity["offset"], -entity["length"])))


def _trim(formatted: Formatted) -> Formatted:
    text = formatted.text.strip()
    shift = units(formatted.text[: len(formatted.text) - len(formatted.text.lstrip())])
    length = units(text)
    entities = []
    for entity in formatted.entities:
        begin = max(entity["offset"] - shift, 0)
        end = min(entity["offset"] - shift + entity["length"], length)
        if begin < end:
            entities.append(entity | {"offset": begin, "length": end - begin})
    return Formatted(text, tuple(entities))


def _find(formatted: Formatted) -> Formatted:
    text = formatted.text
    taken = [_span(entity) for entity in formatted.entities if entity["type"] in _OPAQUE]
    found: list[Json] = []
    for kind, pattern in _FOUND.items():
        for match in islice(pattern.finditer(text), _MOST):
            entity = {"type": kind, "offset": units(text[: match.start()]), "length": units(match[0])}
            if not any(entity["offset"] in span or span.start in _span(entity) for span in taken):
                taken.append(_span(entity))
                found.append(entity)
    return replace(formatted, entities=_sorted([*formatted.entities, *found])) if found else formatted


def _span(entity: Json) -> range:
    return range(entity["offset"], entity["offset"] + entity["length"])
