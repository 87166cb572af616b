"""What the chat corpora's labels mean."""

import csv
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml import corpora
from ml.corpora import CORPORA, UNCLEAR, target
from ml.dataset import DatasetError
from ml.emotions import LABELS


@pytest.mark.parametrize("name", CORPORA)
def test_every_meaning_is_one_of_ours(name: str) -> None:
    for meaning in CORPORA[name].labels.values():
        assert meaning == UNCLEAR or set(meaning.split("/")) <= set(LABELS)
    assert 0 < CORPORA[name].weight <= 1


def test_labels_become_a_distribution() -> None:
    goemotions = CORPORA["goemotions"]
    joy, neutral = target(goemotions, "amusement,joy"), target(goemotions, "neutral")
    assert joy is not None
    assert joy.tolist() == [0, 1, 0, 0, 0, 0, 0]
    assert neutral is not None
    assert neutral.tolist() == [0, 0, 0, 0, 0, 0, 1]
    shared = target(goemotions, "embarrassment,anger")
    assert shared is not None
    assert shared.tolist() == [0.25, 0, 0, 0.5, 0.25, 0, 0]
    assert target(goemotions, "curiosity") is None
    with pytest.raises(KeyError):
        target(goemotions, "hunger")


def test_loads_rows_and_keeps_unclear_texts_apart(tmp_path: Path) -> None:
    with (tmp_path / "emorynlp_train.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("text", "label_name"), ("Yay, me", "Joyful"), ('A "quiet" night', "Peaceful"), ("Coffee.", "Neutral")]
        )
    samples, unclear = corpora.load("emorynlp", tmp_path)
    assert samples.texts == ["Yay, me", "Coffee."]
    assert samples.targets.argmax(axis=1).tolist() == [LABELS.index("joy"), LABELS.index("none")]
    assert unclear == ['A "quiet" night']
    with pytest.raises(FileNotFoundError):
        corpora.load("meld", tmp_path)


CELLS = st.text('text,lbe_nam";\n\r\0joy é', max_size=200)


@given(data=st.binary(max_size=200) | CELLS.map("text,label_name\n{}".format).map(str.encode))
def test_any_bytes_are_rows_or_refused(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "isear.csv").write_bytes(data)
    with suppress(DatasetError):
        samples, unclear = corpora.load("isear", folder)
        assert len(samples.texts) == len(samples.targets)
        assert not unclear


@pytest.mark.parametrize(
    ("content", "told"),
    [("a,b\n1,2\n", "'text'"), ("text,label_name\nso", "cut short"), ("text,label_name\nso,hunger\n", "'hunger'")],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "isear.csv").write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match=told) as raised:
        corpora.load("isear", tmp_path)
    assert "isear" in str(raised.value)
