"""From a text to a reading, through LiteRT; never imports TensorFlow.

Figures in here were measured on one core of a 2-core machine, with 30,000 x 32 embedding and 512 filters quantised.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import exp, tanh
from typing import Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from ml.bundle import Bundle, BundleError
from ml.emotions import LABELS, Emotion
from ml.text import NORMALISER_VERSION, PADDING, UNKNOWN, Vocabulary

LENGTHS: Final = (16, 32, 64)
"""Input lengths, in tokens: an interpreter each, since resizing one costs a hundred readings."""

WINDOW: Final = LENGTHS[-1]
OVERLAP: Final = 16
"""Tokens that two windows of a longer text share."""

GOLDEN_TOLERANCE: Final = 0.02
"""How far a probability may be off where another processor rounds the 8-bit arithmetic in another way."""

_EMOTIONS: Final = tuple(Emotion)


class Unsure(StrEnum):
    """Why a reading names no emotion."""

    NO_EMOTION = "no emotion"
    TORN = "torn"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model said about one text.

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
        self._temperature: Final = bundle.temperature
        self._none_temperature: Final = bundle.none_temperature
        self._none_bias: Final = bundle.none_bias
        self._thresholds: Final = bundle.thresholds
        self._golden: Final = bundle.golden
        self.model: Final = bundle.id

    def read(self, text: str) -> Reading:
        """Read one text.

        It is unsure, in this order: unreadable where no token is known, or a smaller share than `thresholds.known`; no
        emotion from a `none` of `thresholds.none` on; torn where the best of the six is below `thresholds.best` and
        leads the second by less than `thresholds.torn`.
        """
        ids = self._vocabulary.encode(text)
        count = len(ids)
        if count <= WINDOW:
            probabilities, none = self._read_window(ids or [UNKNOWN])
        else:
            probabilities, none = self._read_windows(ids)
        thresholds = self._thresholds
        known = count - ids.count(UNKNOWN)
        best = max(probabilities)
        unsure = None
        if not known or known < thresholds.known * count:
            unsure = Unsure.UNREADABLE
        elif none >= thresholds.none:
            unsure = Unsure.NO_EMOTION
        elif best < thresholds.best and best - sorted(probabilities)[-2] < thresholds.torn:
            unsure = Unsure.TORN
        emotion = None if unsure else _EMOTIONS[probabilities.index(best)]
        return Reading(emotion, unsure, none, probabilities, self.model)

    def read_many(self, texts: Iterable[str]) -> Iterator[Reading]:
        """Read texts one by one as they come, in order."""
        return map(self.read, texts)

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

    def _read_window(self, ids: list[int]) -> tuple[tuple[float, ...], float]:
        """Calibrated probabilities of the six, and of none, for at most `WINDOW` ids."""
        short, middle, long = self._networks
        count = len(ids)
        network = short if count <= LENGTHS[0] else middle if count <= LENGTHS[1] else long
        *emotions, none = network.logits(ids)
        highest, temperature = max(emotions), self._temperature
        shares = [exp((logit - highest) / temperature) for logit in emotions]
        total = sum(shares)
        none = 0.5 + 0.5 * tanh(0.5 * (none / self._none_temperature + self._none_bias))
        return tuple([share / total for share in shares]), none

    def _read_windows(self, ids: list[int]) -> tuple[tuple[float, ...], float]:
        """The same for any number of ids: read in windows, each counting as much as it holds an emotion.

        With e_w = 1 - none of window w, the six are the mean of the windows' weighted by e_w, and so is e itself: a
        feeling in one part of a long text is not drowned by the rest, and no single window decides.
        """
        windows = [self._read_window(window) for window in _windows(ids)]
        weights = [max(1 - none, 1e-9) for _, none in windows]
        total = sum(weights)
        columns = zip(*(probabilities for probabilities, _ in windows), strict=True)
        pooled = [sum(map(float.__mul__, column, weights)) / total for column in columns]
        return tuple(pooled), 1 - sum(weight * weight for weight in weights) / total


def _windows(ids: list[int]) -> list[list[int]]:
    """Parts of at most `WINDOW` ids that cover all of them, each with the last `OVERLAP` of the one before."""
    return [ids[start : start + WINDOW] for start in range(0, len(ids) - OVERLAP, WINDOW - OVERLAP)]


class _Network:
    """The network with its input fixed at one length, tried with the last of its vocabulary."""

    def __init__(self, model: bytes, length: int, vocabulary: int) -> None:
        try:
            self._interpreter: Final = Interpreter(model_content=model, num_threads=1)
            (ids,), (logits,) = self._interpreter.get_input_details(), self._interpreter.get_output_details()
            self._input: Final = ids["index"]
            self._output: Final = logits["index"]
            self._ids: Final = np.full((1, length), PADDING, np.int32)
            self._interpreter.resize_tensor_input(self._input, self._ids.shape)
            self._interpreter.allocate_tensors()
            outputs = len(self.logits([vocabulary - 1]))
        except (RuntimeError, ValueError) as error:
            raise BundleError(f"the LiteRT model cannot be used: {error}") from None
        if outputs != len(LABELS):
            raise BundleError(f"the LiteRT model has {outputs} outputs, not {len(LABELS)}")

    def logits(self, ids: list[int]) -> list[float]:
        """Logits of the six and of none, for at most as many ids as its length.

        A buffer of our own, `set_tensor` and `get_tensor` take 3.1 µs beside the network; views of the interpreter's
        tensors, which must be made anew each time, take 3.3.
        """
        count = len(ids)
        row = self._ids[0]
        row[:count] = ids
        row[count:] = PADDING
        interpreter = self._interpreter
        interpreter.set_tensor(self._input, self._ids)
        interpreter.invoke()
        logits: list[float] = interpreter.get_tensor(self._output)[0].tolist()
        return logits
