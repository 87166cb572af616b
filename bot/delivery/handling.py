"""An update from its arrival to its end, however it arrived: claimed, in its chat's order, answered in time, once."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from enum import StrEnum
from typing import Any, Final, TypeGuard

from telegram import Bot, Message, Update

from bot.delivery.claims import CURRENT, Claim, ClaimLostError, Claims, Counted
from bot.delivery.sending import TokenRefusedError
from bot.storage.claims import State
from bot.storage.database import AWAY

DEADLINE: Final = 10.0
"""Seconds that one update may take; then it counts as failed."""

GRACE: Final = 5.0
"""Seconds that updates in hand get to finish when the process stops."""

MOST: Final = 100
"""Updates in hand at once, which is as many as Telegram gives a poll."""

_LARGEST_ID: Final = 2**63 - 1
_LOOK_AGAIN: Final = 0.25
_log = logging.getLogger(__name__)

Answer = Callable[[Update], Awaitable[None]]
Failed = Callable[[Update, Exception], Awaitable[None]]
Flooded = Callable[[Update, int], Awaitable[None]]


class Outcome(StrEnum):
    """What came of an update."""

    ANSWERED = "answered"
    REPEATED = "repeated"
    FLOODED = "flooded"
    FAILED = "failed"
    LATE = "late"
    UNKNOWN = "unknown"
    PUT_OFF = "put off"


class Handling:
    """The updates in hand.

    Args:
        claims: says which updates are this process's to answer.
        answer: answers one update; what it raises goes to `failed`.
        failed: logs an error, and apologises.
        flooded: answers what is over the number that is answered in a minute, given by how many it is.
        counted: whose update it is, and how many of its kind are answered in a minute; None of any number.
        patient: whether to try again, until the deadline, while the database is away and nothing went out. If not, such
            an update is put off: it is for the server to bring it again.
    """

    def __init__(
        self,
        claims: Claims,
        answer: Answer,
        failed: Failed,
        flooded: Flooded,
        *,
        counted: Callable[[Update], Counted | None],
        patient: bool,
    ) -> None:
        self._claims = claims
        self._answer = answer
        self._failed = failed
        self._flooded = flooded
        self._counted = counted
        self._patient = patient
        self._in_hand: dict[int, asyncio.Task[Outcome]] = {}
        self._last_of_chat: dict[int | None, asyncio.Task[Outcome]] = {}
        self.counts: Counter[Outcome] = Counter()

    def __len__(self) -> int:
        """How many updates are in hand."""
        return len(self._in_hand)

    def start(self, update: Update) -> asyncio.Task[Outcome]:
        """Handle an update after those of its chat that came before. One that is in hand already is not begun again."""
        if (task := self._in_hand.get(update.update_id)) is not None:
            return task
        place = update.effective_chat or update.effective_user
        chat = place.id if place else None
        task = asyncio.create_task(self._in_turn(update, self._last_of_chat.get(chat)))
        self._in_hand[update.update_id] = self._last_of_chat[chat] = task
        task.add_done_callback(lambda done: self._done(update.update_id, chat, done))
        return task

    async def finish(self) -> None:
        """Give what is in hand `GRACE` seconds to finish, and the rest back to whoever gets it next."""
        if self._in_hand:
            _, late = await asyncio.wait(self._in_hand.values(), timeout=GRACE)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        await self._claims.store()

    def _done(self, update_id: int, chat: int | None, task: asyncio.Task[Outcome]) -> None:
        del self._in_hand[update_id]
        if self._last_of_chat.get(chat) is task:
            del self._last_of_chat[chat]

    async def _in_turn(self, update: Update, before: asyncio.Task[Outcome] | None) -> Outcome:
        if before is not None:
            await asyncio.wait([before])
        try:
            outcome = await self._handle(update)
        except Exception as error:  # noqa: BLE001 - one update that fails must not stop the others
            _log.error("update %d failed: %s", update.update_id, type(error).__name__)
            outcome = Outcome.FAILED
        self.counts[outcome] += 1
        return outcome

    async def _handle(self, update: Update) -> Outcome:
        claim = await self._claim(update)
        if isinstance(claim, State):
            return Outcome.UNKNOWN if claim is State.UNKNOWN else Outcome.REPEATED
        CURRENT.set(claim)
        try:
            outcome = await self._in_time(update, claim)
        except ClaimLostError:
            return Outcome.REPEATED
        except asyncio.CancelledError:
            await (claim.release() if claim.untouched else claim.end())
            raise
        if outcome is Outcome.PUT_OFF:
            await claim.release()
            return outcome
        await claim.end()
        if claim.doubtful:
            _log.error("update %d: nobody knows whether the answer went out; it is not repeated", update.update_id)
            return Outcome.UNKNOWN
        return outcome

    async def _claim(self, update: Update) -> Claim | State:
        """The claim, or how the update ended elsewhere. While another process has it in hand, this waits."""
        counted, person = self._counted(update), update.effective_user
        while True:
            claim = await self._claims.take(update.update_id, counted, person.id if person else None)
            if claim not in (State.LEASED, State.SENDING):
                return claim
            await asyncio.sleep(_LOOK_AGAIN)

    async def _in_time(self, update: Update, claim: Claim) -> Outcome:
        try:
            async with asyncio.timeout(DEADLINE) as claim.deadline:
                if claim.over:
                    await self._flooded(update, claim.over)
                    return Outcome.FLOODED
                return await self._answered(update, claim)
        except TimeoutError:
            _log.error("update %d took longer than %g s and was given up", update.update_id, DEADLINE)
            return Outcome.LATE

    async def _answered(self, update: Update, claim: Claim) -> Outcome:
        while True:
            try:
                await self._answer(update)
            except ClaimLostError:
                raise
            except TokenRefusedError:
                return Outcome.PUT_OFF  # this process ends, and whoever comes with the right token answers
            except Exception as error:  # noqa: BLE001 - whatever it is, somebody is told
                if isinstance(error, AWAY) and claim.untouched:
                    if not self._patient:
                        return Outcome.PUT_OFF
                    if _seconds_left(claim) > 2 * _LOOK_AGAIN:
                        await asyncio.sleep(_LOOK_AGAIN)
                        continue
                await self._failed(update, error)
                return Outcome.FAILED
            else:
                return Outcome.ANSWERED


def parse(given: Any, bot: Bot) -> Update | int | None:
    """An update out of what a server sent; its id alone where the rest makes no sense; None where not even that."""
    update_id = given.get("update_id") if isinstance(given, dict) else None
    if not _is_id(update_id) or update_id < 0:
        _log.error("an update without an id came, and was left")
        return None
    try:
        if not _fits(given):
            raise ValueError("a number is too large")
        update = Update.de_json(given, bot)
        asked = "" if update.inline_query is None else update.inline_query.query
        if (
            not isinstance(asked, str)
            or not all(map(_is_id, _ids(update)))
            or not all(isinstance(words, str | None) for words in _words(update))
        ):
            raise TypeError("an id or a text is none")
        return update
    except Exception as error:  # noqa: BLE001 - python-telegram-bot raises whatever the content makes it raise
        _log.error("update %d can't be read: %s", update_id, type(error).__name__)
        return update_id


def _fits(value: Any) -> bool:
    """Whether no number anywhere in what a server sent is larger than a database takes."""
    if isinstance(value, dict):
        return all(map(_fits, value.values()))
    if isinstance(value, list):
        return all(map(_fits, value))
    return not isinstance(value, int) or abs(value) <= _LARGEST_ID


def _ids(update: Update) -> Iterator[Any]:
    """The ids that handlers go by."""
    message, reaction = update.effective_message, update.message_reaction
    replied = message.reply_to_message if isinstance(message, Message) else None
    sender = message.sender_chat if isinstance(message, Message) else None
    yield from (place.id for place in (update.effective_chat, update.effective_user, sender) if place is not None)
    asked = (each for each in (update.callback_query, update.inline_query) if each is not None)
    yield from (getattr(each.from_user, "id", None) for each in asked)
    yield from (each.message_id for each in (message, replied, reaction) if each is not None)
    yield from (getattr(each.chat, "id", None) for each in (message, replied, reaction) if each is not None)


def _words(update: Update) -> Iterator[Any]:
    """The texts that handlers go by."""
    message, tap = update.effective_message, update.callback_query
    replied = message.reply_to_message if isinstance(message, Message) else None
    for each in (message, replied):
        if isinstance(each, Message):
            yield from (each.text, each.caption)
    yield from (tap and tap.data, update.effective_user and update.effective_user.language_code)


def _is_id(value: Any) -> TypeGuard[int]:
    """Whether a value can be an id, which the library does not look at."""
    return isinstance(value, int) and not isinstance(value, bool)


def _seconds_left(claim: Claim) -> float:
    when = claim.deadline.when() if claim.deadline else None
    return 0.0 if when is None else when - asyncio.get_running_loop().time()
