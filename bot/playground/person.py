"""Acting as a person: what tests, and demonstrations, use in place of a hand on a phone."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from bot.playground.chats import Chat, InlineQuery, Kind, Message, Tap, User
from bot.playground.telegram import Telegram

Seen = TypeVar("Seen")


class Person:
    """One of the people, in their private chat with the bot, or in another."""

    def __init__(self, telegram: Telegram, user: User, chat: Chat | None = None) -> None:
        self._telegram = telegram
        self.user = user
        self.chat: Chat = chat or telegram.chats[user.id]

    def among(self, chat: Chat) -> "Person":
        """The same person in a group, or with a channel of theirs."""
        return Person(self._telegram, self.user, chat)

    @property
    def id(self) -> int:
        """The id of the person, and of their private chat."""
        return self.user.id

    async def writes(
        self, text: str, *, reply_to: Message | None = None, quote: str = "", written_as: Chat | None = None
    ) -> Message:
        """Send a text, or a command; `written_as` the group itself, or a channel."""
        to = reply_to.id if reply_to else None
        return self._telegram.write(self.chat.id, text, by=self.user, reply_to=to, quote=quote, written_as=written_as)

    async def sends(self, kind: Kind, data: bytes, caption: str = "", *, name: str = "") -> Message:
        """Send a file; a photo has to be PNG or JPEG."""
        media = self._telegram.attach(kind, data, name)
        return self._telegram.write(self.chat.id, caption, by=self.user, media=media)

    async def edits(self, message: Message, text: str) -> Message:
        """Change the text or caption of a message of theirs."""
        return self._telegram.edit(self.chat.id, message.id, text, by=self.user)

    async def forwards(self, message: Message, *, hidden: bool = False) -> Message:
        """Pass a message on to this chat, from whichever."""
        return self._telegram.forward(self.chat.id, message, by=self.user, hidden=hidden)

    async def reacts(self, message: Message, emoji: str = "") -> None:
        """React with an emoji, or with none take the reaction back."""
        self._telegram.react(self.chat.id, message.id, emoji, by=self.user)

    async def asks(self, text: str, *, within: float = 10) -> InlineQuery:
        """Write `@feelback_bot text` and wait for what the bot offers (inline mode)."""
        query = self._telegram.ask(self.chat.id, text, by=self.user)
        await self.sees(lambda _: query.answered, within=within)
        return query

    async def chooses(self, query: InlineQuery, title: str = "") -> Message:
        """Send what was offered with this in its title."""
        (result,) = [result for result in query.results if title.lower() in result.title.lower()]
        return self._telegram.choose(query.id, result.id)

    async def blocks(self) -> None:
        """Block the bot."""
        self._telegram.block(self.id)

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
        return self._telegram.tap(self.chat.id, message.id, row, column, by=self.user)

    async def removes(self, message: Message) -> None:
        """Take a message out of the chat, for the bot too."""
        self._telegram.remove(self.chat.id, message.id)

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
