"""Finding what an admin should look at: corrections in conflict, and those of people who are hardly trusted."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from bot.learning.samples import Limits, Reason, Said, Waiting, Weighed, weigh
from bot.storage import corrections, review
from bot.storage.corrections import KeptCorrection
from bot.storage.database import Database
from bot.storage.review import Found
from bot.storage.vault import Vault
from ml import base
from ml.text import normalise

AT_ONCE: Final = 5
"""So many corrections of one hardly trusted person wait to be looked at; their others teach nothing either, and follow
once these are decided. One tap blocks them all."""

MOST: Final = 200
"""No more than this is queued at a time, what hardly trusted people say first; the rest follows."""

logger = logging.getLogger(__name__)


async def find(database: Database, vault: Vault, clock: Callable[[], datetime], limits: Limits | None = None) -> int:
    """Weigh all corrections, queue for /review what should wait, and return how much waits.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed.
    """
    kept = await database.read(corrections.for_training)
    found = await asyncio.to_thread(_found, kept, vault, limits)
    return await database.write(review.queue, found, clock())


def readable(kept: Sequence[KeptCorrection], vault: Vault) -> list[Said]:
    """The corrections with their texts decrypted; those that no key decrypts are left out, and counted in the log."""
    said = [one for one in (_readable(one, vault) for one in kept) if one is not None]
    if len(said) < len(kept):
        logger.warning("%d corrections are left out: no key decrypts their texts", len(kept) - len(said))
    return said


@cache
def corpus_labels() -> dict[str, int]:
    """The labels of the project's corpus, by normalised text."""
    corpus = base.load_corpus()
    labels = corpus.targets.argmax(axis=1).tolist()
    return {normalise(text): label for text, label in zip(corpus.texts, labels, strict=True)}


def to_review(said: Iterable[Said], weighed: Weighed) -> list[Found]:
    """What to queue, of what should wait."""
    people = {one.correction_id: one.person_id for one in said}
    waiting = sorted(_some(weighed.waiting, people), key=lambda one: one.reason is not Reason.LOW_TRUST)
    return [Found(one.correction_id, one.label, one.reason) for one in waiting[:MOST]]


def _found(kept: Sequence[KeptCorrection], vault: Vault, limits: Limits | None) -> list[Found]:
    said = readable(kept, vault)
    return to_review(said, weigh(said, corpus_labels(), limits))


def _some(waiting: Iterable[Waiting], people: dict[int, int]) -> Iterator[Waiting]:
    shown: Counter[int] = Counter()
    for one in waiting:
        person = people[one.correction_id]
        if one.reason is not Reason.LOW_TRUST or shown[person] < AT_ONCE:
            shown[person] += 1
            yield one


def _readable(kept: KeptCorrection, vault: Vault) -> Said | None:
    try:
        text = vault.decrypt(kept.cipher)
    except ValueError:
        return None
    return Said(
        correction_id=kept.correction_id,
        text=text,
        label=kept.label,
        person_id=kept.person_id,
        author_id=kept.author_id,
        at=kept.at,
        said=kept.said,
        probabilities=kept.probabilities,
        kept=kept.kept,
    )
