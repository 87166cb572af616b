"""The network as Keras trains it and as LiteRT serves it: the same numbers, whatever its shape, padded or not."""

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from ml.network import NetworkConfig, build, get_weights, set_weights, to_litert
from ml.text import PADDING

SMALL = NetworkConfig(vocabulary=50, embedding=8, filters=16, widths=(1, 2, 3, 5), hidden=0)
SHAPES = [
    SMALL,
    NetworkConfig(vocabulary=50, embedding=8, filters=16, widths=(3,), hidden=0),
    NetworkConfig(vocabulary=50, embedding=8, filters=16, widths=(1, 4), hidden=12),
]


@pytest.fixture
def ids() -> NDArray[np.int32]:
    """Texts of 9, 4, 1 and no tokens, padded to 9."""
    ids = np.random.default_rng(5).integers(1, 50, (4, 9), np.int32)
    for row, length in enumerate((9, 4, 1, 0)):
        ids[row, length:] = PADDING
    return ids


def litert(model: bytes, ids: NDArray[np.int32]) -> NDArray[np.float32]:
    interpreter = Interpreter(model_content=model, num_threads=1)
    (given,), (logits,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(given["index"], ids.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], ids)
    interpreter.invoke()
    output: NDArray[np.float32] = interpreter.get_tensor(logits["index"])
    return output


def random_network(config: NetworkConfig) -> keras.Model:
    """A network whose weights, biases among them, are none of them zero."""
    model, random = build(config), np.random.default_rng(7)
    weights = get_weights(model)
    set_weights(model, {name: random.normal(0, 0.5, w.shape).astype(np.float32) for name, w in weights.items()})
    return model


@pytest.mark.parametrize("config", SHAPES, ids=["four widths", "one width", "hidden"])
def test_litert_computes_what_keras_does(config: NetworkConfig, ids: NDArray[np.int32]) -> None:
    model = random_network(config)
    expected = model(ids).numpy()
    np.testing.assert_allclose(litert(to_litert(model, quantised=False), ids), expected, atol=1e-5)
    assert np.abs(litert(to_litert(model), ids) - expected).max() < 0.05 * np.abs(expected).max()


def test_padding_counts_for_nothing(ids: NDArray[np.int32]) -> None:
    model = random_network(SMALL)
    np.testing.assert_allclose(model(ids[1:2, :4]).numpy(), model(ids[1:2]).numpy(), atol=1e-5)
    served = to_litert(model)
    for row, length in ((1, 4), (2, 1)):
        np.testing.assert_allclose(
            litert(served, ids[row : row + 1, :length]), litert(served, ids[row : row + 1]), atol=1e-4
        )


def test_a_text_reads_the_same_in_any_batch(ids: NDArray[np.int32]) -> None:
    served = to_litert(random_network(SMALL))
    alone = np.concatenate([litert(served, row[None]) for row in ids])
    np.testing.assert_allclose(litert(served, ids), alone, atol=1e-4)


def test_a_config_survives_json() -> None:
    assert NetworkConfig.from_json(SHAPES[2].to_json()) == SHAPES[2]


def test_weights_of_another_shape_are_refused() -> None:
    weights = get_weights(build(SMALL))
    with pytest.raises(ValueError, match="shape"):
        set_weights(build(NetworkConfig(vocabulary=51, embedding=8, filters=16)), weights)
    weights.pop("logits/bias")
    with pytest.raises(KeyError):
        set_weights(build(SMALL), weights)
