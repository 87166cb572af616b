"""A local Telegram, held in memory: people, their chats with one bot, messages, buttons, files and commands.

It knows nothing of HTTP. People act through the first half of the methods, the bot through the second, which refuses
what Telegram refuses, in its words. Every change is told to whoever follows. All of it runs on one event loop, and ids
rise from where they are told to, so that the same acts give the same ids.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from bot.playground.chats import (
    ADMIN,
    BOT,
    CHANNEL_ID,
    GROUP_ID,
    PEOPLE,
    REACTIONS,
    Chat,
    InlineQuery,
    Json,
    Keyboard,
    Kind,
    Media,
    Message,
    Reply,
    Result,
    Tap,
    User,
)
from bot.playground.entities import Formatted, finish, units
from bot.playground.files import File, picture_size
from bot.playground.privacy import is_for_bot
from bot.playground.refusal import Refusal, bad_request
from bot.playground.updates import Updates

LONGEST_TEXT: Final = 4096
LONGEST_CAPTION: Final = 1024
LONGEST_ANSWER: Final = 200
LONGEST_QUERY: Final = 256
MOST_RESULTS: Final = 50
_FOLLOWER_QUEUE: Final = 10_000
"""Changes that wait for one follower at most; one that falls further behind is let go."""


class Telegram:
    """The whole of it.

    Args:
        clock: Seconds since 1970.
        last_id: Update and message ids rise from the one after this. Nothing is kept here when the process ends, but
            a bot's database is, so whoever starts again over the same database begins higher, as time does.
    """

    def __init__(self, clock: Callable[[], float] = time.time, last_id: int = 0) -> None:
        self.bot = BOT
        ada = frozenset({ADMIN.id})
        self.group = Chat(GROUP_ID, "supergroup", PEOPLE, "Friends", last_id, started=True, admins=ada)
        self.channel = Chat(
            CHANNEL_ID, "channel", PEOPLE, "Diary", last_id, started=True, admins=ada, bot_is_admin=True
        )
        private = [Chat(person.id, "private", (person,), last_id=last_id) for person in PEOPLE]
        self.chats = {chat.id: chat for chat in (*private, self.group, self.channel)}
        self.updates = Updates(last_id)
        self.ahead = 0
        """Seconds that its clock is ahead of the one that it was given."""
        self.files: dict[str, File] = {}
        self._clock = clock
        self._taps: dict[str, Tap] = {}
        self._queries: dict[str, InlineQuery] = {}
        self._last_query = 0
        self._commands: dict[tuple[str, str], list[Json]] = {}
        self._followers: list[asyncio.Queue[Json | None]] = []
        self._closed = False

    def now(self) -> float:
        """The time as it tells it, in seconds since 1970."""
        return self._clock() + self.ahead

    # What people do; each raises a Refusal where Telegram's own apps wouldn't let a person do it

    def write(
        self,
        chat_id: int,
        text: str = "",
        *,
        by: User | None = None,
        media: Media | None = None,
        reply_to: int | None = None,
        quote: str = "",
        written_as: Chat | None = None,
    ) -> Message:
        """A person writes; with media the text is the caption. Who, may be left out in a private chat.

        Args:
            quote: The part of the message replied to that is answered.
            written_as: The group itself, of which only an admin can speak, or a channel of theirs.
        """
        chat = self._chat(chat_id)
        if chat.kind == "channel":
            written_as = chat
        if media is not None and media.kind == "sticker" and text:
            raise bad_request("a sticker has no caption")
        if written_as is not None and self._member(written_as, by).id not in written_as.admins:
            raise bad_request("not enough rights to write as this chat")
        to = chat.messages.get(reply_to or 0)
        if quote and (to is None or quote not in to.text):
            raise bad_request("QUOTE_TEXT_INVALID")
        return self._written(
            self._add(chat, self._member(chat, by), Formatted(text), media, to, [], quote=quote, written_as=written_as)
        )

    def edit(self, chat_id: int, message_id: int, text: str, *, by: User | None = None) -> Message:
        """A person changes a text or caption of theirs."""
        chat = self._chat(chat_id)
        message = chat.messages.get(message_id)
        if message is None or message.author != self._member(chat, by) or message.via_bot or message.origin:
            raise bad_request("message can't be edited")
        self._change(message, Formatted(text), message.media, message.keyboard)
        self._push_message("edited_", message)
        return message

    def forward(self, chat_id: int, message: Message, *, by: User | None = None, hidden: bool = False) -> Message:
        """A person passes a message on; `hidden`, where its sender lets only their name be shown."""
        chat = self._chat(chat_id)
        origin: Json = {"date": message.date}
        if hidden:
            origin |= {"type": "hidden_user", "sender_user_name": message.sender.name}
        elif message.written_as is None:
            origin |= {"type": "user", "sender_user": message.sender.as_json()}
        elif message.written_as.kind == "channel":
            origin |= {"type": "channel", "chat": message.written_as.as_json(), "message_id": message.id}
        else:
            origin |= {"type": "chat", "sender_chat": message.written_as.as_json()}
        return self._written(
            self._add(
                chat, self._member(chat, by), message.body, message.media, None, [], origin=message.origin or origin
            )
        )

    def react(self, chat_id: int, message_id: int, emoji: str = "", *, by: User | None = None) -> None:
        """A person reacts to a message with an emoji, or with none takes their reaction back.

        The bot is told of it in private chats, and where it is an admin.
        """
        chat = self._chat(chat_id)
        person = self._member(chat, by)
        message = chat.messages.get(message_id)
        if message is None:
            raise bad_request("message to react not found")
        before = message.reactions.get(person.id, "")
        self._react(message, person, emoji)
        if before != emoji and (chat.kind == "private" or chat.bot_is_admin):
            self.updates.push(
                "message_reaction",
                {
                    "chat": chat.as_json(),
                    "message_id": message_id,
                    "user": person.as_json(),
                    "date": int(self.now()),
                    "old_reaction": _reaction(before),
                    "new_reaction": _reaction(emoji),
                },
            )

    def tap(self, chat_id: int, message_id: int, row: int, column: int, *, by: User | None = None) -> Tap:
        """A person presses a button that calls the bot."""
        chat = self._chat(chat_id)
        person = self._member(chat, by)
        try:
            message = chat.messages[message_id]
            data = message.keyboard[row][column]["callback_data"]
        except (KeyError, IndexError):
            raise bad_request("button not found") from None
        tap = Tap(self._next_query(), person, message, data)
        self._taps[tap.id] = tap
        of = (
            {"inline_message_id": f"{chat.id}:{message.id}"}
            if message.via_bot
            else {"message": message.as_callback_json()}
        )
        called = {"id": tap.id, "from": person.as_json(), "chat_instance": str(chat.id), "data": data}
        self.updates.push("callback_query", called | of)
        return tap

    def ask(self, chat_id: int, text: str, *, by: User | None = None) -> InlineQuery:
        """A person has written the bot's name in a chat, and this after it, and waits for what it offers."""
        chat = self._chat(chat_id)
        query = InlineQuery(self._next_query(), self._member(chat, by), chat, text[:LONGEST_QUERY])
        self._queries[query.id] = query
        kind = "sender" if chat.kind == "private" else chat.kind
        asked = {"id": query.id, "from": query.person.as_json(), "query": query.text, "offset": "", "chat_type": kind}
        self.updates.push("inline_query", asked)
        return query

    def choose(self, query_id: str, result_id: str) -> Message:
        """A person sends what the bot offered, as their own message via the bot."""
        query = self._queries.get(query_id)
        result = next((result for result in query.results if result.id == result_id), None) if query else None
        if query is None or result is None:
            raise bad_request("RESULT_ID_INVALID")
        return self._written(
            self._add(query.chat, query.person, result.body, None, None, result.keyboard, via_bot=self.bot)
        )

    def block(self, chat_id: int, *, blocked: bool = True) -> None:
        """A person blocks the bot, or lets it in again."""
        chat = self._chat(chat_id)
        before, chat.blocked = chat.blocked, blocked
        if before != blocked:
            states = [
                {"user": self.bot.as_json(), "status": "kicked", "until_date": 0}
                if state
                else {"user": self.bot.as_json(), "status": "member"}
                for state in (before, blocked)
            ]
            self.updates.push(
                "my_chat_member",
                {
                    "chat": chat.as_json(),
                    "from": chat.person.as_json(),
                    "date": int(self.now()),
                    "old_chat_member": states[0],
                    "new_chat_member": states[1],
                },
            )

    def attach(self, kind: Kind, data: bytes, name: str = "", mime: str = "application/octet-stream") -> Media:
        """A file for a person to send."""
        file = self.keep(data, name or kind, mime)
        return self.picture(file) if kind == "photo" else Media(kind, file)

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

    def set_reaction(self, chat_id: int, message_id: int, emoji: str) -> None:
        """The bot reacts to a message with an emoji, or with none takes its reaction back."""
        message = self._started(chat_id).messages.get(message_id)
        if message is None:
            raise bad_request("message to react not found")
        self._react(message, self.bot, emoji)

    def offer(self, query_id: str, results: tuple[Result, ...], button: Json | None = None) -> None:
        """The bot answers an inline query: at most once, with up to 50 results of different ids."""
        if len(results) > MOST_RESULTS:
            raise bad_request("RESULTS_TOO_MUCH")
        if len({result.id for result in results}) < len(results):
            raise bad_request("RESULT_ID_DUPLICATE")
        query = self._queries.get(query_id)
        if query is None or query.answered:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        query.answered, query.results, query.button = True, results, button
        shown = [{"id": one.id, "title": one.title, "description": one.description} for one in results]
        event = {"type": "offer", "chat": query.chat.id, "query": query.id, "results": shown, "button": button}
        self.tell(event)

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
        self.tell({"type": "removed", "chat": chat.id, "message": message_id})

    def answer(self, tap_id: str, text: str, *, alert: bool) -> None:
        """The bot answers a tap: at most once, with up to 200 characters."""
        if units(text) > LONGEST_ANSWER:
            raise bad_request("MESSAGE_TOO_LONG")
        tap = self._taps.pop(tap_id, None)
        if tap is None:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        tap.answered, tap.text, tap.alert = True, text, alert
        self.tell({"type": "answer", "chat": tap.message.chat.id, "tap": tap.id, "text": text, "alert": alert})

    def act(self, chat_id: int, action: str) -> None:
        """The bot is seen typing, or sending something."""
        self.tell({"type": "action", "chat": self._started(chat_id).id, "action": action})

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
        if ":" in scope:
            self._started(int(scope.split(":")[1]))
        if commands:
            self._commands[scope, language] = commands
        else:
            self._commands.pop((scope, language), None)
        self.tell({"type": "commands", "commands": {chat.id: self._menus(chat) for chat in self.chats.values()}})

    def commands(self, scope: str, language: str) -> list[Json]:
        """What was set for exactly this scope and language."""
        return self._commands.get((scope, language), [])

    def menu(self, chat: Chat, person: User | None = None) -> list[Json]:
        """The commands that a person is shown in a chat: the narrowest scope that has any, their own language first.

        The order is that of https://core.telegram.org/bots/api#determining-list-of-commands.
        """
        person = self._member(chat, person)
        scopes = [f"chat:{chat.id}", "all_private_chats", "default"]
        if chat.kind != "private":
            of_admins = [f"chat_administrators:{chat.id}"], ["all_chat_administrators"]
            here, anywhere = of_admins if person.id in chat.admins else ([], [])
            scopes = [f"chat_member:{chat.id}:{person.id}", *here, f"chat:{chat.id}"]
            scopes += [*anywhere, "all_group_chats", "default"]
        for scope in scopes:
            for language in (person.language_code.partition("-")[0], ""):
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
                    "kind": chat.kind,
                    "title": chat.title,
                    "members": [person.as_json() for person in chat.members],
                    "commands": self._menus(chat),
                    "messages": [message.as_shown() for message in list(chat.messages.values())[-messages:]],
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

    def _menus(self, chat: Chat) -> dict[int, list[Json]]:
        return {person.id: self.menu(chat, person) for person in chat.members}

    def _add(
        self,
        chat: Chat,
        author: User,
        body: Formatted,
        media: Media | None,
        reply_to: Message | None,
        keyboard: Keyboard,
        **more: Any,
    ) -> Message:
        body = self._checked(body, media)
        chat.last_id += 1
        message = Message(chat.last_id, chat, author, int(self.now()), body, media, reply_to, keyboard, **more)
        chat.messages[message.id] = message
        self._tell_message(message)
        return message

    def _written(self, message: Message) -> Message:
        message.chat.started = True
        self._push_message("", message)
        return message

    def _push_message(self, edited: str, message: Message) -> None:
        """Let the bot have a person's message, where Telegram would."""
        chat = message.chat
        if chat.kind == "channel":
            self.updates.push(f"{edited}channel_post", message.as_json())
        elif chat.kind == "private" or chat.bot_is_admin or is_for_bot(message):
            self.updates.push(f"{edited}message", message.as_json())

    def _react(self, message: Message, actor: User, emoji: str) -> None:
        if emoji and emoji not in REACTIONS:
            raise bad_request("REACTION_INVALID")
        message.reactions.pop(actor.id, None)
        if emoji:
            message.reactions[actor.id] = emoji
        self._tell_message(message)

    def _next_query(self) -> str:
        self._last_query += 1
        return str(self._last_query)

    def _member(self, chat: Chat, person: User | None) -> User:
        """Who acts in a chat, which must be one of those in it."""
        person = chat.person if person is None and chat.kind == "private" else person
        if person is None or person not in chat.members:
            raise bad_request("not a member of the chat")
        return person

    def _change(self, message: Message, body: Formatted, media: Media | None, keyboard: Keyboard) -> Message:
        body = self._checked(body, media)
        if (body, media, keyboard) == (message.body, message.media, message.keyboard):
            raise bad_request(
                "message is not modified: specified new message content and reply markup "
                "are exactly the same as a current content and reply markup of the message"
            )
        if (body, media) != (message.body, message.media):
            message.edit_date = int(self.now())
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
        if chat.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
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
            self.tell({"type": "message", "chat": message.chat.id, "message": message.as_shown()})

    def tell(self, event: Json) -> None:
        """Let all who follow know of something."""
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


def _reaction(emoji: str) -> list[Json]:
    """The emoji as a Bot API `ReactionType`, in the list that the API makes of it."""
    return [{"type": "emoji", "emoji": emoji}] if emoji else []
