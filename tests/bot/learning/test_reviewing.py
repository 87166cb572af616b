"""What an admin should look at is found from all that people said, and queued."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.learning.reviewing import AT_ONCE, corpus_labels, find
from bot.storage import corrections, review
from bot.storage.database import Database
from bot.storage.review import Decision
from bot.storage.vault import Vault
from ml.emotions import Emotion
from ml.text import normalise

Teach = Callable[[int, str, int], Awaitable[int]]


async def test_people_who_contradict_each_other_are_shown_to_an_admin(
    database: Database, vault: Vault, clock: Any, teach: Teach
) -> None:
    await teach(1, "we moved house", Emotion.JOY)
    assert await find(database, vault, clock) == 0
    await teach(2, "We moved house!", Emotion.SADNESS)
    assert await find(database, vault, clock) == 0, "that is another text"
    await teach(3, "we MOVED house", Emotion.SADNESS)
    assert await find(database, vault, clock) == 2
    item = await database.read(review.next)
    assert item is not None
    assert (vault.decrypt(item.cipher), item.label, item.reason) == ("we moved house", Emotion.JOY, "conflict")
    assert item.others == {Emotion.SADNESS: 1}
    await database.write(review.decide, item.correction_id, Decision.DROP, 99, clock())
    assert await find(database, vault, clock) == 0


async def test_some_of_what_a_hardly_trusted_person_says_is_shown(
    database: Database, vault: Vault, clock: Any, teach: Teach
) -> None:
    known = list(corpus_labels().items())
    for person in range(1, 5):
        for text, label in known[person * 12 : person * 12 + 12]:
            await teach(person, text, label)
    for text, label in known[-40:]:
        await teach(99, text, (label + 1) % 7)
    assert await find(database, vault, clock) == AT_ONCE
    item = await database.read(review.next)
    assert item is not None
    assert (item.person_id, item.reason) == (99, "low trust")
    for _ in range(AT_ONCE):
        await database.write(review.decide, item.correction_id, Decision.DROP, 1, clock())
        item = await database.read(review.next) or item
    assert await find(database, vault, clock) == AT_ONCE
    item = await database.read(review.next)
    assert item is not None
    await database.write(review.decide, item.correction_id, Decision.BLOCK, 1, clock())
    assert await find(database, vault, clock) == 0
    assert {kept.person_id for kept in await database.read(corrections.for_training)} == {1, 2, 3, 4}


async def test_what_no_key_decrypts_is_not_shown(database: Database, vault: Vault, clock: Any, teach: Teach) -> None:
    for person, label in ((1, Emotion.JOY), (2, Emotion.FEAR)):
        await teach(person, "hm", label)
    assert await find(database, Vault([]), clock) == 0
    assert await find(database, vault, clock) == 2


def test_the_corpus_is_known_by_what_its_texts_are_told_apart_by() -> None:
    labels = corpus_labels()
    assert len(labels) > 5000
    assert all(normalise(text) == text for text in list(labels)[:200])
    assert set(labels.values()) == set(range(7))
