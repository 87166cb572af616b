"""A simulated crowd that talks to the bot's storage: who sends what, and what they correct. See `benchmarks.learning`.

A round is played as the handlers play it, with the same functions of `bot.storage` and the same vault, but in one
transaction, and without Telegram: each message is read by the model that serves, its reading stored, and where a person
has something to say, the correction put and the text kept.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from sqlalchemy import Connection, func, select

from bot.storage import corrections, people, readings
from bot.storage.migration import upgrade
from bot.storage.tables import readings as readings_table
from bot.storage.vault import Vault
from ml.classifier import Classifier, Reading, Unsure
from ml.emotions import LABELS, NO_EMOTION, Emotion
from ml.text import is_held_out

PEOPLE: Final = 40
MESSAGES: Final = 400
"""What each person sends a round."""

CORRECTS: Final = 0.5
"""How likely a person corrects what was read wrong …"""

CONFIRMS: Final = 0.1
"""… and confirms what was read right."""

BUSIER: Final = 20
"""How many times as many corrections as the others a troll gives."""

_NAMES: Final = {name: label for label, name in enumerate(LABELS)} | {"neutral": NO_EMOTION}


@dataclass(frozen=True, slots=True)
class Row:
    """A text and the label that it has in its corpus."""

    text: str
    label: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who talks in every round.

    Attributes:
        rows: what they choose their messages from, each in an order of their own, so that nobody sends one twice.
        trolls: how many of the people call anger whatever they send.
        people: how many there are.
        messages: what each who is no troll sends a round.
    """

    rows: Sequence[Row]
    trolls: int = 0
    people: int = PEOPLE
    messages: int = MESSAGES


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a round: messages, those of honest people that were read right, and what people said."""

    messages: int
    right: int
    corrected: int
    confirmed: int
    by_trolls: int


@dataclass(frozen=True, slots=True)
class _Turn:
    person: int
    row: Row
    said: Reading
    label: int | None


def empty_database(folder: Path) -> str:
    """The url of a new database in a folder, in place of one that may be there."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("feelback.db*"):
        old.unlink()
    url = f"sqlite:///{folder}/feelback.db"
    upgrade(url)
    return url


def rows_of(file: Path) -> list[Row]:
    """The rows of a corpus whose label is exactly one of the six, or none."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            Row(row["text"], _NAMES[row["label_name"]]) for row in csv.DictReader(lines) if row["label_name"] in _NAMES
        ]


def heard(said: Reading) -> int | None:
    """What a person takes from a reading: the emotion that it names or leans to, no emotion, or nothing."""
    if said.unsure is Unsure.UNREADABLE:
        return None
    return NO_EMOTION if said.unsure is Unsure.NO_EMOTION else int(said.best)


def was_played(connection: Connection, number: int) -> bool:
    """Whether the round is in the database."""
    played = select(func.count()).where(readings_table.c.message_id >= _first_message(number))
    return connection.execute(played).scalar_one() > 0


def play(
    connection: Connection,
    crowd: Crowd,
    number: int,
    *,
    classifier: Classifier,
    version: int,
    vault: Vault,
    clock: Callable[[], datetime],
) -> Played:
    """Play one round, from 0 on, with the model that serves."""
    honest = list(_honest(crowd, number, classifier))
    given = sum(turn.label is not None for turn in honest)
    trolled = list(_trolls(crowd, number, given, classifier))
    for person in range(1, crowd.people + 1):
        if not people.consent(connection, person):
            people.set_consent(connection, person, True, clock())
    for message_id, turn in enumerate([*honest, *trolled], _first_message(number)):
        _send(connection, turn, message_id, version, vault, clock())
    right = [heard(turn.said) == turn.row.label for turn in honest]
    return Played(
        messages=len(honest) + len(trolled),
        right=sum(right),
        corrected=sum(turn.label is not None and not fine for turn, fine in zip(honest, right, strict=True)),
        confirmed=sum(turn.label is not None and fine for turn, fine in zip(honest, right, strict=True)),
        by_trolls=len(trolled),
    )


def _first_message(number: int) -> int:
    return 1 + number * 10**6


def _honest(crowd: Crowd, number: int, classifier: Classifier) -> Iterator[_Turn]:
    for person in range(1 + crowd.trolls, crowd.people + 1):
        sent = _own(crowd, person, number * crowd.messages, crowd.messages)
        chances = np.random.default_rng([person, number]).random(len(sent))
        for row, said, chance in zip(sent, _read(classifier, sent), chances, strict=True):
            says = chance < (CONFIRMS if heard(said) == row.label else CORRECTS)
            yield _Turn(person, row, said, row.label if says else None)


def _trolls(crowd: Crowd, number: int, given: int, classifier: Classifier) -> Iterator[_Turn]:
    """Each sends as many messages as they correct: so many times what honest people said on average, `given` in all."""
    each = round(BUSIER * given / (crowd.people - crowd.trolls))
    for person in range(1, crowd.trolls + 1):
        sent = _own(crowd, person, number * each, each)
        for row, said in zip(sent, _read(classifier, sent), strict=True):
            yield _Turn(person, row, said, Emotion.ANGER)


def _own(crowd: Crowd, person: int, start: int, count: int) -> list[Row]:
    """`count` rows from `start` on of the order in which a person sends them."""
    order = np.random.default_rng([person, len(crowd.rows)]).permutation(len(crowd.rows))
    return [crowd.rows[order[place % len(order)]] for place in range(start, start + count)]


def _read(classifier: Classifier, rows: Iterable[Row]) -> list[Reading]:
    return list(classifier.read_many([row.text for row in rows]))


def _send(connection: Connection, turn: _Turn, message_id: int, version: int, vault: Vault, now: datetime) -> None:
    """One message from its arrival to the person's say."""
    reading_id = readings.add(
        connection,
        chat_id=turn.person,
        message_id=message_id,
        author_id=turn.person,
        reading=turn.said,
        model_version=version,
        now=now,
    )
    readings.set_reply(connection, reading_id, message_id)
    if turn.label is None:
        return
    corrections.put(connection, reading_id, turn.person, turn.label, now)
    text = turn.row.text
    cipher, key = vault.encrypt(text), vault.key_of(text)
    corrections.keep_text(connection, reading_id, cipher=cipher, key=key, held_out=is_held_out(text))
