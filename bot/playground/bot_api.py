"""The methods of the Bot API (https://core.telegram.org/bots/api#available-methods) that the playground knows.

Each takes a Telegram and the form of a request, and gives the `result` of the answer or raises a Refusal. Parameters
that a method does not know are ignored, as at Telegram. Of the parse modes HTML alone is known.
"""

import inspect
import mimetypes
import re
from collections.abc import Callable
from typing import Any, Final

from bot.playground.chats import Json, Keyboard, Media, Reply, Result
from bot.playground.entities import EntityError, Formatted, given, parse_html
from bot.playground.files import File
from bot.playground.form import Form
from bot.playground.refusal import Refusal, bad_request
from bot.playground.telegram import Telegram

MOST_BUTTON_BYTES: Final = 64
MOST_COMMANDS: Final = 100
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_ACTIONS: Final = frozenset({"typing", "choose_sticker", "find_location"}) | {
    f"{act}_{what}"
    for act, whats in {
        "upload": ("photo", "video", "voice", "document", "video_note"),
        "record": ("video", "voice", "video_note"),
    }.items()
    for what in whats
}


async def call(telegram: Telegram, method: str, form: Form) -> Any:
    """Do what a request asks; the name of the method is taken in any case.

    Raises:
        Refusal: 404 for a method that is not known here, or whatever rule the request broke.
    """
    function = _METHODS.get(method.lower())
    if function is None:
        raise Refusal(404, "Not Found")
    result = function(telegram, form)
    return await result if inspect.isawaitable(result) else result


def _get_me(telegram: Telegram, form: Form) -> Json:
    return telegram.bot.as_json() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def _get_updates(telegram: Telegram, form: Form) -> list[Json]:
    _allow(telegram, form)
    limit = min(max(form.number("limit", 100), 1), 100)
    return await telegram.updates.collect(form.number("offset"), limit, max(form.number("timeout"), 0))


def _set_webhook(telegram: Telegram, form: Form) -> bool:
    _allow(telegram, form)
    if form.truth("drop_pending_updates"):
        telegram.updates.drop()
    secret, url = form.text("secret_token"), form.text("url")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if url and not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    telegram.updates.set_webhook(url, secret, min(max(form.number("max_connections", 40), 1), 100))
    return True


def _delete_webhook(telegram: Telegram, form: Form) -> bool:
    if form.truth("drop_pending_updates"):
        telegram.updates.drop()
    telegram.updates.set_webhook("")
    return True


def _get_webhook_info(telegram: Telegram, form: Form) -> Json:
    info = {
        "url": telegram.updates.webhook,
        "has_custom_certificate": False,
        "pending_update_count": len(telegram.updates),
    }
    if telegram.updates.last_failure is not None:
        at, why = telegram.updates.last_failure
        info |= {"last_error_date": int(at), "last_error_message": why}
    return info


def _send_message(telegram: Telegram, form: Form) -> Json:
    return _send(telegram, form, _body(form, "text", "entities"), None)


def _send_photo(telegram: Telegram, form: Form) -> Json:
    photo = telegram.picture(_file(telegram, form, "photo", form.text("photo")))
    return _send(telegram, form, _body(form, "caption", "caption_entities"), photo)


def _send_document(telegram: Telegram, form: Form) -> Json:
    document = Media("document", _file(telegram, form, "document", form.text("document")))
    return _send(telegram, form, _body(form, "caption", "caption_entities"), document)


def _send_chat_action(telegram: Telegram, form: Form) -> bool:
    action = form.text("action").lower()
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    telegram.act(_chat_id(form), action)
    return True


def _edit_message_text(telegram: Telegram, form: Form) -> Json:
    body = _body(form, "text", "entities")
    return telegram.edit_text(_chat_id(form), _message_id(form), body, _keyboard(form)).as_json()


def _edit_message_caption(telegram: Telegram, form: Form) -> Json:
    body = _body(form, "caption", "caption_entities")
    return telegram.edit_caption(_chat_id(form), _message_id(form), body, _keyboard(form)).as_json()


def _edit_message_media(telegram: Telegram, form: Form) -> Json:
    given_media = form.json("media", "input media")
    if not isinstance(given_media, dict) or given_media.get("type") not in ("photo", "document"):
        raise bad_request("can't parse InputMedia: type must be specified")
    inner = Form(given_media, form.files)
    file = _file(telegram, inner, "media", inner.text("media"))
    media = telegram.picture(file) if given_media["type"] == "photo" else Media("document", file)
    body = _body(inner, "caption", "caption_entities")
    return telegram.edit_media(_chat_id(form), _message_id(form), media, body, _keyboard(form)).as_json()


def _edit_message_reply_markup(telegram: Telegram, form: Form) -> Json:
    return telegram.edit_keyboard(_chat_id(form), _message_id(form), _keyboard(form)).as_json()


def _delete_message(telegram: Telegram, form: Form) -> bool:
    telegram.remove(_chat_id(form), _message_id(form))
    return True


def _answer_callback_query(telegram: Telegram, form: Form) -> bool:
    telegram.answer(form.text("callback_query_id"), form.text("text"), alert=form.truth("show_alert"))
    return True


def _answer_inline_query(telegram: Telegram, form: Form) -> bool:
    results = form.json("results", "inline query results")
    if not isinstance(results, list):
        raise bad_request("can't parse inline query results: expected an Array of InlineQueryResult")
    button = form.json("button", "inline query results button")
    telegram.offer(form.text("inline_query_id"), tuple(_result(result) for result in results), button)
    return True


def _set_message_reaction(telegram: Telegram, form: Form) -> bool:
    reactions = form.json("reaction", "reaction types") or []
    if not isinstance(reactions, list) or not all(
        isinstance(one, dict) and one.get("type") == "emoji" and isinstance(one.get("emoji"), str) for one in reactions
    ):
        raise bad_request("can't parse reaction types: invalid type specified")
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    telegram.set_reaction(_chat_id(form), _message_id(form), "".join(one["emoji"] for one in reactions))
    return True


def _get_file(telegram: Telegram, form: Form) -> Json:
    file = telegram.files.get(form.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    return file.as_json() | {"file_path": file.id}


def _set_my_commands(telegram: Telegram, form: Form) -> bool:
    commands = form.json("commands", "commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    telegram.set_commands(_scope(form), form.text("language_code"), [_command(command) for command in commands])
    return True


def _get_my_commands(telegram: Telegram, form: Form) -> list[Json]:
    return telegram.commands(_scope(form), form.text("language_code"))


def _delete_my_commands(telegram: Telegram, form: Form) -> bool:
    telegram.set_commands(_scope(form), form.text("language_code"), [])
    return True


_METHODS: Final[dict[str, Callable[[Telegram, Form], Any]]] = {
    "getme": _get_me,
    "getupdates": _get_updates,
    "setwebhook": _set_webhook,
    "deletewebhook": _delete_webhook,
    "getwebhookinfo": _get_webhook_info,
    "sendmessage": _send_message,
    "sendphoto": _send_photo,
    "senddocument": _send_document,
    "sendchataction": _send_chat_action,
    "editmessagetext": _edit_message_text,
    "editmessagecaption": _edit_message_caption,
    "editmessagemedia": _edit_message_media,
    "editmessagereplymarkup": _edit_message_reply_markup,
    "deletemessage": _delete_message,
    "answercallbackquery": _answer_callback_query,
    "answerinlinequery": _answer_inline_query,
    "setmessagereaction": _set_message_reaction,
    "getfile": _get_file,
    "setmycommands": _set_my_commands,
    "getmycommands": _get_my_commands,
    "deletemycommands": _delete_my_commands,
}


def _allow(telegram: Telegram, form: Form) -> None:
    kinds = form.json("allowed_updates", "allowed updates")
    if isinstance(kinds, list):
        telegram.updates.allow([kind for kind in kinds if isinstance(kind, str)])


def _send(telegram: Telegram, form: Form, body: Formatted, media: Media | None) -> Json:
    keyboard, reply = _keyboard(form), _reply(form)
    return telegram.send(_chat_id(form), body, media=media, reply=reply, keyboard=keyboard).as_json()


def _chat_id(form: Form) -> int:
    if not form.text("chat_id"):
        raise bad_request("chat_id is empty")
    return form.number("chat_id")


def _message_id(form: Form) -> int:
    if not form.text("message_id"):
        raise bad_request("message identifier is not specified")
    return form.number("message_id")


def _body(form: Form, text: str, entities: str) -> Formatted:
    source, mode = form.text(text), form.text("parse_mode").lower()
    if mode == "html":
        try:
            return parse_html(source)
        except EntityError as error:
            raise bad_request(f"can't parse entities: {error}") from None
    if mode:
        raise bad_request("unsupported parse_mode")
    named = form.json(entities, "message entities") or []
    return given(source, (entity for entity in named if isinstance(entity, dict)))


def _reply(form: Form) -> Reply | None:
    named = form.json("reply_parameters", "reply parameters")
    if named is None:
        return None
    if not isinstance(named, dict):
        raise bad_request("object expected as reply parameters")
    parameters = Form(named)
    return Reply(_message_id(parameters), optional=parameters.truth("allow_sending_without_reply"))


def _keyboard(form: Form) -> Keyboard:
    """The inline keyboard; keyboards of other kinds change nothing in a message, and are not shown here."""
    markup = form.json("reply_markup", "reply keyboard markup")
    if markup is None:
        return []
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" must be of type Array of Arrays')
    return [[_button(button) for button in row] for row in rows if row]


def _button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: expected an Object")
    if not isinstance(button.get("text"), str) or not button["text"]:
        raise bad_request('can\'t parse inline keyboard button: field "text" must be a non-empty String')
    if len(button) < 2:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= MOST_BUTTON_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    return button


def _result(result: Any) -> Result:
    """One result of an inline query; of Telegram's kinds only an article with a text to send is known here."""
    if not isinstance(result, dict) or result.get("type") != "article":
        raise bad_request("can't parse inline query result: unallowed result type")
    fields = Form(result)
    id_, title = fields.text("id"), fields.text("title")
    if not 1 <= len(id_.encode()) <= MOST_BUTTON_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    if not title:
        raise bad_request("can't parse inline query result: title must be non-empty")
    content = fields.json("input_message_content", "input message content")
    if not isinstance(content, dict) or not content.get("message_text"):
        raise bad_request("message text is empty")
    body = _body(Form(content), "message_text", "entities")
    return Result(id_, title, fields.text("description"), body, _keyboard(fields))


def _file(telegram: Telegram, form: Form, name: str, value: str) -> File:
    """The file that a parameter means: sent along, in the field of its name or in `attach://FIELD`, or known by id."""
    upload = form.files.get(value.removeprefix("attach://") if value else name)
    if upload is not None:
        if not upload.data:
            raise bad_request("file must be non-empty")
        mime = mimetypes.guess_type(upload.name)[0] or upload.mime
        return telegram.keep(upload.data, upload.name, mime)
    if not value:
        raise bad_request(f"there is no {name} in the request")
    if value not in telegram.files:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return telegram.files[value]


def _scope(form: Form) -> str:
    """The scope of commands as one word: `default`, `all_private_chats`, `chat:ID`, …"""
    scope = form.json("scope", "BotCommandScope") or {"type": "default"}
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators"):
        return str(kind)
    if kind not in ("chat", "chat_administrators", "chat_member"):
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    fields = Form(scope)
    member = f":{fields.number('user_id')}" if kind == "chat_member" else ""
    return f"{kind}:{_chat_id(fields)}{member}"


def _command(command: Any) -> Json:
    name, description = (
        (str(command.get("command", "")).removeprefix("/"), str(command.get("description", "")))
        if isinstance(command, dict)
        else ("", "")
    )
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}
