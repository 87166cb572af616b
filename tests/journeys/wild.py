"""All that a stranger can send: updates of every kind, well formed, broken, and of kinds that there are not yet."""

import copy
import re
from typing import Any

from hypothesis import strategies as st
from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler

from bot.handlers.routes import handlers
from bot.playground.chats import ADMIN, GROUP_ID, PEOPLE

MARK = "m4rk"
HAPPY = "i am so happy and thankful today"
KINDS = [*Update.ALL_TYPES, "something_new"]

numbers = st.integers() | st.sampled_from([0, -1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**30])
characters = st.text(st.characters(), max_size=30)
commands = sorted(
    command for handler in handlers([ADMIN.id]) if isinstance(handler, CommandHandler) for command in handler.commands
)
texts = st.one_of(
    characters,
    st.builds("/{} {}".format, st.sampled_from(commands), characters),
    characters.map(lambda text: f"<b>{MARK}</b><a href='x'>{text}&lt;"),
    st.sampled_from(["@feelback_bot", f"@Feelback_Bot <i>{MARK}</i> {HAPPY}", "/emotion", "/help@feelback_bot"]),
    st.sampled_from([f"/{MARK}", f"/start {MARK}", "/stats", "/retrain", "/forget@feelback_bot", "/", "//", "/\0"]),
    st.sampled_from(["😀" * 2048, "\u202e\u200b\u0301" * 100, "\0", "\ud83d", "a" * 4096, " \n\t", f"{MARK}\0<i>"]),
)
carried = [
    handler.pattern
    for handler in handlers([ADMIN.id])
    if isinstance(handler, CallbackQueryHandler) and isinstance(handler.pattern, re.Pattern)
]
"""Of each kind of button, the form of what it carries."""
data = st.one_of(
    texts,
    *(st.from_regex(pattern) for pattern in carried),
    st.builds(
        "{}:{}:{}".format, st.sampled_from("cukpfx"), numbers | characters, st.sampled_from("0369yn") | characters
    ),
    st.builds("{}:{}".format, st.sampled_from("cukpfx"), numbers | st.sampled_from("yn")),
)
anything = st.recursive(
    st.none() | st.booleans() | numbers | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KINDS) | characters, inner, max_size=3),
    max_leaves=5,
)
users = st.one_of(
    st.sampled_from([person.as_json() for person in PEOPLE]),
    st.fixed_dictionaries(
        {"id": numbers, "is_bot": st.booleans(), "first_name": texts},
        optional={"language_code": texts, "username": texts},
    ),
)
chats = st.one_of(
    st.sampled_from([{"id": person.id, "type": "private"} for person in PEOPLE]),
    st.just({"id": GROUP_ID, "type": "supergroup", "title": MARK}),
    st.fixed_dictionaries(
        {"id": numbers, "type": st.sampled_from(["private", "group", "supergroup", "channel", "new"])},
        optional={"title": texts},
    ),
)
entities = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["bot_command", "bold", "mention", "text_link", "new"]),
            "offset": st.integers(-5, 50),
            "length": st.integers(-5, 5000),
        }
    ),
    max_size=3,
)
messages: st.SearchStrategy[dict[str, Any]] = st.deferred(
    lambda: st.fixed_dictionaries(
        {"message_id": numbers, "date": st.integers(0, 2**32), "chat": chats},
        optional={
            "from": users,
            "text": texts,
            "caption": texts,
            "entities": entities | st.just([{"type": "bot_command", "offset": 0, "length": 6}]),
            "via_bot": users,
            "edit_date": numbers,
            "sender_chat": chats,
            "reply_to_message": messages,
            "new_chat_members": st.lists(users, max_size=2),
            "forward_origin": anything,
            "poll": anything,
            "migrate_to_chat_id": numbers,
        },
    )
)
taps = st.fixed_dictionaries(
    {"id": texts, "from": users, "chat_instance": texts},
    optional={"message": messages | st.just({"chat": {"id": 1}, "message_id": 1, "date": 0}), "data": data},
)

queries = st.fixed_dictionaries({"id": texts, "from": users, "query": texts, "offset": texts})
reactions = st.fixed_dictionaries(
    {
        "chat": chats,
        "message_id": numbers,
        "date": st.integers(0, 2**32),
        "old_reaction": st.just([]) | anything,
        "new_reaction": st.lists(
            st.sampled_from([{"type": "emoji", "emoji": face} for face in ("👍", "👎", "", MARK)]) | anything,
            max_size=2,
        ),
    },
    optional={"user": users, "actor_chat": chats},
)
CONTENTS = {"callback_query": taps, "inline_query": queries, "message_reaction": reactions} | {
    kind: messages for kind in KINDS if kind.endswith(("message", "post"))
}


@st.composite
def updates(draw: st.DrawFn) -> dict[str, Any]:
    """An update of any kind, mostly well formed, with up to two things in it replaced or taken out."""
    kind = draw(st.sampled_from(KINDS) | st.sampled_from(["edited_message", "message", *CONTENTS]))
    content = draw(CONTENTS.get(kind, anything))
    update = {kind: copy.deepcopy(content)}
    for _ in range(draw(st.integers(0, 2))):
        place: Any = update
        while isinstance(place, dict) and place:
            key = draw(st.sampled_from(sorted(place)))
            if not isinstance(place[key], dict) or draw(st.booleans()):
                if draw(st.booleans()):
                    place[key] = draw(anything)
                else:
                    del place[key]
                break
            place = place[key]
    return update
