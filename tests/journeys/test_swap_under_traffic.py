"""Messages keep flowing while a retraining runs and its model is swapped in: each is answered, once, in order."""

import asyncio
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from bot import application
from bot.playground.chats import Message
from bot.playground.person import Person
from bot.storage.readings import PROBABILITIES
from bot.storage.tables import readings
from ml.bundle import SHIPPED, Bundle, Golden
from ml.classifier import Classifier

from .conftest import House, says, shows
from .training import Training

MESSAGES = 200
BEFORE = 80
"""Messages answered before the training ends."""
AFTER = 40
"""Messages sent after the first one that the new version read."""
AT_ONCE = 3
"""Messages of one person on their way together."""
TEXTS = (
    "i am so happy and thankful today",
    "leave me alone, i hate this",
    "i miss you so much it hurts",
    "what was that noise behind the door",
    "the meeting is at ten",
)


class Traffic:
    """People who write on and on, and what they wrote."""

    def __init__(self, house: House) -> None:
        self.sent: dict[tuple[int, int], Message] = {}
        self.enough = asyncio.Event()
        """Set once as many as `BEFORE` were answered."""
        self._database = house.database
        self._swapped_at: int | None = None

    async def talk(self, person: Person) -> None:
        """Write until enough was written, and enough of it after the swap."""
        texts = cycle(TEXTS)
        while self._swapped_at is None or len(self.sent) < max(MESSAGES, self._swapped_at + AFTER):
            messages = [await person.writes(next(texts)) for _ in range(AT_ONCE)]
            self.sent |= {(person.id, message.id): message for message in messages}
            for message in messages:
                await person.hears(message, within=30)
            if len(self.sent) >= BEFORE:
                self.enough.set()
            if self._swapped_at is None and await self._database.read(newest) == 2:
                self._swapped_at = len(self.sent)


def another(bundle: Bundle) -> Bundle:
    """The same network with another temperature: what it reads tells that it was this one."""
    telling, showing = (replace(scale, temperature=2 * scale.temperature) for scale in (bundle.telling, bundle.showing))
    unchecked = replace(bundle, telling=telling, showing=showing, golden=())
    texts = [golden.text for golden in bundle.golden]
    read = zip(texts, Classifier(unchecked).read_many(texts), strict=True)
    return replace(unchecked, golden=tuple(Golden(text, said.probabilities, said.none) for text, said in read))


def newest(connection: Connection) -> int | None:
    """The newest version that has read anything."""
    return connection.execute(select(func.max(readings.c.model_version))).scalar()


def all_read(connection: Connection) -> list[Any]:
    """Every reading: of which message, by which version, and how."""
    columns = (readings.c.chat_id, readings.c.message_id, readings.c.model_version, *PROBABILITIES)
    return list(connection.execute(select(*columns)))


def answered(person: Person) -> list[int]:
    """The messages of a person that the bot's messages reply to, in the order of the latter."""
    return [m.reply_to.id for m in person.chat.messages.values() if m.from_bot and m.reply_to is not None]


async def test_every_message_is_answered_once_while_the_model_is_swapped(
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ana: Person,
    ben: Person,
    chen: Person,
    dana: Person,
    ada: Person,
) -> None:
    old = Bundle.load(SHIPPED)
    new = another(old)
    training = Training(tmp_path)
    training.candidate.write_bytes(new.to_bytes())
    monkeypatch.setattr(application, "means", training.means)
    await house.stop()
    await house.start(trainer=True, messages_a_minute=100_000)
    await ada.writes("/retrain")
    told = await ada.sees(says("Retraining", "50%"), within=20)

    traffic, people = Traffic(house), (ana, ben, chen, dana)
    talking = asyncio.gather(*(traffic.talk(person) for person in people))
    await traffic.enough.wait()
    await training.go_on()
    await talking
    await ada.sees(shows(told, "Version 2 serves now"), within=20)

    assert len(traffic.sent) >= MESSAGES
    for person in people:
        assert answered(person) == [message.id for chat, message in traffic.sent.items() if chat[0] == person.id]
    rows = await house.database.read(all_read)
    assert sorted((row.chat_id, row.message_id) for row in rows) == sorted(traffic.sent)
    classifiers = {1: Classifier(old), 2: Classifier(new)}
    assert {row.model_version for row in rows} == classifiers.keys()
    for chat_id, message_id, version, *probabilities in rows:
        said = classifiers[version].read(traffic.sent[chat_id, message_id].text)
        assert probabilities == pytest.approx([said.none, *said.probabilities])
