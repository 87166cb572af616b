"""What a training starts from: which texts train, choose and judge, and which of people's corrections may join."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ml import base as bases
from ml.base import Base, load_corpus
from ml.corpora import CORPORA
from ml.teaching import VECTOR, Teaching
from ml.text import is_chosen, is_held_out
from ml.varying import vary

PARTS = {"train": "trains", "validation": "chooses", "test": "measures"}


NAMES = [first + second + "o" for first in "bcdfgh" for second in "aeiouklnrt"]


def numbered(verb: str) -> list[str]:
    return [f"i feel that this one {verb} {name}" for name in NAMES]


def write(path: Path, texts: list[str], *, header: str = "text,label", label: str = "1") -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{header}\n" + "".join(f"{text},{label}\n" for text in texts))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of three files, and a chat corpus beside it that repeats what must not train."""
    folder = tmp_path_factory.mktemp("data")
    for part, verb in PARTS.items():
        write(folder / "emotions" / f"{part}.csv", numbered(verb))
    chat = [text for verb in ("chooses", "measures", "chats") for text in numbered(verb)]
    write(folder / "chat" / "isear.csv", chat, header="text,label_name", label="joy")
    return folder


@pytest.fixture(scope="module")
def base(folder: Path) -> Base:
    return bases.load(folder)


def test_what_measures_or_chooses_does_not_train_wherever_it_comes_from(base: Base) -> None:
    trains = {*base.train.texts, *base.varied.texts}
    assert trains.isdisjoint(numbered("measures") + numbered("chooses"))
    assert not trains & set(base.validation.texts)
    assert not any(map(is_held_out, trains))
    assert set(base.validation.texts) >= {text for text in numbered("chooses") if not is_held_out(text)}


def test_the_guard_lets_corrections_train_unless_they_measure_choose_or_judge(base: Base) -> None:
    assert not any(map(base.guard.may_train, numbered("measures") + numbered("chooses")))
    assert not any(map(base.guard.may_train, base.validation.texts))
    assert not any(base.guard.may_train(text) for samples in base.held_out.values() for text in samples.texts)
    free = [text for text in numbered("is new") if not is_held_out(text)]
    assert all(map(base.guard.may_train, free))


def test_the_chat_corpora_that_are_there_train_beside_the_data_set(base: Base, folder: Path) -> None:
    own = {text for text in numbered("chats") if not (is_held_out(text) or is_chosen(text))}
    assert own <= set(base.train.texts)
    assert list(base.rows) == ["data set", "isear", "corpus"]
    assert sum(base.rows.values()) == len(base.train)
    assert "isear" not in bases.load(folder, names=()).rows
    assert bases.load(folder, names=()).fingerprint != base.fingerprint


def test_without_a_data_set_the_projects_corpus_is_the_base() -> None:
    base = bases.load(None)

    assert list(base.rows) == list(base.held_out) == ["corpus"]
    parts = [base.train.texts, base.validation.texts, base.held_out["corpus"].texts]
    assert sorted(text for part in parts for text in part) == sorted(load_corpus().texts)
    assert not any(map(base.guard.may_train, parts[1]))
    assert len(base.varied) == 0


def test_with_one_the_corpus_trains_in_variations_too(base: Base) -> None:
    """Those of isear are of texts that the teacher never read."""
    assert len(base.varied) > base.rows["corpus"]
    assert base.varied.targets.sum(axis=1) == pytest.approx(1)


def test_rows_and_variations_count_as_the_table_of_their_part_says(folder: Path, base: Base) -> None:
    data, isear, own = (
        base.train.take(range(end - count, end))
        for end, count in zip(np.cumsum(list(base.rows.values())).tolist(), base.rows.values(), strict=True)
    )
    read = [*data.texts, *vary(data, bases.DATA_SET.times), *isear.texts, *vary(isear, bases.OTHER_CHAT.times)]
    opinions = np.full((len(read), 7), 1 / 7, np.float32)
    teaching = Teaching.of(read, opinions, [], np.ones((0, VECTOR), np.float32))

    varied = bases.load(folder, teaching=teaching).varied

    assert data.weights.mean() == pytest.approx(bases.DATA_SET.weight)
    assert isear.weights == pytest.approx(CORPORA["isear"].weight * bases.OTHER_CHAT.weight)
    assert own.weights == pytest.approx(bases.OWN.weight)
    for part, rows in (bases.DATA_SET, data), (bases.OTHER_CHAT, isear):
        count = (varied.weights == np.float32(part.varied)).sum()
        assert 0.5 * part.times * len(rows) < count <= part.times * len(rows)


def test_a_part_of_the_data_set_weighs_as_the_whole_would(tmp_path: Path) -> None:
    rows = [f"i feel fine {name},joy\n" for name in NAMES] + [f"i feel bad {name},anger\n" for name in NAMES[::4]]
    (tmp_path / "text.csv").write_text("text,label\n" + "".join(rows))

    train = bases.load(tmp_path, names=()).train

    joy, anger = (
        sum(train.weights[row] for row, text in enumerate(train.texts) if text.startswith(start))
        for start in ("i feel fine ", "i feel bad ")
    )
    assert joy / anger == pytest.approx(bases.NATURAL_MIX[1] / bases.NATURAL_MIX[3], rel=1e-3)


def test_a_text_with_two_labels_is_two_rows(tmp_path: Path) -> None:
    joys, loves = [NAMES[:8], NAMES[6:]]
    rows = [f"i feel sweet {name},{label}\n" for label, names in (("joy", joys), ("love", loves)) for name in names]
    (tmp_path / "text.csv").write_text("text,label\n" + "".join(rows))

    train = bases.load(tmp_path, names=()).train

    rows_of_data = [row for row, text in enumerate(train.texts) if text.startswith("i feel sweet ")]
    joy, love = (train.weights[rows_of_data, None] * train.targets[rows_of_data])[:, 1:3].sum(axis=0)
    assert joy / love == pytest.approx(bases.NATURAL_MIX[1] / bases.NATURAL_MIX[2], rel=1e-3)


def test_a_message_without_a_word_trains_as_often_as_said_and_any_other_once(base: Base) -> None:
    times = Counter(base.train.normalised[-base.rows["corpus"] :])
    wordless = {text for text in times if not any(map(str.isalnum, text))}
    assert "😭" in wordless
    assert {times[text] for text in wordless} == {bases.WORDLESS_TIMES}
    assert {times[text] for text in times.keys() - wordless} == {1}
