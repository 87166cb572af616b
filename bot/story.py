"""The conversation that the demo plays by itself: a reading, a correction, a retraining, the better reading.

Nothing in it is made up: people write and tap through the playground, the real bot answers, and each step waits for
what the one before it brought about.
"""

import asyncio
import re
from typing import Any, Final

from bot.playground.chats import Message
from bot.playground.person import Person
from bot.playground.server import Playground
from bot.replies import keyboards
from bot.replies.emotions import EMOJI
from ml.emotions import Emotion
from ml.text import is_held_out

LESSONS: Final = (
    ("my dog waited at the door all day", Emotion.LOVE),
    ("my brother flew in unannounced", Emotion.SURPRISE),
    ("someone parked in my spot again", Emotion.ANGER),
    ("grandpa still sets two plates for dinner", Emotion.SADNESS),
    ("the lights went out and something moved", Emotion.FEAR),
    ("we found the cat after three weeks", Emotion.JOY),
    ("he kept every letter I ever sent him", Emotion.LOVE),
    ("the train left while I was buying a ticket", Emotion.ANGER),
    ("nobody has sat in her chair since march", Emotion.SADNESS),
)
"""Messages that people feel more in than their words say, and what."""

STEPS: Final = 8
_SECONDS_A_LETTER: Final = 0.05
_ANSWER_WITHIN: Final = 30.0
_RUN_WITHIN: Final = 900.0


class Story:
    """Plays it; `pace` stretches the time to read, and 0 leaves it out."""

    def __init__(self, pace: float = 1.0) -> None:
        self._pace = pace

    async def __call__(self, playground: Playground) -> None:
        """Play it once, to the end.

        Raises:
            AssertionError: what was to come did not come in time.
        """
        ana, ben, chen, dana, ada = map(playground.person, ("Ana", "Ben", "Chen", "Dana", "Ada"))
        act = _Stage(playground, self._pace)
        await act.writes(ana, "hello", 1, "I love how quiet the city is at night.", read=3)
        for text, label in LESSONS:
            if is_held_out(text):
                continue
            reply = await act.writes(ana, "misread", 2, text.capitalize(), read=2.5)
            if not _is_read(reply, label):
                break
            await act.shows(ana, "known", 2, read=2.5)
        await act.corrects(ana, reply, label, "correct", 3)
        await act.agrees(ana, reply, "consent", 4)
        for friend, scene in ((ben, "friend"), (dana, "friend-russian")):
            again = await act.writes(friend, scene, 5, text.capitalize(), read=0.5)
            await act.corrects(friend, again, label, scene, 5, wait=0.5)
            await act.agrees(friend, again, scene, 5, wait=0.5)
        told = await act.writes(ada, "retrain", 6, "/retrain")
        await ada.sees(lambda _: not _carries(told, keyboards.CANCEL), within=_RUN_WITHIN)
        await act.shows(ada, "verdict", 7, read=5, message=told.id)
        reply = await act.writes(chen, "better", 8, text.capitalize(), read=1)
        await act.shows(chen, "learned" if _is_read(reply, label) else "not-yet", 8, read=5)


class _Stage:
    """Shows each act before a person does it, for as long as it takes to read."""

    def __init__(self, playground: Playground, pace: float) -> None:
        self._playground = playground
        self._pace = pace

    async def shows(self, person: Person, name: str, step: int, *, read: float = 0.0, **more: Any) -> None:
        scene = {"chat": person.chat.id, "name": name, "step": step - 1, "steps": STEPS}
        self._playground.scene(scene | {"person": person.user.first_name} | more)
        await asyncio.sleep(self._pace * read)

    async def writes(self, person: Person, name: str, step: int, text: str, *, read: float = 0.0) -> Message:
        """Type and send a text; gives the bot's answer, once there was time to read it."""
        seconds = 0.8 + _SECONDS_A_LETTER * len(text)
        await self.shows(person, name, step, read=seconds, typing=text, seconds=seconds)
        await self.shows(person, name, step)
        last = person.chat.last_id
        await person.writes(text)
        answer = await person.sees(lambda chat: _first_after(chat.messages, last), within=_ANSWER_WITHIN)
        await asyncio.sleep(self._pace * read)
        return answer

    async def corrects(
        self, person: Person, reply: Message, label: Emotion, name: str, step: int, *, wait: float = 1.5
    ) -> None:
        """Tap what the reading should have been."""
        await self._taps(person, reply, re.compile(rf"c:\d+:{label:d}\Z"), name, step, wait)

    async def agrees(self, person: Person, reply: Message, name: str, step: int, *, wait: float = 2.0) -> None:
        """Let the text be kept, where that is asked."""
        if _carries(reply, keyboards.CONSENT):
            await self._taps(person, reply, re.compile(r"k:\d+:y\Z"), name, step, wait)

    async def _taps(
        self, person: Person, reply: Message, carries: re.Pattern[str], name: str, step: int, wait: float
    ) -> None:
        row, column = next(
            (row, column)
            for row, buttons in enumerate(reply.keyboard)
            for column, button in enumerate(buttons)
            if carries.match(button.get("callback_data", ""))
        )
        place = {"message": reply.id, "row": row, "column": column}
        await self.shows(person, name, step, read=wait, press=place)
        before = reply.keyboard
        await person.taps(reply, reply.buttons[row][column])
        await person.sees(lambda _: reply.keyboard != before, within=_ANSWER_WITHIN)
        await asyncio.sleep(self._pace * wait)


def _is_read(reply: Message, label: Emotion) -> bool:
    return reply.text.startswith(EMOJI[label])


def _carries(message: Message, pattern: re.Pattern[str]) -> bool:
    """Whether a button of the message does this."""
    return any(pattern.match(button.get("callback_data", "")) for row in message.keyboard for button in row)


def _first_after(messages: dict[int, Message], last: int) -> Message | None:
    return next((message for message in messages.values() if message.from_bot and message.id > last), None)
