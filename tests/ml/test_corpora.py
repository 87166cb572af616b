"""What the chat corpora's labels mean."""

import csv
from pathlib import Path

import pytest

from ml import corpora
from ml.corpora import CORPORA, UNCLEAR, target
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
