"""How a text becomes token ids: the same code in training and in serving.

The data set is lower case, without punctuation, and splits its contractions ("i m", "don t"); chat has capitals,
apostrophes, emoji, emoticons and loooong words. Normalising brings both to one form.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import blake2b
from itertools import chain, groupby, islice
from operator import attrgetter, eq
from typing import Any, Final, NamedTuple

NORMALISER_VERSION: Final = 1
"""Grows with any change to `normalise`; a bundle says which one it was trained with."""

PADDING: Final = 0
UNKNOWN: Final = 1
FIRST_WORD: Final = 2

VOCABULARY_SIZE: Final = 30_000
"""Words that a network trained from nothing knows at most."""

SPELLED: Final = 8_000
SPELLED_LENGTH: Final = 5
"""Typos are looked for among so many of the most frequent words, in words of at least so many letters."""

TELLING: Final = ("feel", "feels", "feeling", "feelings", "felt")
"""A text with one of these tells of feeling, as nearly all of the data set do and few elsewhere: 99 % of
`official_test`, 2 % of GoEmotions. A network is surer of the one kind than of the other, and scaled for each apart."""

HELD_OUT: Final = 10
"""One text in so many is held out."""

CHOOSING: Final = 20
"""One of the others in so many chooses, where no file of the data set does."""

_EMOTICONS: Final = {
    ":)": "🙂", ":-)": "🙂", "(:": "🙂", ":d": "😀", ":-d": "😀", "=)": "🙂", "=d": "😀", "^^": "😊", "^_^": "😊",
    ";)": "😉", ";-)": "😉", ":p": "😛", ":-p": "😛", ":*": "😘", ":-*": "😘", "<3": "❤", "</3": "💔",
    ":(": "🙁", ":-(": "🙁", "):": "🙁", "=(": "🙁", ":'(": "😢", ":,(": "😢", "t_t": "😢", "t.t": "😢", ":/": "😕",
    ":-/": "😕", ":\\": "😕", ":|": "😐", ":-|": "😐", "-_-": "😑", ">:(": "😠", ":@": "😠", "d:": "😧", ":o": "😮",
    ":-o": "😮", "o_o": "😳", "o.o": "😳", "0_0": "😳", "._.": "😐", ":3": "😊", ":s": "😖", ":$": "😳",
}  # fmt: skip
_EMOJI: Final = (
    "\u203c\u2049\u2139\u231a-\u23ff\u2600-\u26ff\u2702-\u27bf\u2934\u2935\u2b05-\u2b55\U0001f000-\U0001f3fa"
    "\U0001f400-\U0001faff"
)
_LETTERS: Final = r"[^\W\d_]"
_TOKEN: Final = re.compile(
    r"(?P<gone>https?://\S+|www\.\S+|@\w+|\[(?:name|religion)\])"
    rf"|(?P<emoticon>(?<!\w)(?:{'|'.join(re.escape(e) for e in sorted(_EMOTICONS, key=len, reverse=True))})(?!\w))"
    rf"|(?P<word>[^\W_]+(?:['’`´]{_LETTERS}+)*)"
    r"|(?P<mark>[!?]+|\.{2,}|…)"
    rf"|(?P<emoji>[{_EMOJI}])"
)
_APOSTROPHES: Final = "'’`´"
_NO_APOSTROPHES: Final = str.maketrans("", "", _APOSTROPHES)
_CONTRACTED: Final = frozenset(("m", "re", "ve", "ll", "s", "d", "t"))
_ELONGATION: Final = re.compile(rf"({_LETTERS})\1{{2,}}")
_ELONGATED: Final = re.compile(rf"(\w)[{_APOSTROPHES}]?\1[{_APOSTROPHES}]?\1")
"""Found in any text of which a token could be an `_ELONGATION`."""

_STRETCH: Final = re.compile(r"(?:(?<!\S)[!-%'-~]+(?!\S)|\s)+|\S+")
"""As many words without an entity or an accent as stand together, or one with."""

_DOUBLE: Final = re.compile(r"(.)\1")

_NOT_PLAIN: Final = re.compile(r"""[^a-zA-Z0-9 ,.!?'"\n-]""")
_NOT_PLAIN_MARK: Final = re.compile(
    r"""[.!?'](?:(?<=[.!?])[ \n"]*[.!?]|(?<=\.)[a-zA-Z]|(?<=')(?:[^a-zA-Z]|[a-zA-Z]+[0-9]))"""
)
"""A text with one of these goes the long way to its tokens. Two patterns, each of which starts with a set, are found
faster than one with alternatives."""

_DIGIT: Final = re.compile("[0-9]")
_TRIPLE: Final = re.compile(r"([a-z])\1\1")


class Found(NamedTuple):
    """A token, and where it is in a text as it was written: from `start` to before `end`."""

    token: str
    start: int
    end: int


def _token(match: re.Match[str]) -> str:
    kind, token = match.lastgroup, match[0]
    if kind == "word":
        return "0" if token.isdigit() else token.translate(_NO_APOSTROPHES)
    if kind == "emoticon":
        return _EMOTICONS[token]
    if kind == "mark":
        if "!" in token:
            return "?!" if "?" in token else token[:2]
        return token[:2] if token[0] == "?" else "..."
    return token if kind == "emoji" else ""


def tokenise(text: str) -> list[str]:
    """The tokens of the normalised text."""
    return _in_full(_tokenise_plain(text), text)


def normalise(text: str) -> str:
    """The canonical form of a text: tokens joined by single spaces. Texts with equal forms are the same text.

    Lower case; apostrophes gone ("don't" and the data set's "don t" are both "dont"); a number is "0"; links, mentions
    and anonymised names are gone; of punctuation only `!`, `!!`, `?`, `??`, `?!` and `...` stay; emoticons become
    emoji; a letter stands at most twice in a row, a token at most three times. Idempotent.
    """
    return " ".join(tokenise(text))


def _tokenise_plain(text: str) -> list[str] | None:
    """The tokens of a text of the most common kind, with any letters that stand more than twice in a row left; None of
    another."""
    if _NOT_PLAIN.search(text) or _NOT_PLAIN_MARK.search(text):
        return None
    plain = text.lower().replace("'", "").replace(",", " ").replace(".", " ").replace('"', " ").replace("-", " ")
    tokens = plain.replace("!", " ! ").replace("?", " ? ").split()
    if _DIGIT.search(text):
        tokens = ["0" if token.isdigit() else token for token in tokens]
    return _not_repeated(tokens if _CONTRACTED.isdisjoint(tokens) else _contracted(tokens))


def _contracted(tokens: Iterable[str]) -> list[str]:
    """The tokens, each end of a contraction ("m", "t") as part of the word before it."""
    joined: list[str] = []
    for token in tokens:
        if token in _CONTRACTED and joined and joined[-1][-1].isalpha():
            joined[-1] += token
        else:
            joined.append(token)
    return joined


def _in_full(plain: list[str] | None, text: str) -> list[str]:
    """What `_tokenise_plain` gave of a text, where that is all there is to do."""
    return _tokenise(text) if plain is None or _TRIPLE.search(" ".join(plain)) else plain


def _tokenise(text: str) -> list[str]:
    """The tokens of the normalised text, for any."""
    text = _unify(text)
    elongated = _ELONGATED.search(text)
    tokens: list[str] = []
    for match in _TOKEN.finditer(text):
        token = _token(match)
        if elongated:
            token = _ELONGATION.sub(r"\1\1", token)
        if token in _CONTRACTED and tokens and tokens[-1][-1].isalpha():
            tokens[-1] = _ELONGATION.sub(r"\1\1", tokens[-1] + token)
        elif token:
            tokens.append(token)
    return _not_repeated(tokens)


def find_tokens(text: str) -> list[Found]:
    """What `tokenise` gives, and where in the text each token stands as it was written."""
    unified, starts, ends = _unify_with_places(text)
    elongated = _ELONGATED.search(unified)
    found: list[Found] = []
    for match in _TOKEN.finditer(unified):
        token = _token(match)
        if elongated:
            token = _ELONGATION.sub(r"\1\1", token)
        start, end = starts[match.start()], ends[match.end() - 1]
        if token in _CONTRACTED and found and found[-1].token[-1].isalpha():
            before = found.pop()
            token, start = _ELONGATION.sub(r"\1\1", before.token + token), before.start
        if token:
            found.append(Found(token, start, end))
    return list(chain.from_iterable(islice(same, 3) for _, same in groupby(found, key=attrgetter("token"))))


def _unify_with_places(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The text as `_unify` leaves it, and where what each of its characters comes from starts and ends.

    Where a character becomes another by itself that is its place; where it depends on its neighbours (an entity, an
    accent of its own) it is all that stands between two spaces.
    """
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for stretch in _STRETCH.finditer(text):
        start, end = stretch.span()
        whole = _unify(stretch[0])
        parts.append(whole)
        if stretch[0].isascii() and "&" not in stretch[0]:
            starts += range(start, end)
            ends += range(start + 1, end + 1)
            continue
        single = [_unify(character) for character in stretch[0]]
        if "".join(single) == whole:
            places = [place for place, part in enumerate(single, start) for _ in part]
            starts += places
            ends += [place + 1 for place in places]
        else:
            starts += [start] * len(whole)
            ends += [end] * len(whole)
    return "".join(parts), starts, ends


def _unify(text: str) -> str:
    """The text with entities read, in the one form that Unicode has for characters that look alike, in lower case."""
    if "&" in text:
        text = html.unescape(text)
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _not_repeated(tokens: list[str]) -> list[str]:
    """The tokens, without those that repeat the three before them."""
    if len(tokens) - len(set(tokens)) < 3 or not any(map(eq, tokens, tokens[3:])):
        return tokens
    return list(chain.from_iterable(islice(same, 3) for _, same in groupby(tokens)))


def digest(normalised: str) -> int:
    """64 bits of blake2b of a normalised text, by which texts are told apart and shared out."""
    return int.from_bytes(blake2b(normalised.encode(), digest_size=8).digest(), "big")


def is_held_out(text: str) -> bool:
    """Whether a text never trains and always judges: one in ten, the same for ever, everywhere."""
    return digest(normalise(text)) % HELD_OUT == 0


def is_chosen(text: str) -> bool:
    """Whether a text that is not held out chooses and calibrates rather than trains: one in twenty."""
    rest, place = divmod(digest(normalise(text)), HELD_OUT)
    return place != 0 and rest % CHOOSING == 0


class Vocabulary:
    """The words a network knows, the most frequent first; a word's id is its place plus `FIRST_WORD`."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words: Final = tuple(words)
        self._ids: Final = {word: place for place, word in enumerate(self.words, FIRST_WORD)}
        self._shortened: Final = _shortened(self.words[:SPELLED])

    def __len__(self) -> int:
        """The number of ids: the words, padding and the unknown."""
        return len(self.words) + FIRST_WORD

    def encode(self, text: str) -> list[int]:
        """The ids of the normalised text's tokens; of a token that is not known, that of the word it may be a typo of,
        else `UNKNOWN`."""
        find, plain = self._ids.get, _tokenise_plain(text)
        ids: list[Any] = list(map(find, plain or ()))
        if ids and None not in ids:  # what is known has no letter three times in a row
            return ids
        return [find(token) or self._near(token) for token in _in_full(plain, text)]

    def encode_many(self, normalised: Iterable[str]) -> Iterator[list[int]]:
        """What `encode` gives for each of many texts that are normalised, each token looked up once."""
        find = cache(lambda token: self._ids.get(token) or self._near(token))
        return (list(map(find, text.split())) for text in normalised)

    def ids_of(self, words: Iterable[str]) -> frozenset[int]:
        """The ids of those of the words that it knows."""
        return frozenset(self._ids[word] for word in words if word in self._ids)

    def and_words(self, words: Iterable[str]) -> "Vocabulary":
        """This vocabulary, and those of the words that it lacks."""
        return Vocabulary([*self.words, *(word for word in dict.fromkeys(words) if word not in self._ids)])

    def _near(self, token: str) -> int:
        """The id of the token without its doubled letters ("soo" is "so"), or of a frequent word that starts with the
        same letter and is a letter more, less, other or swapped away; the more frequent of two.

        By the letters left when one is taken out (Garbe, SymSpell, 2012), so an unknown token costs a few look-ups.
        """
        known = self._ids.get(_DOUBLE.sub(r"\1", token))
        if known or len(token) < SPELLED_LENGTH:
            return known or UNKNOWN
        shortened = self._shortened
        near = [shortened.get(token)]
        for rest in _without_a_letter(token):
            near.append(shortened.get(rest))
            if (extra := self._ids.get(rest, UNKNOWN)) < SPELLED:
                near.append(extra)
        return min((id_ for id_ in near if id_ and id_ != UNKNOWN), default=UNKNOWN)

    @classmethod
    def build(cls, normalised: Iterable[str], size: int, at_least: int = 2) -> "Vocabulary":
        """The `size` most frequent tokens of normalised texts that occur at least `at_least` times; ties in
        alphabetical order. Emoji and marks before any word: they are few, and often all that a message says."""
        counts = Counter(chain.from_iterable(map(str.split, normalised)))
        frequent = sorted((-count, word) for word, count in counts.items() if count >= at_least)
        frequent.sort(key=lambda one: one[1].isalnum())
        return cls([word for _, word in sorted(frequent[:size])])


def _without_a_letter(word: str) -> Iterator[str]:
    """What is left of a word when one letter after the first is taken out."""
    return (word[:place] + word[place + 1 :] for place in range(1, len(word)))


def _shortened(words: Sequence[str]) -> dict[str, int]:
    """The id of the most frequent long word that each row of letters can come from by losing one."""
    found: dict[str, int] = {}
    for id_, word in enumerate(words, FIRST_WORD):
        if len(word) >= SPELLED_LENGTH:
            for rest in _without_a_letter(word):
                found.setdefault(rest, id_)
    return found
