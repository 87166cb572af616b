"""The state: deterministic ids, menus by scope and language, who follows, what a person can do."""

import asyncio
from itertools import count

import pytest
import telegram as ptb
from telegram.constants import ReactionEmoji

from bot.playground.chats import ADMIN, PEOPLE, REACTIONS, Kind
from bot.playground.entities import Formatted
from bot.playground.refusal import Refusal
from bot.playground.telegram import Telegram

ANA, BEN = (person.id for person in PEOPLE[:2])


@pytest.fixture
def telegram() -> Telegram:
    return Telegram(clock=count(1_700_000_000).__next__)


def command(name: str) -> dict[str, str]:
    return {"command": name, "description": name}


def test_the_same_acts_give_the_same_state() -> None:
    def play() -> object:
        telegram = Telegram(clock=lambda: 0)
        telegram.write(ANA, "hello")
        telegram.send(ANA, Formatted("hi"), keyboard=[[{"text": "a", "callback_data": "b"}]])
        telegram.tap(ANA, 2, 0, 0)
        return telegram.snapshot(10), list(telegram.updates._waiting)

    assert play() == play()


def test_message_ids_rise_in_each_chat_by_itself(telegram: Telegram) -> None:
    assert [telegram.write(chat, "x").id for chat in (ANA, ANA, BEN)] == [1, 2, 1]
    telegram.remove(ANA, 2)
    assert telegram.write(ANA, "x").id == 3


async def test_ids_can_go_on_from_where_another_telegram_ended() -> None:
    telegram = Telegram(last_id=41)
    with pytest.raises(Refusal, match="chat not found"):
        telegram.send(ANA, Formatted("x"))
    assert telegram.write(ANA, "x").id == 42
    assert [update["update_id"] for update in await telegram.updates.collect()] == [42]


def test_the_people_differ_in_language_and_one_is_seen_to_be_the_admin() -> None:
    assert {"en", "ru"} <= {person.language_code for person in PEOPLE}
    assert "admin" in ADMIN.name
    assert all(person.id > 2**32 for person in PEOPLE)


async def test_python_telegram_bot_reads_every_update(telegram: Telegram) -> None:
    original = telegram.write(ANA, "/start now")
    body = Formatted("joy", ({"type": "bold", "offset": 0, "length": 3},))
    keyboard = [[{"text": "joy", "callback_data": "1"}]]
    reply = telegram.send(ANA, body, keyboard=keyboard)
    reply.reply_to = original
    telegram.tap(ANA, reply.id, 0, 0)
    message, query = [ptb.Update.de_json(update) for update in await telegram.updates.collect()]
    assert message.message is not None
    assert message.message.from_user is not None
    assert message.message.chat.type == "private"
    assert message.message.from_user.language_code == "en"
    assert message.message.parse_entities() == {message.message.entities[0]: "/start"}
    assert query.callback_query is not None
    assert isinstance(query.callback_query.message, ptb.Message)
    assert query.callback_query.data == "1"
    assert query.callback_query.message.text_html == "<b>joy</b>"
    assert query.callback_query.message.reply_to_message == message.message
    assert message.message.message_id == original.id


async def test_a_message_that_is_gone_or_too_old_is_not_in_the_tap_on_its_reply(telegram: Telegram) -> None:
    keyboard = [[{"text": "joy", "callback_data": "1"}]]
    original = telegram.write(ANA, "hello")
    reply = telegram.send(ANA, Formatted("joy"), keyboard=keyboard)
    reply.reply_to = original
    telegram.remove(ANA, original.id)
    telegram.tap(ANA, reply.id, 0, 0)
    telegram.make_inaccessible(ANA)
    telegram.tap(ANA, reply.id, 0, 0)
    _, first, second = [ptb.Update.de_json(update).callback_query for update in await telegram.updates.collect()]
    assert first is not None
    assert isinstance(first.message, ptb.Message)
    assert first.message.reply_to_message is None
    assert second is not None
    assert second.message is not None
    assert not second.message.is_accessible
    assert second.message.message_id == reply.id


@pytest.mark.parametrize("place", [(9, 0, 0), (1, 0, 0), (2, 0, 1), (2, 1, 0), (2, 0, 0)])
def test_only_buttons_that_call_the_bot_can_be_pressed(telegram: Telegram, place: tuple[int, int, int]) -> None:
    telegram.write(ANA, "hello")
    telegram.send(ANA, Formatted("look"), keyboard=[[{"text": "a", "url": "https://example.org"}]])
    with pytest.raises(Refusal, match="button not found"):
        telegram.tap(ANA, *place)


@pytest.mark.parametrize("text", ["", " \n", "x" * 4097, "😀" * 2049])
def test_people_cannot_send_what_their_app_would_not(telegram: Telegram, text: str) -> None:
    with pytest.raises(Refusal):
        telegram.write(ANA, text)
    assert len(telegram.updates) == 0


def test_the_menu_is_the_narrowest_scope_with_the_persons_language_first(telegram: Telegram) -> None:
    ana, dana, ada = (telegram.chats[person.id] for person in (PEOPLE[0], PEOPLE[3], ADMIN))
    telegram.write(ADMIN.id, "/start")
    telegram.set_commands("default", "", [command("help")])
    telegram.set_commands("default", "ru", [command("pomosh")])
    telegram.set_commands("all_private_chats", "", [command("private")])
    telegram.set_commands(f"chat:{ADMIN.id}", "", [command("stats")])
    assert [telegram.menu(chat)[0]["command"] for chat in (ana, dana, ada)] == ["private", "private", "stats"]
    telegram.set_commands("all_private_chats", "", [])
    assert [telegram.menu(chat)[0]["command"] for chat in (ana, dana, ada)] == ["help", "pomosh", "stats"]


async def test_followers_get_every_change_and_then_the_end(telegram: Telegram) -> None:
    with telegram.follow() as events:
        telegram.write(ANA, "hello")
        telegram.act(ANA, "typing")
        telegram.remove(ANA, 1)
        told = [await events.get() for _ in range(3)]
        telegram.close()
        assert await events.get() is None
    assert [event and event["type"] for event in told] == ["message", "action", "removed"]
    with telegram.follow() as events:
        assert await events.get() is None


async def test_a_follower_that_falls_behind_is_let_go(telegram: Telegram) -> None:
    telegram.write(ANA, "hello")
    with telegram.follow() as events:
        for _ in range(10_001):
            telegram.act(ANA, "typing")
        assert events.get_nowait() is None
        with pytest.raises(asyncio.QueueEmpty):
            events.get_nowait()


async def update(telegram: Telegram) -> ptb.Update:
    """The one update that waits, as python-telegram-bot reads it."""
    (update,) = await telegram.updates.collect()
    telegram.updates.drop()
    return ptb.Update.de_json(update)


@pytest.mark.parametrize("kind", ["document", "voice", "sticker", "video"])
async def test_files_of_people(telegram: Telegram, kind: Kind) -> None:
    media = telegram.attach(kind, b"data", "diary.bin")
    telegram.write(ANA, "" if kind == "sticker" else "look", media=media)
    message = (await update(telegram)).message
    assert message is not None
    assert message.effective_attachment is not None
    assert (message.effective_attachment, message.caption) == (message[kind], None if kind == "sticker" else "look")
    with pytest.raises(Refusal):
        telegram.write(ANA, "a caption", media=telegram.attach("sticker", b"data"))


async def test_edits_and_who_may_make_them(telegram: Telegram) -> None:
    message = telegram.write(ANA, "hello")
    telegram.updates.drop()
    telegram.edit(ANA, message.id, "good morning")
    edited = (await update(telegram)).edited_message
    assert edited is not None
    assert edited.edit_date is not None
    assert (edited.text, edited.message_id) == ("good morning", message.id)
    told = telegram.write(telegram.group.id, "hello", by=PEOPLE[0])
    for chat, id_, text, by in (
        (ANA, message.id, "good morning", 0),
        (telegram.group.id, told.id, "bye", 1),
        (ANA, telegram.send(ANA, Formatted("x")).id, "y", 0),
        (ANA, telegram.forward(ANA, told).id, "y", 0),
    ):
        with pytest.raises(Refusal):
            telegram.edit(chat, id_, text, by=PEOPLE[by])


async def test_forwards_say_where_they_come_from(telegram: Telegram) -> None:
    group, channel = telegram.group, telegram.channel
    of_ben = telegram.write(group.id, "hello", by=PEOPLE[1])
    of_group = telegram.write(group.id, "hello", by=ADMIN, written_as=group)
    of_channel = telegram.write(channel.id, "hello", by=ADMIN)
    telegram.updates.drop()
    kinds = []
    for original, hidden in ((of_ben, False), (of_ben, True), (of_group, False), (of_channel, False)):
        telegram.forward(ANA, telegram.forward(BEN, original, hidden=hidden))
        (_, last) = await telegram.updates.collect()
        telegram.updates.drop()
        message = ptb.Update.de_json(last).message
        assert message is not None
        assert message.text == "hello"
        kinds.append(type(message.forward_origin))
    assert kinds == [
        ptb.MessageOriginUser,
        ptb.MessageOriginHiddenUser,
        ptb.MessageOriginChat,
        ptb.MessageOriginChannel,
    ]


async def test_a_reply_can_quote_a_part(telegram: Telegram) -> None:
    original = telegram.write(ANA, "😀 so happy and tired")
    telegram.updates.drop()
    telegram.write(ANA, "why?", reply_to=original.id, quote="tired")
    message = (await update(telegram)).message
    assert message is not None
    assert message.quote is not None
    assert (message.quote.text, message.quote.position) == ("tired", 16)
    with pytest.raises(Refusal, match="QUOTE_TEXT_INVALID"):
        telegram.write(ANA, "why?", reply_to=original.id, quote="sad")


async def test_admins_can_speak_as_their_group_or_channel(telegram: Telegram) -> None:
    group, channel = telegram.group, telegram.channel
    telegram.write(group.id, "/emotion", by=ADMIN, written_as=group)
    message = (await update(telegram)).message
    assert message is not None
    assert message.from_user is not None
    assert message.sender_chat == message.chat
    assert message.from_user.username == "GroupAnonymousBot"
    telegram.write(group.id, "/emotion", by=ADMIN, written_as=channel)
    message = (await update(telegram)).message
    assert message is not None
    assert message.sender_chat is not None
    assert message.sender_chat.title == channel.title
    telegram.write(channel.id, "hello", by=ADMIN)
    post = (await update(telegram)).channel_post
    assert post is not None
    assert (post.from_user, post.sender_chat) == (None, post.chat)
    with pytest.raises(Refusal, match="not enough rights"):
        telegram.write(group.id, "hello", by=PEOPLE[0], written_as=group)


async def test_reactions_are_told_if_asked_for_and_in_groups_to_admins(telegram: Telegram) -> None:
    message = telegram.write(ANA, "hello")
    told = telegram.send(telegram.group.id, Formatted("hello"))
    telegram.updates.drop()
    telegram.react(ANA, message.id, "👍")
    assert len(telegram.updates) == 0
    telegram.updates.allow(["message_reaction"])
    telegram.react(telegram.group.id, told.id, "👍", by=PEOPLE[0])
    assert len(telegram.updates) == 0
    telegram.group.bot_is_admin = True
    telegram.react(telegram.group.id, told.id, "👎", by=PEOPLE[0])
    reaction = (await update(telegram)).message_reaction
    assert reaction is not None
    assert reaction.user is not None
    assert reaction.chat.id == telegram.group.id
    assert (reaction.user.id, reaction.message_id) == (ANA, told.id)
    assert reaction.old_reaction == (ptb.ReactionTypeEmoji("👍"),)
    assert reaction.new_reaction == (ptb.ReactionTypeEmoji("👎"),)
    telegram.react(ANA, message.id)
    taken_back = (await update(telegram)).message_reaction
    assert taken_back is not None
    assert taken_back.new_reaction == ()
    telegram.react(ANA, message.id)
    assert len(telegram.updates) == 0
    with pytest.raises(Refusal, match="REACTION_INVALID"):
        telegram.react(ANA, message.id, "🧦")


def test_reactions_are_those_that_telegram_has() -> None:
    assert set(REACTIONS) == set(ReactionEmoji)


async def test_a_bot_that_is_blocked_is_told_and_can_not_write(telegram: Telegram) -> None:
    telegram.write(ANA, "hello")
    telegram.updates.drop()
    telegram.block(ANA)
    change = (await update(telegram)).my_chat_member
    assert change is not None
    assert change.new_chat_member.status == "kicked"
    with pytest.raises(Refusal, match="bot was blocked by the user"):
        telegram.send(ANA, Formatted("x"))
    telegram.block(ANA, blocked=False)
    telegram.send(ANA, Formatted("x"))


def test_only_members_act_in_a_group(telegram: Telegram) -> None:
    with pytest.raises(Refusal, match="not a member"):
        telegram.write(telegram.group.id, "hello")
    with pytest.raises(Refusal, match="not a member"):
        telegram.write(ANA, "hello", by=PEOPLE[1])


def test_the_menu_of_a_group_is_by_role(telegram: Telegram) -> None:
    group = telegram.group

    def menus() -> list[str]:
        return [telegram.menu(group, person)[0]["command"] for person in (PEOPLE[0], ADMIN)]

    telegram.set_commands("default", "", [command("help")])
    telegram.set_commands("all_private_chats", "", [command("private")])
    assert menus() == ["help", "help"]
    telegram.set_commands("all_group_chats", "", [command("emotion")])
    telegram.set_commands("all_chat_administrators", "", [command("admins")])
    assert menus() == ["emotion", "admins"]
    telegram.set_commands(f"chat:{group.id}", "", [command("here")])
    telegram.set_commands(f"chat_administrators:{group.id}", "", [command("bosses")])
    telegram.set_commands(f"chat_member:{group.id}:{ANA}", "", [command("ana")])
    assert menus() == ["ana", "bosses"]
