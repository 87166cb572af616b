"""Who and what there is in the local Telegram: people, chats, messages, taps on buttons, inline queries."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bot.playground.entities import Formatted
from bot.playground.files import File

Json = dict[str, Any]
Keyboard = list[list[Json]]
Kind = Literal["photo", "document", "voice", "sticker", "video"]

_PICTURE: Final = {"width": 512, "height": 512}
_FIELDS: Final[dict[str, Json]] = {
    "document": {},
    "voice": {"duration": 2},
    "sticker": _PICTURE | {"type": "regular", "is_animated": False, "is_video": False, "emoji": "😊"},
    "video": _PICTURE | {"duration": 2},
}
"""What a file of a kind has, apart from what every file has; nothing here plays it, so it is the same for all."""

REACTIONS: Final = frozenset(
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤️‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 "  # noqa: SIM905
    "💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 "
    "🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂️ 🤷 🤷‍♀️ 😡".split()
)
"""The emoji that a message can be reacted to with (https://core.telegram.org/bots/api#reactiontypeemoji)."""


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

GROUP_ID: Final = -1_006_000_000_006
CHANNEL_ID: Final = -1_006_000_000_007
_ANONYMOUS: Final = User(1_087_968_824, "Group", username="GroupAnonymousBot", is_bot=True)
_CHANNEL: Final = User(136_817_688, "Channel", username="Channel_Bot", is_bot=True)


@dataclass
class Chat:
    """A chat that the bot is in, or may come to be in."""

    id: int
    kind: Literal["private", "supergroup", "channel"]
    members: tuple[User, ...]
    """The people in it; in a private chat the one, whose id is the chat's."""
    title: str = ""
    last_id: int = 0
    started: bool = False
    """Whether the chat exists for the bot: in a private one, whether the person has written."""
    blocked: bool = False
    """Whether the person has blocked the bot."""
    admins: frozenset[int] = frozenset()
    bot_is_admin: bool = False
    messages: dict[int, "Message"] = field(default_factory=dict)

    @property
    def person(self) -> User:
        """The person of a private chat."""
        return self.members[0]

    def as_json(self) -> Json:
        """A Bot API `Chat`."""
        if self.kind != "private":
            return {"id": self.id, "title": self.title, "type": self.kind}
        person = self.person.as_json()
        return {name: person[name] for name in ("id", "first_name", "last_name", "username") if name in person} | {
            "type": "private"
        }


@dataclass(frozen=True)
class Media:
    """A file in a message, and for a photo its width and height."""

    kind: Kind
    file: File
    size: tuple[int, int] = (0, 0)

    def as_json(self) -> Any:
        """The value of the message's field of the name `kind`."""
        if self.kind == "photo":
            return [self.file.as_json() | {"width": self.size[0], "height": self.size[1]}]
        named = {"file_name": self.file.name} if self.kind in ("document", "video") else {}
        typed = {} if self.kind == "sticker" else {"mime_type": self.file.mime}
        return self.file.as_json() | named | typed | _FIELDS[self.kind]


@dataclass
class Message:
    """A message as it is now, after all edits."""

    id: int
    chat: Chat
    author: User
    """Who wrote it, also where that is not shown."""
    date: int
    body: Formatted
    """The text; of a file the caption."""
    media: Media | None = None
    reply_to: "Message | None" = None
    keyboard: Keyboard = field(default_factory=list)
    edit_date: int | None = None
    accessible: bool = True
    """Whether the bot still gets the message itself with a tap on it, or in a reply to it."""
    written_as: Chat | None = None
    """The group or channel that is shown in the author's place."""
    via_bot: User | None = None
    origin: Json | None = None
    """Of a forwarded message, where it comes from: a Bot API `MessageOrigin`."""
    quote: str = ""
    """The part of the message replied to that this answers."""
    reactions: dict[int, str] = field(default_factory=dict)
    """Who reacted, by id, with which emoji."""

    @property
    def text(self) -> str:
        """The text or caption, without marks."""
        return self.body.text

    @property
    def sender(self) -> User:
        """Who is shown to have sent it; Telegram has users that stand for groups and for channels."""
        if self.written_as is None:
            return self.author
        return _ANONYMOUS if self.written_as is self.chat else _CHANNEL

    @property
    def from_bot(self) -> bool:
        """Whether the bot sent it."""
        return self.author.is_bot

    @property
    def buttons(self) -> list[list[str]]:
        """What is written on the buttons, by row."""
        return [[button["text"] for button in row] for row in self.keyboard]

    def as_json(self, *, with_reply: bool = True) -> Json:
        """A Bot API `Message`; the message replied to is in it, but not what that one replies to."""
        content: Json = {"message_id": self.id, "date": self.date, "chat": self.chat.as_json()}
        if self.chat.kind != "channel":
            content["from"] = self.sender.as_json()
        if self.written_as is not None:
            content["sender_chat"] = self.written_as.as_json()
        if self.edit_date is not None:
            content["edit_date"] = self.edit_date
        if self.via_bot is not None:
            content["via_bot"] = self.via_bot.as_json()
        if self.origin is not None:
            content["forward_origin"] = self.origin
        if with_reply and self.reply_to is not None and self.reply_to.accessible:
            content["reply_to_message"] = self.reply_to.as_json(with_reply=False)
            if self.quote:
                before = self.reply_to.text.partition(self.quote)[0]
                content["quote"] = {"text": self.quote, "position": Formatted(before).length, "is_manual": True}
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

    def as_shown(self) -> Json:
        """The message as people see it: with what the Bot API tells in no `Message`."""
        return self.as_json() | {"author": self.author.id, "reactions": list(self.reactions.items())}


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
class Result:
    """One of the bot's answers to an inline query: what is offered, and the message that choosing it sends."""

    id: str
    title: str
    description: str
    body: Formatted
    keyboard: Keyboard


@dataclass
class InlineQuery:
    """What a person writes after the bot's name, and what the bot offers for it."""

    id: str
    person: User
    chat: Chat
    text: str
    answered: bool = False
    results: tuple[Result, ...] = ()
    button: Json | None = None
    """What is offered above the results: a Bot API `InlineQueryResultsButton`."""


@dataclass(frozen=True)
class Reply:
    """What a message of the bot answers: `reply_parameters` of the Bot API."""

    message_id: int
    optional: bool = False
    """Send without it where the message is gone (`allow_sending_without_reply`)."""
