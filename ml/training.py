"""Training: from samples to a calibrated bundle. Imports TensorFlow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_softmax, softmax

from ml.bundle import Bundle, BundleError, Golden, Scale, Thresholds, pack_weights
from ml.classifier import Classifier
from ml.emotions import NO_EMOTION
from ml.network import NetworkConfig, build, get_weights, set_weights, to_litert
from ml.samples import Samples, join
from ml.teaching import SPREAD, Teaching
from ml.text import FIRST_WORD, NORMALISER_VERSION, PADDING, TELLING, UNKNOWN, VOCABULARY_SIZE, Vocabulary

MAX_TOKENS: Final = 64
"""A sample's tokens after these don't train."""

MISSED_NEUTRAL: Final = 0.05
FLAGGED_EMOTIONAL: Final = 0.10
"""Shares of neutral texts read as emotional, and of emotional ones as none, that the threshold weighs equally."""

LEAD: Final = 0.2
"""Torn below this lead: of held-out everyday messages that have less, 47 % are read right, of the others 91 %; of
comments with two of the six, 18 % have less, and of three quarters of those both are named."""

KNOWN: Final = 0.65
"""Of 50 plain sentences in other languages 70 % have fewer words known, and two or more unknown; of English comments
0.1 %."""

CAREFUL: Final = 1.0
"""Samples of at least this weight are labelled with care."""

READ: Final = 5_000_000
WEIGHT_DECAY: Final = 2e-2
FEWEST_PASSES: Final = 2
MOST_PASSES: Final = 4
"""A network trained from nothing reads about so many texts, each of its own 2 to 4 times: many need fewer passes. Its
weights decay twice as fast as those of one that is taught."""

Progress = Callable[[float], None]
"""Told the share that is done, between 0 and 1."""


@dataclass(frozen=True)
class Recipe:
    """How long and how boldly a network learns.

    Attributes:
        epochs: passes over the samples.
        batch: samples a step.
        learning_rate: of AdamW at its height; falls to zero along a cosine.
        weight_decay: of AdamW.
        unknown: share of the tokens shown as unknown, so that the network learns to live with unknown words.
    """

    epochs: int
    batch: int = 512
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    unknown: float = 0.01


@dataclass(frozen=True)
class Trained:
    """A network, its shape, and the words it knows."""

    model: keras.Model
    config: NetworkConfig
    vocabulary: Vocabulary


@dataclass(frozen=True)
class Encoded:
    """Token ids of n texts, one after the other, without padding.

    Attributes:
        ids: int32 (sum of lengths,).
        starts: int64 (n + 1,), where each text's ids begin.
        tells: which of them tell of feeling, (n,).
    """

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    tells: NDArray[np.bool_]

    @classmethod
    def of(cls, normalised: Sequence[str], vocabulary: Vocabulary) -> "Encoded":
        """The first `MAX_TOKENS` ids of each normalised text; a text without tokens is one unknown."""
        all_ids: list[int] = []
        starts, tells = np.zeros(len(normalised) + 1, np.int64), np.zeros(len(normalised), np.bool_)
        shows = vocabulary.ids_of(TELLING).isdisjoint
        for row, encoded in enumerate(vocabulary.encode_many(normalised)):
            ids = encoded[:MAX_TOKENS] or [UNKNOWN]
            all_ids += ids
            starts[row + 1], tells[row] = len(all_ids), not shows(ids)
        return cls(np.array(all_ids, np.int32), starts, tells)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens in each text, (n,)."""
        return np.diff(self.starts)

    def padded(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        """The ids of some texts, (rows, longest of them)."""
        lengths = self.lengths[rows]
        columns = np.arange(lengths.max())
        places = self.starts[rows, None] + columns
        return np.where(columns < lengths[:, None], self.ids[np.minimum(places, len(self.ids) - 1)], PADDING)

    def batches(self, size: int, random: np.random.Generator | None = None) -> Iterator[NDArray[np.intp]]:
        """Places of texts of like length, all once; shuffled, within a length and the batches, if `random` is given.

        Padding all to the longest would cost four to five times the arithmetic.
        """
        order = np.arange(len(self.lengths)) if random is None else random.permutation(len(self.lengths))
        order = order[np.argsort(self.lengths[order], kind="stable")]
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        if random is not None:
            random.shuffle(batches)
        yield from batches


def fit(
    model: keras.Model,
    encoded: Encoded,
    samples: Samples,
    recipe: Recipe,
    *,
    seed: int,
    progress: Progress,
) -> None:
    """Train a network in place; on the same machine with the same threads and seed, to the same weights.

    The loss of a sample is the cross-entropy of the six, counted as far as there is an emotion, plus the binary
    cross-entropy of none, times its weight over the mean weight.
    """
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    steps = recipe.epochs * -(-len(samples) // recipe.batch)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=recipe.learning_rate, warmup_steps=min(100, steps // 10)
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay)
    optimizer.build(model.trainable_variables)

    @tf.function(  # type: ignore[untyped-decorator]
        input_signature=[
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((None,), tf.bool),
            tf.TensorSpec((None, NO_EMOTION + 1), tf.float32),
            tf.TensorSpec((None,), tf.float32),
        ]
    )
    def step(ids: tf.Tensor, tells: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            telling, showing = tf.split(model(ids, training=True), 2, axis=1)
            logits = tf.where(tells[:, None], telling, showing)
            emotions = -tf.reduce_sum(targets[:, :NO_EMOTION] * tf.nn.log_softmax(logits[:, :NO_EMOTION]), -1)
            none = tf.nn.sigmoid_cross_entropy_with_logits(targets[:, NO_EMOTION], logits[:, NO_EMOTION])
            loss = tf.reduce_mean((emotions + none) * weights)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    weights = samples.weights / samples.weights.mean()
    done = 0
    for _ in range(recipe.epochs):
        for rows in encoded.batches(recipe.batch, random):
            ids = encoded.padded(rows)
            ids[(random.random(ids.shape, np.float32) < recipe.unknown) & (ids != PADDING)] = UNKNOWN
            step(ids, encoded.tells[rows], samples.targets[rows], weights[rows])
            done += 1
            if done % 50 == 0 or done == steps:
                progress(done / steps)


def train(samples: Samples, teaching: Teaching, *, seed: int, progress: Progress) -> Trained:
    """A network from nothing but what the teacher knows of words, with a vocabulary of the samples' frequent tokens."""
    vocabulary = Vocabulary.build(samples.normalised, VOCABULARY_SIZE)
    config = NetworkConfig(vocabulary=len(vocabulary))
    keras.utils.set_random_seed(seed)
    model = build(config)
    _lay_out(model.get_layer("embedding").embeddings, vocabulary, teaching)
    encoded = Encoded.of(samples.normalised, vocabulary)
    passes = min(MOST_PASSES, max(FEWEST_PASSES, round(READ / len(samples))))
    fit(model, encoded, samples, Recipe(epochs=passes, weight_decay=WEIGHT_DECAY), seed=seed, progress=progress)
    return Trained(model, config, vocabulary)


def _lay_out(embedding: keras.Variable, vocabulary: Vocabulary, teaching: Teaching) -> None:
    """Start the embedding of each word that the teacher knows from the teacher's."""
    start, places = embedding.numpy(), {word: place for place, word in enumerate(teaching.words)}
    for id_, word in enumerate(vocabulary.words, FIRST_WORD):
        if word in places:
            start[id_] = SPREAD * teaching.vectors[places[word]]
    embedding.assign(start)


def fine_tune(
    start: Bundle,
    corrected: Samples,
    replay: Samples,
    *,
    seed: int,
    progress: Progress,
    words: Sequence[str] = (),
    recipe: Recipe,
) -> Trained:
    """The network of a bundle, taught `corrected` while it goes on reading the texts of `replay` as it does now
    (Li and Hoiem, "Learning without Forgetting", ECCV 2016); new `words` join its vocabulary.

    Raises:
        BundleError: the weights are not those of the bundle's network.
    """
    vocabulary = Vocabulary(start.vocabulary).and_words(words)
    config = replace(NetworkConfig.from_json(start.config), vocabulary=len(vocabulary))
    keras.utils.set_random_seed(seed)
    model = build(config)
    weights = start.weights()
    embedding = model.get_layer("embedding").embeddings
    known = weights[embedding.path]
    weights[embedding.path] = np.concatenate(
        [known, np.repeat(known[UNKNOWN:FIRST_WORD], len(vocabulary) - len(known), 0)]
    )
    try:
        set_weights(model, weights)
    except (KeyError, ValueError) as error:
        raise BundleError(f"the weights are not those of the bundle's network: {error}") from None
    read = logits_of(model, Encoded.of(replay.normalised, vocabulary))
    none = expit(read[:, NO_EMOTION:])
    targets = np.concatenate([softmax(read[:, :NO_EMOTION], axis=1) * (1 - none), none], axis=1)
    samples = join([replay.with_(targets=targets), corrected])
    fit(model, Encoded.of(samples.normalised, vocabulary), samples, recipe, seed=seed, progress=progress)
    return Trained(model, config, vocabulary)


def logits_of(model: keras.Model, encoded: Encoded) -> NDArray[np.float32]:
    """The logits of each text, as the kind that it is, (n, 7)."""
    call = tf.function(lambda ids: model(ids, training=False), input_signature=[tf.TensorSpec((None, None), tf.int32)])
    logits = np.zeros((len(encoded.lengths), NO_EMOTION + 1), np.float32)
    for rows in encoded.batches(1024):
        telling, showing = np.split(call(encoded.padded(rows)).numpy(), 2, axis=1)
        logits[rows] = np.where(encoded.tells[rows, None], telling, showing)
    return logits


@dataclass(frozen=True)
class Calibration:
    """What turns logits into probabilities, and probabilities into "unsure"; fields as in `Bundle`."""

    telling: Scale
    showing: Scale
    thresholds: Thresholds


def calibrate(trained: Trained, validation: Samples, everyday: Samples) -> Calibration:
    """A scale for texts that tell of feeling and one for others, each from the validation samples of its kind; then
    the thresholds, from everyday ones.
    """

    def read(samples: Samples) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        encoded = Encoded.of(samples.normalised, trained.vocabulary)
        return logits_of(trained.model, encoded), encoded.tells

    logits, tell = read(validation)
    telling, showing = (_scale(logits[kind], validation.take(np.flatnonzero(kind))) for kind in (tell, ~tell))
    logits, tell = read(everyday)
    none = [logits[:, NO_EMOTION] / scale.none_temperature + scale.none_bias for scale in (telling, showing)]
    return Calibration(telling, showing, _thresholds(expit(np.where(tell, *none)), everyday))


def _scale(logits: NDArray[np.float32], samples: Samples) -> Scale:
    """Temperature scaling of the six, Platt scaling of none (Guo et al., "On Calibration of Modern Neural Networks",
    ICML 2017), each to the least loss by weight. Only samples of one clear label, from sources that are labelled with
    care, scale the six. Without samples all stays as it is.
    """
    careful = (samples.targets[:, :NO_EMOTION].max(axis=1) == 1) & (samples.weights >= CAREFUL)
    six, truth = logits[careful, :NO_EMOTION], samples.targets[careful, :NO_EMOTION]
    none = samples.targets[:, NO_EMOTION]

    def emotions_loss(scale: NDArray[np.float64]) -> float:
        return -float((truth * log_softmax(six * np.exp(scale[0]), axis=1)).sum())

    def none_loss(line: NDArray[np.float64]) -> float:
        logit = logits[:, NO_EMOTION] * np.exp(line[0]) + line[1]
        loss = none * log_expit(logit) + (1 - none) * log_expit(-logit)
        return -float((loss * samples.weights).sum())

    scale = minimize(emotions_loss, [0.0], method="Nelder-Mead").x[0] if careful.any() else 0.0
    line = minimize(none_loss, [0.0, 0.0], method="Nelder-Mead").x if len(samples) else (0.0, 0.0)
    return Scale(float(np.exp(-scale)), float(np.exp(-line[0])), float(line[1]))


def _thresholds(none: NDArray[np.float64], samples: Samples) -> Thresholds:
    """The `none` from which neutral texts missed and emotional texts flagged, each beside what we want to allow, are
    equally many."""
    neutral = samples.weights * (samples.targets[:, NO_EMOTION] == 1)
    emotional = samples.weights * (samples.targets[:, NO_EMOTION] == 0)
    levels = np.linspace(0.02, 0.98, 97)
    missed = np.array([neutral[none < level].sum() for level in levels]) / max(neutral.sum(), 1e-9)
    flagged = np.array([emotional[none >= level].sum() for level in levels]) / max(emotional.sum(), 1e-9)
    level = levels[np.argmin(np.maximum(missed / MISSED_NEUTRAL, flagged / FLAGGED_EMOTIONAL))]
    return Thresholds(none=float(level), best=0.6, torn=LEAD, known=KNOWN)


def make_bundle(
    trained: Trained,
    calibration: Calibration,
    golden: Sequence[str],
    made: dict[str, Any],
) -> Bundle:
    """The bundle of a trained network; the golden examples are texts of the project's corpus."""
    bundle = Bundle(
        litert=to_litert(trained.model),
        weights_npz=pack_weights(get_weights(trained.model)),
        vocabulary=trained.vocabulary.words,
        config=trained.config.to_json(),
        normaliser=NORMALISER_VERSION,
        telling=calibration.telling,
        showing=calibration.showing,
        thresholds=calibration.thresholds,
        metrics={},
        golden=(),
        made=made,
    )
    readings = zip(golden, Classifier(bundle).read_many(golden), strict=True)
    return replace(
        bundle, golden=tuple(Golden(text, reading.probabilities, reading.none) for text, reading in readings)
    )
