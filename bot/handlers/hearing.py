"""A message as the model that serves now reads it, and what is stored of that: never its text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from telegram import Message
from telegram.constants import ChatType

from bot.handlers.context import Parts, words_of
from bot.replies.texts import Texts
from ml.classifier import Reading


@dataclass(frozen=True, slots=True)
class Heard:
    """A message's text, what the model makes of it, the row that `readings.add` and `edits.replace` take, the keyed
    hashes under which its author may have taught it, and whether all that is in a group."""

    text: str
    said: Reading
    row: dict[str, Any]
    keys: Sequence[bytes]
    in_group: bool


def hear(message: Message, parts: Parts, texts: Texts) -> Heard:
    """Read a message. What somebody taught in private is nobody's business in a group."""
    text, model = words_of(message), parts.live.served
    said = model.classifier.read(text)
    row = {
        "chat_id": message.chat_id,
        "message_id": message.message_id,
        "author_id": author_of(message),
        "reading": said,
        "model_version": model.version,
        "now": parts.clock(),
        "edited_at": message.edit_date,
        "language": texts.language,
    }
    in_group = message.chat.type != ChatType.PRIVATE
    return Heard(text, said, row, () if in_group else parts.vault.keys_of(text), in_group)


def author_of(message: Message) -> int:
    """Whose words they are: a person's, or of the chat in whose name somebody wrote, which is no person."""
    if message.sender_chat is not None:
        return message.sender_chat.id
    return message.from_user.id if message.from_user is not None else message.chat_id
