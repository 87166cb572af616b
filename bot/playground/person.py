"""Acting as a person: what tests, and demonstrations, use in place of a hand on a phone."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from bot.playground.telegram import Chat, Message, Tap, Telegram, User

Seen = TypeVar("Seen")


class Person:
    """One of the people, in their private chat with the bot."""

    def __init__(self, telegram: Telegram, user: User) -> None:
        self._telegram = telegram
        self.user = user
        self.chat: Chat = telegram.chats[user.id]

    @property
    def id(self) -> int:
        """The id of the person, and of the chat."""
        return self.user.id

    async def writes(self, text: str, *, reply_to: Message | None = None) -> Message:
        """Send a text, or a command."""
        return self._telegram.write(self.id, text, reply_to=reply_to.id if reply_to else None)

    async def shows(self, photo: bytes, caption: str = "") -> Message:
        """Send a photo (PNG or JPEG)."""
        return self._telegram.write(self.id, caption, photo=photo)

    async def taps(self, message: Message, label: str) -> Tap:
        """Press the button on whose face `label` stands, in any case; the answer comes to be in the Tap.

        Raises:
            AssertionError: when not exactly one button, or first one with just this face, is there.
        """
        faces = [
            (face, row, column) for row, labels in enumerate(message.buttons) for column, face in enumerate(labels)
        ]
        found = [place for place in faces if label.lower() in place[0].lower()]
        found = [place for place in found if place[0] == label] or found
        if len(found) != 1:
            raise AssertionError(f"{len(found)} buttons say {label!r}: {message.buttons}")
        _, row, column = found[0]
        return self._telegram.tap(self.id, message.id, row, column)

    async def removes(self, message: Message) -> None:
        """Take a message out of the chat, for the bot too."""
        self._telegram.remove(self.id, message.id)

    async def sees(self, look: Callable[[Chat], Seen | None], *, within: float = 10) -> Seen:
        """Wait until `look` finds something (anything true) in the chat, and give that.

        Raises:
            AssertionError: after `within` seconds without it, with what the chat held then.
        """
        with self._telegram.follow() as events:
            try:
                async with asyncio.timeout(within):
                    while not (seen := look(self.chat)):
                        if await events.get() is None:
                            break
                    else:
                        return seen
            except TimeoutError:
                pass
        raise AssertionError(f"{self.user.name} did not see it within {within} s. The chat:\n{transcript(self.chat)}")

    async def hears(self, message: Message, *, within: float = 10) -> Message:
        """Wait for the bot's message that replies to this one."""
        return await self.sees(lambda chat: reply_to(chat, message), within=within)


def reply_to(chat: Chat, message: Message) -> Message | None:
    """The bot's first message that replies to this one."""
    return next((reply for reply in chat.messages.values() if reply.from_bot and reply.reply_to is message), None)


def transcript(chat: Chat) -> str:
    """The chat as lines of text."""
    return "\n".join(
        f"{message.id:>5} {message.sender.first_name}: {message.text}"
        + "".join(f"\n        [{'] ['.join(row)}]" for row in message.buttons)
        for message in chat.messages.values()
    )
