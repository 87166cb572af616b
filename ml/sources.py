"""Where the data set and the chat corpora are at home, and what they look like there.

`ml.fetch` brings them from here into the form that `ml.base` reads: the data set's files as they are, and of each
corpus a csv with `text` and `label_name`. Licences are as their authors state them; `docs/model-card.md` says more.
"""

import csv
import io
import os
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Final, Literal, TextIO

KAGGLE: Final = "kaggle:"
"""What an address starts with that kagglehub brings: `kaggle:OWNER/DATASET/FILE`."""

Origin = Literal["huggingface", "kaggle"]
Row = tuple[str, str]
"""A text and its labels, joined by commas; a row without a text is one that is damaged."""

_DAMAGED: Final[Row] = ("", "")
_MEMBER_LIMIT: Final = 128 * 2**20
"""Bytes: a larger file inside an archive is none of ours."""

_GITHUB: Final = "https://raw.githubusercontent.com"
_GOEMOTIONS: Final = f"{_GITHUB}/google-research/google-research/master/goemotions/data"
_TWEETEVAL: Final = f"{_GITHUB}/cardiffnlp/tweeteval/main/datasets/emotion"
_MELD: Final = f"{_GITHUB}/declare-lab/MELD/master/data"

_WINDOWS: Final = {
    byte: character for byte in range(0x80, 0xA0) if (character := bytes([byte]).decode("cp1252", "ignore"))
}
"""MELD's apostrophes and dashes are Windows bytes that were taken for Unicode's control characters."""

_LINE_BREAK: Final = re.compile(r"(?<!\w)á(?!\w)")
"""What ISEAR's export made of a line break."""


@dataclass(frozen=True)
class Source:
    """One file of the data folder, and where it comes from.

    Attributes:
        name: tells the source apart.
        target: the file to make, relative to the data folder.
        page: where people read about it and download by hand.
        licence: in short.
        addresses: the public files.
        rows: how many are expected.
        corpus: the corpus of `ml.corpora` that knows the labels; None for the data set, whose file stays as it is.
        read: the rows of a corpus' public files, given in the order of `addresses`. Raises ValueError, csv.Error,
            OSError and the errors of archives where they don't have the form.
    """

    name: str
    target: str
    page: str
    licence: str
    addresses: tuple[str, ...]
    rows: int
    corpus: str | None = None
    read: Callable[..., Iterator[Row]] | None = None


def data_set(origin: Origin) -> tuple[Source, ...]:
    """The files of the original data set. `HF_ENDPOINT` names another Hugging Face, as it does for their library."""
    if origin == "kaggle":
        return (_KAGGLE,)
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    files = {"unsplit/train": 416_809, "split/train": 16_000, "split/validation": 2_000, "split/test": 2_000}
    return tuple(
        Source(
            name=f"emotion {name.replace('/', ' ')}",
            target=f"emotions/{name}-00000-of-00001.parquet",
            page="https://huggingface.co/datasets/dair-ai/emotion",
            licence="education and research only",
            addresses=(f"{hub}/datasets/dair-ai/emotion/resolve/main/{name}-00000-of-00001.parquet",),
            rows=rows,
        )
        for name, rows in files.items()
    )


_KAGGLE: Final = Source(
    name="emotions",
    target="emotions/text.csv",
    page="https://www.kaggle.com/datasets/nelgiriyewithana/emotions",
    licence="education and research only",
    addresses=(f"{KAGGLE}nelgiriyewithana/emotions/text.csv",),
    rows=416_809,
)


def _open(path: Path) -> TextIO:
    """As lines that end in a line feed alone: a tweet may hold any other of Unicode's line ends."""
    return path.open(encoding="utf-8-sig", errors="replace", newline="\n")


def _decoded(member: IO[bytes]) -> TextIO:
    """A file inside an archive, as `_open` opens one outside."""
    return io.TextIOWrapper(member, "utf-8-sig", errors="replace", newline="\n")


def _lines(file: TextIO) -> Iterator[str]:
    for line in file:
        yield line.rstrip("\r\n")


def _goemotions(texts: Path, emotions: Path) -> Iterator[Row]:
    """Lines of text, ids joined by commas, comment id; the names of the ids a line each."""
    with _open(emotions) as file:
        names = {str(place): name for place, name in enumerate(_lines(file))}
    with _open(texts) as file:
        for line in _lines(file):
            text, ids, _ = [*line.split("\t"), "", ""][:3]
            yield text, ",".join(names.get(place, "") for place in ids.split(","))


def _tweeteval(texts: Path, labels: Path, mapping: Path) -> Iterator[Row]:
    """A text a line, the number of its label on the same line of another file, a name for each number."""
    with _open(mapping) as file:
        names = dict(line.split("\t", 1) for line in _lines(file) if line)
    with _open(texts) as text_file, _open(labels) as label_file:
        for text, label in zip(_lines(text_file), _lines(label_file), strict=True):
            yield text, names.get(label, "")


def _semeval(archive: Path) -> Iterator[Row]:
    """Tab-separated in a zip: id, tweet, a column of 0 and 1 for each of 11 emotions; none of them is neutral."""
    with zipfile.ZipFile(archive) as packed:
        member = next((each for each in packed.infolist() if each.filename.endswith("/2018-E-c-En-train.txt")), None)
        if member is None or member.file_size > _MEMBER_LIMIT:
            raise ValueError("no English train file of task E-c in the archive")
        with packed.open(member) as file:
            lines = _lines(_decoded(file))
            header = next(lines, "").split("\t")
            for line in lines:
                fields = line.split("\t")
                if len(fields) != len(header):
                    yield _DAMAGED
                    continue
                marked = [name for name, mark in zip(header[2:], fields[2:], strict=True) if mark == "1"]
                yield fields[1], ",".join(marked) or "neutral"


def _empathetic_dialogues(archive: Path) -> Iterator[Row]:
    """Lines of a csv in a tar whose texts spell commas out: a conversation's situation is on each of its lines."""
    with tarfile.open(archive, "r:gz") as packed:
        member = next((each for each in packed if each.name.endswith("/train.csv")), None)
        file = packed.extractfile(member) if member and member.size <= _MEMBER_LIMIT else None
        if file is None:
            raise ValueError("no train.csv in the archive")
        lines = _lines(_decoded(file))
        next(lines, None)
        seen = set()
        for line in lines:
            conversation, _, emotion, situation, *_ = [*line.split(","), "", "", ""]
            if conversation not in seen:
                seen.add(conversation)
                yield situation.replace("_comma_", ","), emotion


def _csv(path: Path, *, text: str, label: str) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for row in csv.DictReader(file):
            yield (row.get(text) or "").translate(_WINDOWS), row.get(label) or ""


def _isear(path: Path) -> Iterator[Row]:
    """Columns between bars, which a report (`SIT`) may hold too; some of those asked gave no report."""
    with _open(path) as file:
        lines = _lines(file)
        header = next(lines, "").split("|")
        if not {"Field1", "SIT"}.issubset(header):
            raise ValueError("no columns Field1 and SIT between bars")
        emotion, report = header.index("Field1"), header.index("SIT")
        after = len(header) - report - 1
        for line in lines:
            fields = line.split("|")
            text = "|".join(fields[report : len(fields) - after])
            if "no response" not in text.lower():
                yield (" ".join(_LINE_BREAK.sub(" ", text).split()), fields[emotion]) if text else _DAMAGED


CHAT: Final = (
    Source(
        name="goemotions",
        target="chat/goemotions_train.csv",
        page="https://github.com/google-research/google-research/tree/master/goemotions",
        licence="CC BY 4.0",
        addresses=(f"{_GOEMOTIONS}/train.tsv", f"{_GOEMOTIONS}/emotions.txt"),
        rows=43_410,
        corpus="goemotions",
        read=_goemotions,
    ),
    Source(
        name="goemotions dev",  # only measures
        target="chat/goemotions_dev.csv",
        page="https://github.com/google-research/google-research/tree/master/goemotions",
        licence="CC BY 4.0",
        addresses=(f"{_GOEMOTIONS}/dev.tsv", f"{_GOEMOTIONS}/emotions.txt"),
        rows=5_426,
        corpus="goemotions",
        read=_goemotions,
    ),
    Source(
        name="tweeteval",
        target="chat/tweeteval_emotion_train.csv",
        page="https://github.com/cardiffnlp/tweeteval",
        licence="as SemEval-2018 Task 1, and Twitter's terms",
        addresses=tuple(f"{_TWEETEVAL}/{name}.txt" for name in ("train_text", "train_labels", "mapping")),
        rows=3_257,
        corpus="tweeteval",
        read=_tweeteval,
    ),
    Source(
        name="tweeteval val",  # only measures
        target="chat/tweeteval_emotion_val.csv",
        page="https://github.com/cardiffnlp/tweeteval",
        licence="as SemEval-2018 Task 1, and Twitter's terms",
        addresses=tuple(f"{_TWEETEVAL}/{name}.txt" for name in ("val_text", "val_labels", "mapping")),
        rows=374,
        corpus="tweeteval",
        read=_tweeteval,
    ),
    Source(
        name="semeval2018",
        target="chat/semeval2018_Ec_en_train.csv",
        page="https://competitions.codalab.org/competitions/17751",
        licence="cite the paper, do not redistribute; Twitter's terms",
        addresses=("https://saifmohammad.com/WebDocs/AIT-2018/AIT2018-DATA/SemEval2018-Task1-all-data.zip",),
        rows=6_838,
        corpus="semeval2018",
        read=_semeval,
    ),
    Source(
        name="empatheticdialogues",
        target="chat/empatheticdialogues_situations_train_part.csv",
        page="https://github.com/facebookresearch/EmpatheticDialogues",
        licence="CC BY-NC 4.0",
        addresses=("https://dl.fbaipublicfiles.com/parlai/empatheticdialogues/empatheticdialogues.tar.gz",),
        rows=19_533,
        corpus="empatheticdialogues",
        read=_empathetic_dialogues,
    ),
    Source(
        name="meld",
        target="chat/meld_train.csv",
        page="https://github.com/declare-lab/MELD",
        licence="GPL-3.0; the lines are the sitcom's",
        addresses=(f"{_MELD}/MELD/train_sent_emo.csv",),
        rows=9_989,
        corpus="meld",
        read=partial(_csv, text="Utterance", label="Emotion"),
    ),
    Source(
        name="emorynlp",
        target="chat/emorynlp_train.csv",
        page="https://github.com/declare-lab/MELD",
        licence="none stated, in a GPL-3.0 repository; the lines are the sitcom's",
        addresses=(f"{_MELD}/emorynlp/emorynlp_train_final.csv",),
        rows=7_551,
        corpus="emorynlp",
        read=partial(_csv, text="Utterance", label="Emotion"),
    ),
    Source(
        name="crowdflower",  # its own home is closed: a copy, by the commit that was read
        target="chat/crowdflower_text_emotion.csv",
        page="https://data.world/crowdflower/sentiment-analysis-in-text",
        licence="none stated; Twitter's terms",
        addresses=(
            f"{_GITHUB}/abishekarun/Text-Emotion-Classification/7ac54f67d7db51d6820bbdae553b4bb9c6da28e0/text_emotion.csv",
        ),
        rows=40_000,
        corpus="crowdflower",
        read=partial(_csv, text="content", label="sentiment"),
    ),
    Source(
        name="isear",  # its authors have a database for Access: a copy as csv, by the commit that was read
        target="chat/isear.csv",
        page="http://emotion-research.net/toolbox/toolboxdatabase.2006-10-13.2581092615",
        licence="none that could be read; the copy's repository is GPL-3.0",
        addresses=(f"{_GITHUB}/sinmaniphel/py_isear_dataset/948f4cf80161ea28e6dc5bfb4ad729f21ff47723/isear.csv",),
        rows=7_574,
        corpus="isear",
        read=_isear,
    ),
)
