"""From a text to a reading, through LiteRT; never imports TensorFlow.

Figures in here were measured on one core of a 2-core machine, with 30,000 x 32 embedding and 512 filters quantised.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import chain, groupby, islice
from math import exp, tanh
from typing import Final, NamedTuple

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from ml.bundle import Bundle, BundleError
from ml.emotions import LABELS, NO_EMOTION, OUTPUTS, Emotion
from ml.text import NORMALISER_VERSION, PADDING, TELLING, UNKNOWN, Vocabulary, find_tokens

LENGTHS: Final = (8, 12, 20, 40, 64)
"""Input lengths, in tokens: an interpreter each, since resizing one costs a hundred readings. The arithmetic takes
tokens by the four with AVX2, where 8 and 12 save a fifth of the network's time, and by the ten with AVX-512."""

BATCH: Final = 16
BATCH_LENGTHS: Final = (8, 10, 12, 16, 20, 24, 28, 30, 36, 40, 52, 64)
"""Where there are many texts, so many of like length are read at once. With AVX-512 a text of 10 tokens takes half the
time then, one of 20 to 52 three quarters to seven eighths, one of 64 nine tenths. Fewer are read one by one."""

AT_ONCE: Final = 1024
"""Texts that are sorted by length at a time."""

WINDOW: Final = LENGTHS[-1]
OVERLAP: Final = 16
"""Tokens that two windows of a longer text share."""

PART: Final = 12
PARTS: Final = 6
"""A long text moves through at most so many parts, of at least so many tokens."""

SURE: Final = 0.6
"""The probability from which on the emotion of a part counts as a station on the way."""

CARRIES: Final = 0.1
"""A word carries a reading if its share in it is so large, the strongest word's being 1."""

GOLDEN_TOLERANCE: Final = 0.02
"""How far a probability may be off where another processor rounds the 8-bit arithmetic in another way."""

Shares = tuple[tuple[float, ...], float]
"""Calibrated probabilities of the six, given that there is one, and of none."""

_EMOTIONS: Final = tuple(Emotion)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])\s+|\n+")


class Unsure(StrEnum):
    """Why a reading names no emotion."""

    NO_EMOTION = "no emotion"
    TORN = "torn"
    UNREADABLE = "unreadable"


class Reading(NamedTuple):
    """What the model said about one text. A named tuple, since making a frozen dataclass takes six times as long.

    Attributes:
        emotion: one of the six, or None where it is unsure.
        unsure: why, or None.
        none: the probability that there is no emotion.
        probabilities: of the six, given that there is one; they sum to 1, whatever `unsure` says.
        model: the bundle's id.
    """

    emotion: Emotion | None
    unsure: Unsure | None
    none: float
    probabilities: tuple[float, ...]
    model: str

    @property
    def best(self) -> Emotion:
        """The most probable of the six."""
        return _EMOTIONS[self.probabilities.index(max(self.probabilities))]

    @property
    def runner_up(self) -> Emotion:
        """The second of the six."""
        return sorted(_EMOTIONS, key=self.probabilities.__getitem__, reverse=True)[1]


@dataclass(frozen=True, slots=True)
class Influence:
    """A word of a text as it is written, where it stands (`text[start:end]`), and how much less probable what was read
    would be without it."""

    word: str
    start: int
    end: int
    drop: float


class Classifier:
    """Reads texts with one bundle. Not thread-safe.

    Raises:
        BundleError: the bundle's parts don't fit each other, or don't fit this code.
    """

    def __init__(self, bundle: Bundle) -> None:
        if bundle.normaliser != NORMALISER_VERSION:
            raise BundleError(f"made with normaliser {bundle.normaliser}, this code has {NORMALISER_VERSION}")
        self._vocabulary: Final = Vocabulary(bundle.vocabulary)
        if bundle.config.get("vocabulary") != len(self._vocabulary):
            raise BundleError("the network was built for a vocabulary of another size")
        self._networks: Final = tuple(_Network(bundle.litert, length, len(self._vocabulary)) for length in LENGTHS)
        self._fitting: Final = tuple(self._networks[bisect_left(LENGTHS, count)] for count in range(WINDOW + 1))
        model, words = bundle.litert, len(self._vocabulary)
        self._network_of: Final = cache(lambda length: _Network(model, length, words, BATCH))
        self._shows: Final = self._vocabulary.ids_of(TELLING).isdisjoint
        self._telling: Final = bundle.telling
        self._showing: Final = bundle.showing
        self._thresholds: Final = bundle.thresholds
        self._golden: Final = bundle.golden
        self.model: Final = bundle.id

    def read(self, text: str) -> Reading:
        """Read one text.

        It is unsure, in this order: unreadable where no token is known, or where two or more are not and a smaller
        share than `thresholds.known` is; no emotion from a `none` of `thresholds.none` on; torn where the best of the
        six is below `thresholds.best` and leads the second by less than `thresholds.torn`.
        """
        return self._read(self._vocabulary.encode(text))

    def read_many(self, texts: Iterable[str]) -> Iterator[Reading]:
        """Read texts in order, `AT_ONCE` at a time; as `read` does, in less time each."""
        given = iter(texts)
        while some := [self._vocabulary.encode(text) for text in islice(given, AT_ONCE)]:
            windows = list(map(_windows, some))
            said = iter(self._read_windows(list(chain.from_iterable(windows))))
            for ids, own in zip(some, windows, strict=True):
                yield self._judge(ids, *_pool(list(islice(said, len(own)))))

    def why(self, text: str, label: int | None = None) -> tuple[Influence, ...]:
        """The words that carry a reading, the strongest first: those without which it would be less probable.

        Each in turn is made unknown to the network (occlusion: Zeiler and Fergus, "Visualizing and Understanding
        Convolutional Networks", ECCV 2014). The probability of an emotion is here that there is one and it is this.
        Of a text of several windows, the one that says most of it answers for all.

        Args:
            text: what was read.
            label: the emotion, or none (6), to explain; what the reading says or leans to if it is not given.

        Returns:
            Those of at least `CARRIES` times what the strongest does. None where the text is unreadable, or is read no
            less so without any word.
        """
        ids = self._vocabulary.encode(text)
        windows = _windows(ids)
        read = self._read_windows(windows)
        if label is None:
            reading = self._judge(ids, *_pool(read))
            if reading.unsure is Unsure.UNREADABLE:
                return ()
            label = NO_EMOTION if reading.unsure is Unsure.NO_EMOTION else reading.best
        shares = [_share(said, label) for said in read]
        most = shares.index(max(shares))
        window, found = windows[most], find_tokens(text)[_starts(len(ids))[most] :]
        known = [place for place, id_ in enumerate(window) if id_ != UNKNOWN]
        without = self._read_windows([[*window[:place], UNKNOWN, *window[place + 1 :]] for place in known])
        influences = [
            Influence(text[start:end], start, end, shares[most] - _share(said, label))
            for said, (_, start, end) in zip(without, map(found.__getitem__, known), strict=True)
        ]
        influences.sort(key=lambda one: -one.drop)
        return tuple(one for one in influences if one.drop > 0 and one.drop >= CARRIES * influences[0].drop)

    def moves(self, text: str) -> tuple[Emotion, ...] | None:
        """The emotions of a long text from its beginning to its end, the same never twice in a row; None where it is
        short, or has no more than one.

        They are those of its parts: sentences that together have `PART` tokens or more, and more where that would be
        over `PARTS`. Parts in which none is as good as sure are passed over.
        """
        sentences = [self._vocabulary.encode(sentence) for sentence in _SENTENCE_END.split(text)]
        total = sum(map(len, sentences))
        if total < 2 * PART:
            return None
        readings = map(self._read, _parts(sentences, max(PART, -(-total // PARTS))))
        sure = (one.emotion for one in readings if one.emotion is not None and max(one.probabilities) >= SURE)
        emotions = tuple(emotion for emotion, _ in groupby(sure))
        return emotions if len(emotions) > 1 else None

    def check_golden(self) -> None:
        """Read the bundle's golden examples again.

        Raises:
            BundleError: one reads differently than when the bundle was made.
        """
        for golden in self._golden:
            reading = self.read(golden.text)
            was, now = (*golden.emotions, golden.none), (*reading.probabilities, reading.none)
            if not all(abs(a - b) <= GOLDEN_TOLERANCE for a, b in zip(was, now, strict=True)):
                raise BundleError(f"golden example {golden.text!r} reads differently than when the bundle was made")

    def _read(self, ids: list[int]) -> Reading:
        """What `read` makes of a text's ids."""
        if len(ids) <= WINDOW:
            return self._judge(ids, *self._calibrate(ids, self._fitting[len(ids)].logits(ids or [UNKNOWN])))
        return self._judge(ids, *_pool(self._read_windows(_windows(ids))))

    def _read_windows(self, windows: Sequence[list[int]]) -> list[Shares]:
        """What each of many windows says."""
        said: dict[int, Shares] = {}
        by_length = sorted(range(len(windows)), key=lambda place: len(windows[place]))
        for start in range(0, len(windows), BATCH):
            places = by_length[start : start + BATCH]
            some = [windows[place] or [UNKNOWN] for place in places]
            if len(some) == BATCH:
                network = self._network_of(BATCH_LENGTHS[bisect_left(BATCH_LENGTHS, len(some[-1]))])
                logits = network.logits_of(some)
            else:
                logits = [self._fitting[len(ids)].logits(ids) for ids in some]
            said |= zip(places, map(self._calibrate, some, logits), strict=True)
        return [said[place] for place in range(len(windows))]

    def _calibrate(self, ids: list[int], logits: list[float]) -> Shares:
        """What the logits of at most `WINDOW` ids say. Written out for the six, since loops take twice the time."""
        if self._shows(ids):
            (a, b, c, d, e, f, none), scale = logits[len(LABELS) :], self._showing
        else:
            (a, b, c, d, e, f, none), scale = logits[: len(LABELS)], self._telling
        highest, temperature = max(a, b, c, d, e, f), scale.temperature
        a, b, c = exp((a - highest) / temperature), exp((b - highest) / temperature), exp((c - highest) / temperature)
        d, e, f = exp((d - highest) / temperature), exp((e - highest) / temperature), exp((f - highest) / temperature)
        total = a + b + c + d + e + f
        none = 0.5 + 0.5 * tanh(0.5 * (none / scale.none_temperature + scale.none_bias))
        return (a / total, b / total, c / total, d / total, e / total, f / total), none

    def _judge(self, ids: list[int], probabilities: tuple[float, ...], none: float) -> Reading:
        """The reading of a text's ids."""
        thresholds = self._thresholds
        count, unknown = len(ids), ids.count(UNKNOWN)
        best = max(probabilities)
        unsure = None
        if unknown >= count or (unknown > 1 and count - unknown < thresholds.known * count):
            unsure = Unsure.UNREADABLE
        elif none >= thresholds.none:
            unsure = Unsure.NO_EMOTION
        elif best < thresholds.best and best - sorted(probabilities)[-2] < thresholds.torn:
            unsure = Unsure.TORN
        emotion = None if unsure else _EMOTIONS[probabilities.index(best)]
        return Reading(emotion, unsure, none, probabilities, self.model)


def _pool(windows: Sequence[Shares]) -> Shares:
    """What the windows of a text say together, each counting as much as it holds an emotion.

    With e_w = 1 - none of window w, the six are the mean of the windows' weighted by e_w, and so is e itself: a feeling
    in one part of a long text is not drowned by the rest, and no single window decides.
    """
    if len(windows) == 1:
        return windows[0]
    weights = [max(1 - none, 1e-9) for _, none in windows]
    total = sum(weights)
    columns = zip(*(probabilities for probabilities, _ in windows), strict=True)
    pooled = tuple(sum(map(float.__mul__, column, weights)) / total for column in columns)
    return pooled, 1 - sum(weight * weight for weight in weights) / total


def _share(said: Shares, label: int) -> float:
    """The probability of none, or that there is an emotion and it is this."""
    probabilities, none = said
    return none if label == NO_EMOTION else (1 - none) * probabilities[label]


def _windows(ids: list[int]) -> list[list[int]]:
    """Parts of at most `WINDOW` ids that cover all of them, each with the last `OVERLAP` of the one before."""
    return [ids[start : start + WINDOW] for start in _starts(len(ids))]


def _starts(count: int) -> range:
    """Where the windows of so many ids start."""
    return range(0, max(count - OVERLAP, 1), WINDOW - OVERLAP)


def _parts(sentences: Iterable[list[int]], least: int) -> list[list[int]]:
    """The sentences' ids in parts of at least so many; one sentence of twice as many or more is cut."""
    parts: list[list[int]] = [[]]
    for sentence in sentences:
        pieces = max(len(sentence) // least, 1)
        for piece in range(pieces):
            if len(parts[-1]) >= least:
                parts.append([])
            parts[-1] += sentence[piece * len(sentence) // pieces : (piece + 1) * len(sentence) // pieces]
    if len(parts) > 1 and len(parts[-1]) < least:
        last = parts.pop()
        parts[-1] += last
    return parts


class _Network:
    """The network with its input fixed at so many texts of one length, tried with the last of its vocabulary."""

    def __init__(self, model: bytes, length: int, vocabulary: int, texts: int = 1) -> None:
        try:
            self._interpreter: Final = Interpreter(model_content=model, num_threads=1)
            (ids,), (logits,) = self._interpreter.get_input_details(), self._interpreter.get_output_details()
            self._input: Final = ids["index"]
            self._output: Final = logits["index"]
            self._ids: Final = np.full((texts, length), PADDING, np.int32)
            self._row: Final = self._ids.reshape(-1)
            self._padding: Final = [PADDING] * length
            self._interpreter.resize_tensor_input(self._input, self._ids.shape)
            self._interpreter.allocate_tensors()
            outputs = len(self.logits_of([[vocabulary - 1]] * texts)[0])
        except (RuntimeError, ValueError) as error:
            raise BundleError(f"the LiteRT model cannot be used: {error}") from None
        if outputs != OUTPUTS:
            raise BundleError(f"the LiteRT model has {outputs} outputs, not {OUTPUTS}")

    def logits(self, ids: list[int]) -> list[float]:
        """Logits of the six and of none, for at most as many ids as its length: as of a text that tells of feeling, and
        as of any other. For a network of one text.

        A buffer of our own, `set_tensor` and `get_tensor` take 3.1 µs beside the network; views of the interpreter's
        tensors, which must be made anew each time, take 3.3.
        """
        self._row[:] = ids + self._padding[len(ids) :]
        interpreter = self._interpreter
        interpreter.set_tensor(self._input, self._ids)
        interpreter.invoke()
        logits: list[float]
        (logits,) = interpreter.get_tensor(self._output).tolist()
        return logits

    def logits_of(self, texts: Sequence[list[int]]) -> list[list[float]]:
        """The same of as many texts as it takes."""
        self._row[:] = [id_ for ids in texts for id_ in ids + self._padding[len(ids) :]]
        self._interpreter.set_tensor(self._input, self._ids)
        self._interpreter.invoke()
        logits: list[list[float]] = self._interpreter.get_tensor(self._output).tolist()
        return logits
