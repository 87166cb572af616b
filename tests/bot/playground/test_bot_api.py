"""The Bot API over HTTP: python-telegram-bot gets full objects, and each rule is enforced in Telegram's words."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputMediaDocument,
    InputMediaPhoto,
    InputTextMessageContent,
    Message,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, Conflict, InvalidToken
from telegram.request import HTTPXRequest

from bot.playground.chats import ADMIN, PEOPLE
from bot.playground.refusal import Refusal
from bot.playground.server import Playground

Ask = Callable[..., Awaitable[httpx.Response]]
Png = Callable[[int, int], bytes]

ANA, BEN = (person.id for person in PEOPLE[:2])


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=label) for label in labels]])


@pytest.fixture
def hello(playground: Playground) -> int:
    """Ana has written; the id of her message."""
    return playground.telegram.write(ANA, "hello").id


async def refused(response: Awaitable[httpx.Response], code: int = 400) -> str:
    """The description of an error, which must be in Telegram's form."""
    answer = await response
    content = answer.json()
    assert (answer.status_code, content["ok"], content["error_code"]) == (code, False, code)
    description = content["description"]
    assert isinstance(description, str)
    return description


# Tokens and methods


async def test_get_me(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot) == (7_000_000_000, "feelback_bot", True)


async def test_wrong_tokens(http: httpx.AsyncClient, playground: Playground) -> None:
    assert await refused(http.post("/bot7000000000:wrong/getMe"), 401) == "Unauthorized"
    assert await refused(http.post("/botnonsense/getMe"), 404) == "Not Found"
    assert (await http.get("/file/bot7000000000:wrong/file-1")).status_code == 401
    async with HTTPXRequest() as request:
        with pytest.raises(InvalidToken):
            await Bot("7000000000:wrong", f"{playground.url}/bot", request=request).get_me()


async def test_methods_go_by_any_case_and_unknown_ones_are_not_found(ask: Ask) -> None:
    assert (await ask("GETME")).json()["ok"]
    assert await refused(ask("setMyDescription", description="x"), 404) == "Not Found"


async def test_any_form_of_a_request_will_do(http: httpx.AsyncClient, playground: Playground, hello: int) -> None:
    path, fields = f"/bot{playground.token}/sendMessage", {"chat_id": str(ANA), "text": "grüß dich"}
    answers = [
        await http.get(path, params=fields),
        await http.post(path, data=fields),
        await http.post(path, json=fields),
        await http.post(path, data=fields, files={"unused": b""}),
    ]
    assert [answer.json()["result"]["text"] for answer in answers] == ["grüß dich"] * 4


# Updates


async def test_a_long_poll_wakes_on_a_message(bot: Bot, playground: Playground) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    ana = playground.person("Ana")
    await until_polled(playground)
    message = await ana.writes("hello")
    (update,) = await poll
    assert update.message is not None
    assert (update.message.message_id, update.message.text) == (message.id, "hello")
    assert await bot.get_updates(offset=update.update_id + 1) == ()


async def test_a_second_poller_ends_the_first(bot: Bot, ask: Ask, playground: Playground) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await until_polled(playground)
    assert (await ask("getUpdates")).json()["result"] == []
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await first


async def test_only_wanted_updates_come(bot: Bot, playground: Playground, hello: int) -> None:
    await bot.get_updates(offset=-1, allowed_updates=["callback_query"])
    playground.telegram.write(ANA, "unwanted")
    await bot.send_message(ANA, "x", reply_markup=keyboard("a"))
    playground.telegram.tap(ANA, 3, 0, 0)
    kinds = [kind for update in await bot.get_updates() for kind in update.to_dict() if kind != "update_id"]
    assert kinds == ["message", "callback_query"]


async def test_many_people_at_once_are_each_told_apart(bot: Bot, playground: Playground) -> None:
    people = [playground.person(person.first_name) for person in PEOPLE]
    await asyncio.gather(*(person.writes(f"{number}") for person in people for number in range(20)))
    updates = [*await bot.get_updates(limit=60), *await bot.get_updates(offset=61)]
    assert [update.update_id for update in updates] == list(range(1, 101))
    for person in people:
        theirs = [
            update.message for update in updates if update.effective_user and update.effective_user.id == person.id
        ]
        assert [message and (message.message_id, message.text) for message in theirs] == [
            (number + 1, f"{number}") for number in range(20)
        ]


async def test_a_webhook_stops_polling_until_it_is_deleted(bot: Bot, playground: Playground, hello: int) -> None:
    assert await bot.set_webhook("https://example.org/hook")
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("https://example.org/hook", 1)
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    assert await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


# Messages


async def test_send_message_gives_the_message_back(bot: Bot, hello: int) -> None:
    message = await bot.send_message(
        ANA,
        "<b>joy</b> &amp; 😀",
        parse_mode="HTML",
        reply_parameters=ReplyParameters(hello),
        reply_markup=keyboard("a"),
    )
    assert (message.message_id, message.text, message.text_html) == (2, "joy & 😀", "<b>joy</b> &amp; 😀")
    assert message.reply_to_message is not None
    assert (message.reply_to_message.text, message.reply_to_message.reply_to_message) == ("hello", None)
    assert message.reply_markup == keyboard("a")
    assert message.from_user == await bot.get_me()


async def test_send_message_refuses(ask: Ask, hello: int) -> None:
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"chat_id": ""}, "Bad Request: chat_id is empty"),
        ({"chat_id": "@nobody"}, "Bad Request: chat not found"),
        ({"chat_id": 12}, "Bad Request: chat not found"),
        ({"chat_id": BEN}, "Bad Request: chat not found"),
        ({"text": ""}, "Bad Request: message text is empty"),
        ({"text": " \n "}, "Bad Request: message text is empty"),
        ({"text": "x" * 4097}, "Bad Request: message is too long"),
        ({"text": "😀" * 2049}, "Bad Request: message is too long"),
        ({"text": "<i>x", "parse_mode": "HTML"}, "Bad Request: can't parse entities: "),
        ({"parse_mode": "Sorcery"}, "Bad Request: unsupported parse_mode"),
        ({"entities": "["}, "Bad Request: can't parse message entities JSON object"),
        ({"reply_parameters": {"message_id": 99}}, "Bad Request: message to be replied not found"),
        ({"reply_parameters": {}}, "Bad Request: message identifier is not specified"),
        ({"reply_parameters": [1]}, "Bad Request: object expected as reply parameters"),
        ({"reply_markup": "x"}, "Bad Request: can't parse reply keyboard markup JSON object"),
        ({"reply_markup": [1]}, "Bad Request: object expected as reply markup"),
        ({"reply_markup": {"inline_keyboard": [1]}}, 'Bad Request: field "inline_keyboard" must be of type Array'),
    ]
    for parameters, words in refusals:
        description = await refused(ask("sendMessage", **{"chat_id": ANA, "text": "x"} | parameters))
        assert description.startswith(words), parameters


async def test_the_longest_text_is_counted_after_its_marks_are_read(bot: Bot, hello: int) -> None:
    assert (await bot.send_message(ANA, f"<b>{'😀' * 2047}&lt;x</b>", parse_mode="HTML")).text == "😀" * 2047 + "<x"


async def test_a_reply_to_a_message_that_is_gone_may_be_sent_without_it(bot: Bot, hello: int) -> None:
    await bot.delete_message(ANA, hello)
    message = await bot.send_message(
        ANA, "x", reply_parameters=ReplyParameters(hello, allow_sending_without_reply=True)
    )
    assert message.reply_to_message is None


async def test_buttons_are_checked(ask: Ask, hello: int) -> None:
    refusals: list[tuple[Any, str]] = [
        ({"text": "a", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "a"}, "Text buttons are unallowed in the inline keyboard"),
        ({"text": "", "callback_data": "a"}, 'field "text" must be a non-empty String'),
        ("a", "expected an Object"),
    ]
    for button, words in refusals:
        markup = {"inline_keyboard": [[button]]}
        assert (await refused(ask("sendMessage", chat_id=ANA, text="x", reply_markup=markup))).endswith(words), button


async def test_64_bytes_of_button_data_are_enough_and_come_back(bot: Bot, playground: Playground, hello: int) -> None:
    data = "é" * 32
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("a", callback_data=data)]])
    message = await bot.send_message(ANA, "x", reply_markup=markup)
    playground.telegram.tap(ANA, message.message_id, 0, 0)
    *_, update = await bot.get_updates()
    assert update.callback_query is not None
    assert update.callback_query.data == data


async def test_edits_change_the_message_in_its_place(bot: Bot, playground: Playground, hello: int) -> None:
    message = await bot.send_message(ANA, "one", reply_markup=keyboard("a"))
    buttons = await bot.edit_message_reply_markup(ANA, message.message_id, reply_markup=keyboard("b"))
    assert isinstance(buttons, Message)
    assert (buttons.text, buttons.reply_markup, buttons.edit_date) == ("one", keyboard("b"), None)
    edited = await bot.edit_message_text("<i>two</i>", ANA, message.message_id, parse_mode="HTML")
    assert isinstance(edited, Message)
    assert (edited.text_html, edited.reply_markup) == ("<i>two</i>", None)
    assert edited.edit_date is not None
    assert [known.text for known in playground.person("Ana").chat.messages.values()] == ["hello", "two"]


async def test_edits_are_refused(ask: Ask, bot: Bot, hello: int) -> None:
    message = await bot.send_message(ANA, "one", reply_markup=keyboard("a"))
    same = {"chat_id": ANA, "message_id": message.message_id, "reply_markup": keyboard("a").to_json()}
    not_modified = (
        "Bad Request: message is not modified: specified new message content and reply markup "
        "are exactly the same as a current content and reply markup of the message"
    )
    assert await refused(ask("editMessageText", **same, text=" one")) == not_modified
    assert await refused(ask("editMessageReplyMarkup", **same)) == not_modified
    assert await refused(ask("editMessageText", **same, text="")) == "Bad Request: message text is empty"
    assert await refused(ask("editMessageText", **same, text="x" * 4097)) == "Bad Request: message is too long"
    assert (
        await refused(ask("editMessageCaption", **same, caption="x"))
        == "Bad Request: there is no caption in the message to edit"
    )
    edit = {"chat_id": ANA, "text": "x"}
    assert await refused(ask("editMessageText", **edit)) == "Bad Request: message identifier is not specified"
    assert await refused(ask("editMessageText", **edit, message_id=9)) == "Bad Request: message to edit not found"
    assert await refused(ask("editMessageText", **edit, message_id=hello)) == "Bad Request: message can't be edited"


async def test_delete_message(bot: Bot, ask: Ask, playground: Playground, hello: int) -> None:
    assert await bot.delete_message(ANA, hello)
    assert playground.person("Ana").chat.messages == {}
    assert await refused(ask("deleteMessage", chat_id=ANA, message_id=hello)) == (
        "Bad Request: message to delete not found"
    )


async def test_chat_actions(bot: Bot, ask: Ask, hello: int) -> None:
    assert await bot.send_chat_action(ANA, "typing")
    assert await bot.send_chat_action(ANA, "upload_photo")
    assert await refused(ask("sendChatAction", chat_id=ANA, action="juggle")) == (
        "Bad Request: wrong parameter action in request"
    )


# Taps


async def test_a_tap_carries_the_message_and_what_that_replies_to(bot: Bot, playground: Playground, hello: int) -> None:
    message = await bot.send_message(ANA, "x", reply_markup=keyboard("a"), reply_parameters=ReplyParameters(hello))
    tap = playground.telegram.tap(ANA, message.message_id, 0, 0)
    *_, update = await bot.get_updates()
    query = update.callback_query
    assert query is not None
    assert isinstance(query.message, Message)
    assert query.message.reply_to_message is not None
    assert (query.id, query.from_user.id, query.message.reply_to_message.text) == (tap.id, ANA, "hello")
    assert await query.answer("thanks", show_alert=True)
    assert (tap.answered, tap.text, tap.alert) == (True, "thanks", True)


async def test_answers_are_refused(bot: Bot, ask: Ask, playground: Playground, hello: int) -> None:
    message = await bot.send_message(ANA, "x", reply_markup=keyboard("a"))
    tap = playground.telegram.tap(ANA, message.message_id, 0, 0)
    assert await refused(ask("answerCallbackQuery", callback_query_id=tap.id, text="x" * 201)) == (
        "Bad Request: MESSAGE_TOO_LONG"
    )
    assert await bot.answer_callback_query(tap.id)
    for wrong in (tap.id, "99", ""):
        assert await refused(ask("answerCallbackQuery", callback_query_id=wrong)) == (
            "Bad Request: query is too old and response timeout expired or query ID is invalid"
        )


# Files


# Inline mode and reactions


def article(id_: str = "1", text: str = "<b>Joy</b>", **more: Any) -> dict[str, Any]:
    content = {"message_text": text, "parse_mode": "HTML"}
    return {"type": "article", "id": id_, "title": "Joy", "input_message_content": content} | more


async def test_an_inline_query_is_answered_and_what_is_chosen_is_sent(bot: Bot, playground: Playground) -> None:
    telegram = playground.telegram
    query = telegram.ask(telegram.group.id, "so happy", by=PEOPLE[0])
    (update,) = await bot.get_updates()
    assert update.inline_query is not None
    assert (update.inline_query.query, update.inline_query.chat_type) == ("so happy", "supergroup")
    content = InputTextMessageContent("<b>Joy</b>", parse_mode="HTML")
    joy = InlineQueryResultArticle("1", "😊 Joy", content, reply_markup=keyboard("why"), description="80 %")
    more = InlineQueryResultsButton("How it works", start_parameter="help")
    assert await update.inline_query.answer([joy], cache_time=0, is_personal=True, button=more)
    assert query.button == more.to_dict()
    assert [(result.title, result.description) for result in query.results] == [("😊 Joy", "80 %")]
    message = telegram.choose(query.id, "1")
    telegram.tap(telegram.group.id, message.id, 0, 0, by=PEOPLE[1])
    sent, tapped = await bot.get_updates(offset=update.update_id + 1)
    assert sent.message is not None
    assert sent.message.from_user is not None
    assert sent.message.via_bot is not None
    assert (sent.message.text_html, sent.message.from_user.id) == ("<b>Joy</b>", ANA)
    assert tapped.callback_query is not None
    assert (tapped.callback_query.message, tapped.callback_query.data) == (None, "why")
    assert tapped.callback_query.inline_message_id
    with pytest.raises(Refusal, match="RESULT_ID_INVALID"):
        telegram.choose(query.id, "2")


async def test_answers_to_inline_queries_are_refused(ask: Ask, playground: Playground) -> None:
    query = playground.telegram.ask(ANA, "so happy")
    for results, why in [
        ("{", "parse"),
        ({}, "expected an Array"),
        ([{"type": "game", "id": "1"}], "unallowed result type"),
        ([article(id_="")], "RESULT_ID_INVALID"),
        ([article(id_="x" * 65)], "RESULT_ID_INVALID"),
        ([article(title="")], "title must be non-empty"),
        ([article(text="")], "message text is empty"),
        ([article(text="<b>")], "parse entities"),
        ([article(), article()], "RESULT_ID_DUPLICATE"),
        ([article(str(number)) for number in range(51)], "RESULTS_TOO_MUCH"),
    ]:
        assert why in await refused(ask("answerInlineQuery", inline_query_id=query.id, results=results))
    assert (await ask("answerInlineQuery", inline_query_id=query.id, results=[])).json()["ok"]
    assert "query is too old" in await refused(ask("answerInlineQuery", inline_query_id=query.id, results=[]))


async def test_the_bot_reacts(bot: Bot, ask: Ask, playground: Playground, hello: int) -> None:
    reactions = playground.telegram.chats[ANA].messages[hello].reactions
    assert await bot.set_message_reaction(ANA, hello, "👀")
    assert reactions == {bot.id: "👀"}
    assert await bot.set_message_reaction(ANA, hello)
    assert reactions == {}
    for given, why in [
        ([{"type": "emoji", "emoji": "🧦"}], "REACTION_INVALID"),
        ([{"type": "emoji", "emoji": "👍"}] * 2, "REACTIONS_TOO_MANY"),
        ([{"type": "paid"}], "invalid type"),
    ]:
        assert why in await refused(ask("setMessageReaction", chat_id=ANA, message_id=hello, reaction=given))
    assert "not found" in await refused(ask("setMessageReaction", chat_id=ANA, message_id=99))


async def test_photos_are_sent_kept_and_sent_again(bot: Bot, hello: int, png: Png) -> None:
    message = await bot.send_photo(
        ANA, png(30, 20), caption="<b>mood</b>", parse_mode="HTML", reply_markup=keyboard("a")
    )
    assert (message.caption_html, message.photo[-1].width, message.photo[-1].height) == ("<b>mood</b>", 30, 20)
    assert message.text is None
    file = await bot.get_file(message.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == png(30, 20)
    again = await bot.send_photo(ANA, message.photo[-1].file_id)
    assert again.photo == message.photo


async def test_documents(bot: Bot, hello: int) -> None:
    message = await bot.send_document(ANA, b'{"a": 1}', filename="export.json", caption="yours")
    assert message.document is not None
    assert (message.document.file_name, message.document.mime_type) == ("export.json", "application/json")
    assert (message.document.file_size, message.caption) == (8, "yours")


async def test_media_captions_and_kinds_can_be_edited(bot: Bot, ask: Ask, hello: int, png: Png) -> None:
    message = await bot.send_photo(ANA, png(3, 2), caption="one")
    edited = await bot.edit_message_caption(ANA, message.message_id, caption="two")
    assert isinstance(edited, Message)
    assert (edited.caption, edited.photo) == ("two", message.photo)
    assert await refused(ask("editMessageText", chat_id=ANA, message_id=2, text="x")) == (
        "Bad Request: there is no text in the message to edit"
    )
    photo = await bot.edit_message_media(InputMediaPhoto(png(6, 4), caption="three"), ANA, message.message_id)
    assert isinstance(photo, Message)
    assert (photo.caption, photo.photo[-1].width) == ("three", 6)
    document = await bot.edit_message_media(InputMediaDocument(b"x", filename="x.csv"), ANA, message.message_id)
    assert isinstance(document, Message)
    assert document.document is not None
    assert (document.document.file_name, document.photo, document.caption) == ("x.csv", (), None)
    text = await bot.send_message(ANA, "a text that gets a picture")
    assert await bot.edit_message_media(InputMediaPhoto(png(3, 2)), ANA, text.message_id)


async def test_files_are_refused(bot: Bot, ask: Ask, hello: int, png: Png) -> None:
    assert await refused(ask("sendPhoto", chat_id=ANA)) == "Bad Request: there is no photo in the request"
    assert await refused(ask("sendDocument", chat_id=ANA, document="file-99")) == (
        "Bad Request: wrong file identifier/HTTP URL specified"
    )
    assert await refused(ask("getFile", file_id="file-99")) == "Bad Request: invalid file_id"
    assert await refused(ask("editMessageMedia", chat_id=ANA, message_id=1, media={"type": "sticker"})) == (
        "Bad Request: can't parse InputMedia: type must be specified"
    )
    for data, words in [
        (b"not a picture", "image_process_failed"),
        (b"", "file must be non-empty"),
        (png(1, 21), "photo_invalid_dimensions"),
        (png(9_000, 1_001), "photo_invalid_dimensions"),
    ]:
        with pytest.raises(BadRequest, match=f"(?i){words}"):
            await bot.send_photo(ANA, data)
    with pytest.raises(BadRequest, match=r"(?i)message caption is too long"):
        await bot.send_photo(ANA, png(3, 2), caption="x" * 1025)


# Commands


async def test_commands_by_scope_and_language(bot: Bot, playground: Playground) -> None:
    commands = [BotCommand("start", "Say hello"), BotCommand("help", "What I can do")]
    assert await bot.set_my_commands(commands)
    assert await bot.set_my_commands([BotCommand("start", "Привет")], language_code="ru")
    assert await bot.get_my_commands() == tuple(commands)
    assert await bot.get_my_commands(scope=BotCommandScopeAllPrivateChats()) == ()
    playground.telegram.write(ADMIN.id, "/start")
    assert await bot.set_my_commands([BotCommand("stats", "Figures")], scope=BotCommandScopeChat(ADMIN.id))
    menus = {name: playground.person(name).chat for name in ("Ana", "Dana", "Ada")}
    assert {name: playground.telegram.menu(chat)[0]["description"] for name, chat in menus.items()} == {
        "Ana": "Say hello",
        "Dana": "Привет",
        "Ada": "Figures",
    }
    assert await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()


async def test_commands_are_checked(ask: Ask) -> None:
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"commands": [{"command": "Start", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "x" * 33, "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": ["start"]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "start", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": f"c{n}", "description": "x"} for n in range(101)]}, "BOT_COMMANDS_TOO_MUCH"),
        ({}, "can't parse commands: expected an Array of BotCommand"),
        ({"commands": [], "scope": {"type": "moon"}}, "can't parse BotCommandScope: unsupported type specified"),
        ({"commands": [], "scope": {"type": "chat", "chat_id": BEN}}, "chat not found"),
    ]
    for parameters, words in refusals:
        assert await refused(ask("setMyCommands", **parameters)) == f"Bad Request: {words}", parameters


async def test_lone_surrogates_reach_the_bot_as_json_escapes(ask: Ask, playground: Playground) -> None:
    playground.telegram.write(ANA, "\ud83d")
    answer = await ask("getUpdates")
    assert json.loads(answer.content)["result"][0]["message"]["text"] == "\ud83d"
    assert Update.de_json(answer.json()["result"][0]).message is not None


async def until_polled(playground: Playground) -> None:
    """Wait until the server holds a poll."""
    while playground.telegram.updates._poll is None:  # noqa: ASYNC110
        await asyncio.sleep(0)
