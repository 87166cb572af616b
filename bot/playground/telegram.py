"""A local Telegram, held in memory: people, their private chats with one bot, messages, buttons, files and commands.

It knows nothing of HTTP. People act through `write`, `tap` and `remove`; the bot through the rest, which refuses what
Telegram refuses, in its words. Every change is told to whoever follows. All of it runs on one event loop, and ids
rise from where they are told to, so that the same acts give the same ids.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bot.playground.entities import Formatted, finish, units
from bot.playground.files import File, picture_size
from bot.playground.refusal import bad_request
from bot.playground.updates import Updates

Json = dict[str, Any]
Keyboard = list[list[Json]]

LONGEST_TEXT: Final = 4096
LONGEST_CAPTION: Final = 1024
LONGEST_ANSWER: Final = 200
_FOLLOWER_QUEUE: Final = 10_000
"""Changes that wait for one follower at most; one that falls further behind is let go."""


@dataclass(frozen=True)
class User:
    """A person, or the bot."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    is_bot: bool = False

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    def as_json(self) -> Json:
        """A Bot API `User`."""
        optional = {"last_name": self.last_name, "username": self.username, "language_code": self.language_code}
        return {
            "id": self.id,
            "is_bot": self.is_bot,
            "first_name": self.first_name,
            **{name: value for name, value in optional.items() if value},
        }


BOT: Final = User(7_000_000_000, "Feelback", username="feelback_bot", is_bot=True)
ADMIN: Final = User(6_000_000_005, "Ada", "(admin)", "ada_admin", "en")
PEOPLE: Final = (
    User(6_000_000_001, "Ana", username="ana", language_code="en"),
    User(6_000_000_002, "Ben", username="ben", language_code="en"),
    User(6_000_000_003, "Chen", username="chen", language_code="zh-hans"),
    User(6_000_000_004, "Dana", username="dana", language_code="ru"),
    ADMIN,
)
"""Who chats here. The ids need more than 32 bits, as Telegram's may."""


@dataclass
class Chat:
    """A private chat of one person with the bot; as at Telegram its id is the person's."""

    person: User
    last_id: int = 0
    started: bool = False
    """Whether the person has written; until then the chat does not exist for the bot."""
    messages: dict[int, "Message"] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """The person's id."""
        return self.person.id

    def as_json(self) -> Json:
        """A Bot API `Chat`."""
        person = self.person.as_json()
        return {name: person[name] for name in ("id", "first_name", "last_name", "username") if name in person} | {
            "type": "private"
        }


@dataclass(frozen=True)
class Media:
    """A photo or a document, and for a photo its width and height."""

    kind: Literal["photo", "document"]
    file: File
    size: tuple[int, int] = (0, 0)

    def as_json(self) -> Any:
        """The value of the message's field of the name `kind`."""
        if self.kind == "photo":
            return [self.file.as_json() | {"width": self.size[0], "height": self.size[1]}]
        return self.file.as_json() | {"file_name": self.file.name, "mime_type": self.file.mime}


@dataclass
class Message:
    """A message as it is now, after all edits."""

    id: int
    chat: Chat
    sender: User
    date: int
    body: Formatted
    """The text; of a photo or document the caption."""
    media: Media | None = None
    reply_to: "Message | None" = None
    keyboard: Keyboard = field(default_factory=list)
    edit_date: int | None = None
    accessible: bool = True
    """Whether the bot still gets the message itself with a tap on it, or in a reply to it."""

    @property
    def text(self) -> str:
        """The text or caption, without marks."""
        return self.body.text

    @property
    def from_bot(self) -> bool:
        """Whether the bot sent it."""
        return self.sender.is_bot

    @property
    def buttons(self) -> list[list[str]]:
        """What is written on the buttons, by row."""
        return [[button["text"] for button in row] for row in self.keyboard]

    def as_json(self, *, with_reply: bool = True) -> Json:
        """A Bot API `Message`; the message replied to is in it, but not what that one replies to."""
        content: Json = {
            "message_id": self.id,
            "from": self.sender.as_json(),
            "chat": self.chat.as_json(),
            "date": self.date,
        }
        if self.edit_date is not None:
            content["edit_date"] = self.edit_date
        if with_reply and self.reply_to is not None and self.reply_to.accessible:
            content["reply_to_message"] = self.reply_to.as_json(with_reply=False)
        if self.media is not None:
            content[self.media.kind] = self.media.as_json()
        text, entities = ("text", "entities") if self.media is None else ("caption", "caption_entities")
        if self.body.text:
            content[text] = self.body.text
        if self.body.entities:
            content[entities] = list(self.body.entities)
        if self.keyboard:
            content["reply_markup"] = {"inline_keyboard": self.keyboard}
        return content

    def as_callback_json(self) -> Json:
        """The message as a tap on it carries it: an `InaccessibleMessage` where the bot can't reach it any more."""
        if self.accessible:
            return self.as_json()
        return {"chat": self.chat.as_json(), "message_id": self.id, "date": 0}


@dataclass
class Tap:
    """A press on a button, and the bot's answer to it."""

    id: str
    person: User
    message: Message
    data: str
    answered: bool = False
    text: str = ""
    alert: bool = False


@dataclass(frozen=True)
class Reply:
    """What a message of the bot answers: `reply_parameters` of the Bot API."""

    message_id: int
    optional: bool = False
    """Send without it where the message is gone (`allow_sending_without_reply`)."""


class Telegram:
    """The whole of it.

    Args:
        clock: Seconds since 1970.
        last_id: Update and message ids rise from the one after this. Nothing is kept here when the process ends, but
            a bot's database is, so whoever starts again over the same database begins higher, as time does.
    """

    def __init__(self, clock: Callable[[], float] = time.time, last_id: int = 0) -> None:
        self.bot = BOT
        self.chats = {person.id: Chat(person, last_id) for person in PEOPLE}
        self.updates = Updates(last_id)
        self.files: dict[str, File] = {}
        self._clock = clock
        self._taps: dict[str, Tap] = {}
        self._last_tap = 0
        self._commands: dict[tuple[str, str], list[Json]] = {}
        self._followers: list[asyncio.Queue[Json | None]] = []
        self._closed = False

    # What people do

    def write(
        self, chat_id: int, text: str = "", *, photo: bytes | None = None, reply_to: int | None = None
    ) -> Message:
        """A person writes to the bot; with a photo (PNG or JPEG) the text is its caption.

        Raises:
            Refusal: where Telegram's own apps wouldn't let a person send it.
        """
        chat = self._chat(chat_id)
        media = None if photo is None else self.picture(self.keep(photo, "photo", ""))
        message = self._add(chat, chat.person, Formatted(text), media, chat.messages.get(reply_to or 0), [])
        chat.started = True
        self.updates.push("message", message.as_json())
        return message

    def tap(self, chat_id: int, message_id: int, row: int, column: int) -> Tap:
        """The chat's person presses a button.

        Raises:
            Refusal: when there is no such button that calls the bot.
        """
        chat = self._chat(chat_id)
        try:
            message = chat.messages[message_id]
            data = message.keyboard[row][column]["callback_data"]
        except (KeyError, IndexError):
            raise bad_request("button not found") from None
        self._last_tap += 1
        tap = Tap(str(self._last_tap), chat.person, message, data)
        self._taps[tap.id] = tap
        self.updates.push(
            "callback_query",
            {
                "id": tap.id,
                "from": chat.person.as_json(),
                "message": message.as_callback_json(),
                "chat_instance": str(chat.id),
                "data": data,
            },
        )
        return tap

    def make_inaccessible(self, chat_id: int) -> None:
        """Let so much time pass that the bot can't reach any message that is in the chat now."""
        for message in self._chat(chat_id).messages.values():
            message.accessible = False

    # What the bot does

    def send(
        self,
        chat_id: int,
        body: Formatted,
        *,
        media: Media | None = None,
        reply: Reply | None = None,
        keyboard: Keyboard | None = None,
    ) -> Message:
        """The bot writes; with media the body is the caption."""
        chat = self._started(chat_id)
        reply_to = None if reply is None else chat.messages.get(reply.message_id)
        if reply is not None and reply_to is None and not reply.optional:
            raise bad_request("message to be replied not found")
        return self._add(chat, self.bot, body, media, reply_to, keyboard or [])

    def edit_text(self, chat_id: int, message_id: int, body: Formatted, keyboard: Keyboard) -> Message:
        """The bot changes a text and its buttons; no buttons take those away that were there."""
        message = self._own(chat_id, message_id)
        if message.media is not None:
            raise bad_request("there is no text in the message to edit")
        return self._change(message, body, None, keyboard)

    def edit_caption(self, chat_id: int, message_id: int, body: Formatted, keyboard: Keyboard) -> Message:
        """The bot changes the caption of a photo or document, and its buttons."""
        message = self._own(chat_id, message_id)
        if message.media is None:
            raise bad_request("there is no caption in the message to edit")
        return self._change(message, body, message.media, keyboard)

    def edit_media(self, chat_id: int, message_id: int, media: Media, body: Formatted, keyboard: Keyboard) -> Message:
        """The bot puts a photo or document, its caption and its buttons in a message's place."""
        return self._change(self._own(chat_id, message_id), body, media, keyboard)

    def edit_keyboard(self, chat_id: int, message_id: int, keyboard: Keyboard) -> Message:
        """The bot changes nothing but the buttons."""
        message = self._own(chat_id, message_id)
        return self._change(message, message.body, message.media, keyboard)

    def remove(self, chat_id: int, message_id: int) -> None:
        """The bot, or the person, takes a message out of the chat, for both."""
        chat = self._chat(chat_id)
        message = chat.messages.pop(message_id, None)
        if message is None:
            raise bad_request("message to delete not found")
        message.accessible = False
        self._tell({"type": "removed", "chat": chat.id, "message": message_id})

    def answer(self, tap_id: str, text: str, *, alert: bool) -> None:
        """The bot answers a tap: at most once, with up to 200 characters."""
        if units(text) > LONGEST_ANSWER:
            raise bad_request("MESSAGE_TOO_LONG")
        tap = self._taps.pop(tap_id, None)
        if tap is None:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        tap.answered, tap.text, tap.alert = True, text, alert
        self._tell({"type": "answer", "chat": tap.message.chat.id, "tap": tap.id, "text": text, "alert": alert})

    def act(self, chat_id: int, action: str) -> None:
        """The bot is seen typing, or sending something."""
        self._tell({"type": "action", "chat": self._started(chat_id).id, "action": action})

    def keep(self, data: bytes, name: str, mime: str) -> File:
        """Keep a file and give it an id."""
        file = File(f"file-{len(self.files) + 1}", name, mime, data)
        self.files[file.id] = file
        return file

    def picture(self, file: File) -> Media:
        """A photo out of a file.

        Raises:
            Refusal: when it is neither PNG nor JPEG, or of sides that Telegram won't take.
        """
        size = picture_size(file.data)
        if size is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
        if sum(size) > 10_000 or min(size) < 1 or max(size) > 20 * min(size):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        return Media("photo", file, size)

    def set_commands(self, scope: str, language: str, commands: list[Json]) -> None:
        """Set the command menu of a scope (`default`, `all_private_chats`, `chat:ID`, …) and language ("" for all)."""
        if scope.startswith("chat:"):
            self._started(int(scope.removeprefix("chat:")))
        if commands:
            self._commands[scope, language] = commands
        else:
            self._commands.pop((scope, language), None)
        self._tell({"type": "commands", "commands": {chat.id: self.menu(chat) for chat in self.chats.values()}})

    def commands(self, scope: str, language: str) -> list[Json]:
        """What was set for exactly this scope and language."""
        return self._commands.get((scope, language), [])

    def menu(self, chat: Chat) -> list[Json]:
        """The commands that the chat's person is shown: the narrowest scope that has any, their own language first.

        The order is that of https://core.telegram.org/bots/api#determining-list-of-commands.
        """
        for scope in (f"chat:{chat.id}", "all_private_chats", "default"):
            for language in (chat.person.language_code.partition("-")[0], ""):
                if found := self.commands(scope, language):
                    return found
        return []

    # Who looks on

    @contextmanager
    def follow(self) -> Iterator[asyncio.Queue[Json | None]]:
        """Every change from now on, as events for the page; None when there will be no more."""
        events: asyncio.Queue[Json | None] = asyncio.Queue(_FOLLOWER_QUEUE)
        if self._closed:
            events.put_nowait(None)
        self._followers.append(events)
        try:
            yield events
        finally:
            with suppress(ValueError):
                self._followers.remove(events)

    def snapshot(self, messages: int) -> Json:
        """All that the page shows, with the last so many messages of each chat."""
        return {
            "type": "snapshot",
            "bot": self.bot.as_json(),
            "chats": [
                {
                    "id": chat.id,
                    "person": chat.person.as_json(),
                    "commands": self.menu(chat),
                    "messages": [message.as_json() for message in list(chat.messages.values())[-messages:]],
                }
                for chat in self.chats.values()
            ],
        }

    def close(self) -> None:
        """End the poll that waits, and every following."""
        self._closed = True
        self.updates.close()
        for events in self._followers.copy():
            self._let_go(events)

    def _add(
        self,
        chat: Chat,
        sender: User,
        body: Formatted,
        media: Media | None,
        reply_to: Message | None,
        keyboard: Keyboard,
    ) -> Message:
        body = self._checked(body, media)
        chat.last_id += 1
        message = Message(chat.last_id, chat, sender, int(self._clock()), body, media, reply_to, keyboard)
        chat.messages[message.id] = message
        self._tell_message(message)
        return message

    def _change(self, message: Message, body: Formatted, media: Media | None, keyboard: Keyboard) -> Message:
        body = self._checked(body, media)
        if (body, media, keyboard) == (message.body, message.media, message.keyboard):
            raise bad_request(
                "message is not modified: specified new message content and reply markup "
                "are exactly the same as a current content and reply markup of the message"
            )
        if (body, media) != (message.body, message.media):
            message.edit_date = int(self._clock())
        message.body, message.media, message.keyboard = body, media, keyboard
        self._tell_message(message)
        return message

    def _checked(self, body: Formatted, media: Media | None) -> Formatted:
        body = finish(body)
        if media is None and not body.text:
            raise bad_request("message text is empty")
        if body.length > (LONGEST_TEXT if media is None else LONGEST_CAPTION):
            raise bad_request("message is too long" if media is None else "message caption is too long")
        return body

    def _chat(self, chat_id: int) -> Chat:
        try:
            return self.chats[chat_id]
        except KeyError:
            raise bad_request("chat not found") from None

    def _started(self, chat_id: int) -> Chat:
        chat = self._chat(chat_id)
        if not chat.started:
            raise bad_request("chat not found")
        return chat

    def _own(self, chat_id: int, message_id: int) -> Message:
        message = self._started(chat_id).messages.get(message_id)
        if message is None:
            raise bad_request("message to edit not found")
        if not message.from_bot:
            raise bad_request("message can't be edited")
        return message

    def _tell_message(self, message: Message) -> None:
        if self._followers:
            self._tell({"type": "message", "chat": message.chat.id, "message": message.as_json()})

    def _tell(self, event: Json) -> None:
        for events in self._followers.copy():
            try:
                events.put_nowait(event)
            except asyncio.QueueFull:
                self._let_go(events)

    def _let_go(self, events: asyncio.Queue[Json | None]) -> None:
        self._followers.remove(events)
        while not events.empty():
            events.get_nowait()
        events.put_nowait(None)
