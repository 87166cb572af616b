"""The convolutional network, in Keras. Only what trains imports this module: it imports TensorFlow."""

import contextlib
import sys
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from numpy.typing import NDArray

from ml.emotions import OUTPUTS
from ml.text import PADDING

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class NetworkConfig:
    """The network's shape.

    Attributes:
        vocabulary: number of token ids, padding and the unknown among them.
        embedding: numbers a token becomes.
        filters: convolution filters of each width.
        widths: tokens that a filter of each group sees at once.
        hidden: units between the pooled filters and the output.
        dropout: share of the pooled filters left out in training.
    """

    vocabulary: int
    embedding: int = 32
    filters: int = 96
    widths: tuple[int, ...] = (1, 2, 3, 5, 7)
    hidden: int = 512
    dropout: float = 0.25

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return asdict(self) | {"widths": list(self.widths)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "NetworkConfig":
        """The config that `to_json` told of."""
        return cls(**values | {"widths": tuple(values["widths"])})


def build(config: NetworkConfig) -> keras.Model:
    """A new network: int32 token ids (batch, length) to float32 logits (batch, `OUTPUTS`), the six emotions and then
    none of a text that tells of feeling, and the same of any other.

    After Kim, "Convolutional Neural Networks for Sentence Classification" (EMNLP 2014): filters of several widths, the
    maximum of each over the text. Padding counts for nothing: its embedding is zero, and what a filter sees centred on
    it is far below any maximum.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    present = ops.expand_dims(ops.cast(ops.not_equal(ids, PADDING), "float32"), -1)
    embedded = layers.Embedding(config.vocabulary, config.embedding, name="embedding")(ids) * present
    absent = (present - 1) * 1e9
    pooled = [
        _Peaks(config.filters, width, padding="same", name=f"width_{width}")(embedded, absent)
        for width in config.widths
    ]
    features = layers.Dropout(config.dropout)(layers.Concatenate()(pooled) if len(pooled) > 1 else pooled[0])
    if config.hidden:
        features = layers.Dense(config.hidden, activation="relu", name="hidden")(features)
    return keras.Model(ids, layers.Dense(OUTPUTS, name="logits")(features))


class _Peaks(layers.Conv1D):  # type: ignore[misc]
    """The most that each filter sees, rectified, for texts of which `absent` is 0 where there is a token.

    The same as the maximum of what is rectified, with less to keep for the gradient: training takes a tenth less time.
    """

    def build(self, embedded_shape: Any, absent_shape: Any) -> None:
        super().build(embedded_shape)

    def call(self, embedded: Any, absent: Any) -> Any:
        seen = ops.conv(embedded, self.kernel, padding=self.padding)
        return ops.relu(ops.max(seen + absent, axis=1) + self.bias)

    def compute_output_shape(self, embedded_shape: Any, absent_shape: Any = None) -> Any:
        return (embedded_shape[0], self.filters)


def get_weights(model: keras.Model) -> Weights:
    """The weights by the name of their layer and variable."""
    return {variable.path: np.asarray(variable.numpy(), np.float32) for variable in model.trainable_variables}


def set_weights(model: keras.Model, weights: Weights) -> None:
    """Put weights from `get_weights` into a network of the same shape.

    Raises:
        KeyError: a weight is missing.
        ValueError: a weight has another shape.
    """
    for variable in model.trainable_variables:
        variable.assign(weights[variable.path])


def to_litert(model: keras.Model, *, quantised: bool = True) -> bytes:
    """The network as a LiteRT model: int32 ids (batch, length), both to be set by resizing, to float32 logits
    (batch, `OUTPUTS`).

    Quantised, the weights are 8-bit integers and the arithmetic between them too (dynamic range).
    """
    converter = tf.lite.TFLiteConverter.from_concrete_functions([_serving(model).get_concrete_function()], tf.Module())
    if quantised:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    with contextlib.redirect_stdout(sys.stderr):  # it prints, and standard output is for progress
        converted: bytes = converter.convert()
    return converted


def _serving(model: keras.Model) -> Any:
    """What `build` describes, for one thread and short texts: in operations that LiteRT hands to XNNPACK as one part.

    Of Keras' own operations it makes three parts and steps between them: quantised, with the default shape, 4.9, 7.3,
    12.1 and 20.5 µs for 8, 16, 32 and 64 tokens, where this takes 4.3, 6.7, 11.2 and 18.9.
    """
    weights = get_weights(model)
    embeddings = weights["embedding/embeddings"].copy()
    embeddings[PADDING] = 0
    filters = [layer.name for layer in model.layers if isinstance(layer, layers.Conv1D)]
    dense = [layer.name for layer in model.layers if isinstance(layer, layers.Dense)]

    @tf.function(input_signature=[tf.TensorSpec((None, None), tf.int32, "ids")])  # type: ignore[untyped-decorator]
    def serve(ids: tf.Tensor) -> tf.Tensor:
        ids = tf.expand_dims(ids, 1)
        present = tf.expand_dims(tf.cast(tf.not_equal(ids, PADDING), tf.float32), -1)
        embedded = tf.gather(embeddings, ids)
        pooled = []
        for name in filters:
            seen = tf.nn.conv2d(embedded, weights[f"{name}/kernel"][None], 1, "SAME") + weights[f"{name}/bias"]
            pooled.append(tf.reduce_max(tf.nn.relu(seen) * present, (1, 2)))
        features = tf.concat(pooled, -1)
        for name in dense:
            features = features @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]
            features = tf.nn.relu(features) if name == "hidden" else features
        return features

    return serve
