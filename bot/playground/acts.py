"""What people do on the page: each act takes what the page sent, and gives what the page needs to know."""

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final

from bot.playground.chats import PEOPLE, Json, Kind, Media, User
from bot.playground.files import picture_type
from bot.playground.form import Form
from bot.playground.refusal import bad_request
from bot.playground.telegram import Telegram


def _write(telegram: Telegram, given: Form) -> Json:
    return telegram.write(
        given.number("chat"),
        given.text("text"),
        by=_person(given),
        media=_media(telegram, given),
        reply_to=given.number("reply_to"),
        quote=given.text("quote"),
    ).as_json()


def _edit(telegram: Telegram, given: Form) -> Json:
    return telegram.edit(given.number("chat"), given.number("message"), given.text("text"), by=_person(given)).as_json()


def _remove(telegram: Telegram, given: Form) -> None:
    telegram.remove(given.number("chat"), given.number("message"))


def _forward(telegram: Telegram, given: Form) -> Json:
    """Pass a message `from` one chat on to another."""
    origin = telegram.chats.get(given.number("from"))
    message = origin.messages.get(given.number("message")) if origin else None
    if message is None:
        raise bad_request("message to forward not found")
    return telegram.forward(given.number("chat"), message, by=_person(given)).as_json()


def _react(telegram: Telegram, given: Form) -> None:
    telegram.react(given.number("chat"), given.number("message"), given.text("emoji"), by=_person(given))


def _tap(telegram: Telegram, given: Form) -> Json:
    place = [given.number(name, -1) for name in ("chat", "message", "row", "column")]
    return {"tap": telegram.tap(*place, by=_person(given)).id}


def _ask(telegram: Telegram, given: Form) -> Json:
    return {"query": telegram.ask(given.number("chat"), given.text("text"), by=_person(given)).id}


def _choose(telegram: Telegram, given: Form) -> Json:
    return telegram.choose(given.text("query"), given.text("result")).as_json()


ACTS: Final[dict[str, Callable[[Telegram, Form], Any]]] = {
    "messages": _write,
    "edits": _edit,
    "removals": _remove,
    "forwards": _forward,
    "reactions": _react,
    "taps": _tap,
    "queries": _ask,
    "choices": _choose,
}
"""By the last part of the address that the page posts to."""


def _person(given: Form) -> User | None:
    """Who acts, where the page says so."""
    return next((person for person in PEOPLE if person.id == given.number("by")), None)


def _media(telegram: Telegram, given: Form) -> Media | None:
    """The file that comes along, as `{"name", "type", "data": base64}`: a photo, a voice message or a document."""
    sent = given.json("file", "file")
    if sent is None:
        return None
    file = Form(sent if isinstance(sent, dict) else {})
    try:
        data = base64.b64decode(file.text("data"), validate=True)
    except binascii.Error:
        raise bad_request("can't read the file") from None
    if not data:
        raise bad_request("file must be non-empty")
    mime = file.text("type")
    kind: Kind = "photo" if picture_type(data) else "voice" if mime.startswith("audio/") else "document"
    return telegram.attach(kind, data, file.text("name"), mime or "application/octet-stream")
