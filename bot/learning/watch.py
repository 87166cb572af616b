"""Whether people agree less with a model since it was promoted, and if so, the way back to the one before.

A reading is stored before anybody judges it, and scored when its correction or confirmation comes (progressive
validation, Blum, Kalai and Langford, COLT 1999). The new model's scores, in the order they came, are compared with the
newest of the one before by Fisher's exact test, one-sided, when there are 50, 100, 200, 400 and 800 of them, each time
at a fifth of 1 %. So a model with which people agree as much as with the one before is taken back in 1 promotion of 100
at most (the union of five looks; the test is exact, and conservative where shares are near 1). Looking only then, at
what had come by then, makes the answer the same whenever and wherever it is asked. A person counts 10 times at most
with either model, so that at least 5 people must have judged.

What the figure cannot tell:

- It is no accuracy. People who correct choose themselves, and choose what they correct: half of what is wrong may pass
  in silence, and most of what is right. It compares two models only as long as people choose alike.
- Who was there before the promotion and after it are other people with other messages at another time. A new group, a
  holiday, or a wave of sarcasm looks like a worse model. It is no experiment; nothing was assigned at random.
- After a promotion people try what they taught, which flatters the new model; a text that somebody taught before is
  answered from memory and left out of the figure.
- Readings that were torn or could not be read claim nothing and are left out, so a model that dares less looks better.
- Scores of one person hang together, and those of one conversation more; the test takes them for independent.
- A slow decline that began before the promotion, or a fault in rare emotions alone, is not found.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import comb
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.storage import models, statistics
from bot.storage.database import Database
from bot.storage.models import ChampionChangedError, RolledBack
from bot.storage.statistics import Agreement

LOOKS: Final = (50, 100, 200, 400, 800)
FALSE_ALARMS: Final = 0.01
A_PERSON: Final = 10
LOOK_SECONDS: Final = 60.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A model that was rolled back, the one that serves again, and how much people agreed with either."""

    version: int
    serves: int
    before: Agreement
    after: Agreement


class Watch:
    """Looks after the model that was promoted last. Every process may: one of them acts."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        interval: float = LOOK_SECONDS,
    ) -> None:
        """Prepare; nothing happens before `run`.

        Args:
            database: where readings, corrections and models are.
            clock: gives the time, with its zone.
            interval: seconds between two looks.
        """
        self._database = database
        self._clock = clock
        self._interval = interval

    async def run(self) -> None:
        """Look every `interval` seconds, until cancelled; a look that fails is followed by the next."""
        while True:
            try:
                await self.look()
            except SQLAlchemyError as error:
                logger.warning("cannot look whether people agree: %s; trying on", type(error).__name__)
            except Exception:
                logger.exception("cannot look whether people agree; trying on")
            await asyncio.sleep(self._interval)

    async def look(self) -> TakenBack | None:
        """Roll the champion back if people agree with it significantly less than with the one before.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database failed.
        """
        worse = await self._database.read(find_worse)
        if worse is None:
            return None
        try:
            await self._database.write(_take_back, worse, self._clock())
        except ChampionChangedError:
            return None
        except LookupError as error:
            logger.error("people agree less with model version %d, but %s", worse.version, error)
            return None
        logger.warning("model version %d was rolled back to %d: people agreed less", worse.version, worse.serves)
        return worse


def find_worse(connection: Connection) -> TakenBack | None:
    """The champion, if it was promoted over a model with which people agreed significantly more."""
    champion = models.champion(connection)
    if champion is None or champion.predecessor is None:
        return None
    most = LOOKS[-1]
    after = statistics.scores(connection, champion.version, a_person=A_PERSON, most=most, newest=False)
    if len(after) < LOOKS[0]:
        return None
    before = statistics.scores(connection, champion.predecessor, a_person=A_PERSON, most=most, newest=True)
    looked = first_drop(before, after)
    if looked is None:
        return None
    return TakenBack(
        champion.version,
        champion.predecessor,
        before=Agreement(len(before), sum(before)),
        after=Agreement(looked, sum(after[:looked])),
    )


def first_drop(before: Sequence[bool], after: Sequence[bool]) -> int | None:
    """How many scores of the new model the first look had that found it significantly worse; None when none did."""
    if len(before) < LOOKS[0]:
        return None
    for look in LOOKS:
        if look > len(after):
            return None
        chance = at_most(sum(after[:look]), look, sum(before), len(before))
        if chance <= FALSE_ALARMS / len(LOOKS):
            return look
    return None


def at_most(agreed: int, judged: int, agreed_before: int, judged_before: int) -> float:
    """Fisher's exact test: how likely so few, or fewer, of the agreements would be the new model's, were it as good."""
    total = agreed + agreed_before
    least = max(0, total - judged_before)
    ways = sum(comb(judged, k) * comb(judged_before, total - k) for k in range(least, agreed + 1))
    return ways / comb(judged + judged_before, total)


def _take_back(connection: Connection, worse: TakenBack, now: datetime) -> None:
    shares = (f"{agreement.agreed}/{agreement.judged}" for agreement in (worse.after, worse.before))
    reason = f"{RolledBack.AGREEMENT}: {' '.join(shares)}"
    models.roll_back(connection, worse.serves, now, reason, expected=worse.version)
