"""Whatever an update holds, the bot lives on, and nothing that a stranger wrote comes back."""

import asyncio
import copy
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.application import serve
from bot.playground.chats import BOT, GROUP_ID, PEOPLE
from bot.playground.server import Playground
from bot.settings import Settings, load
from bot.storage.migration import upgrade

MARK = "m4rk"
HAPPY = "i am so happy and thankful today"
KINDS = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_message",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_join_request",
    "chat_boost",
    "message_reaction",
    "something_new",
]

numbers = st.integers() | st.sampled_from([0, -1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**30])
characters = st.text(st.characters(), max_size=30)
texts = st.one_of(
    characters,
    characters.map(lambda text: f"<b>{MARK}</b><a href='x'>{text}&lt;"),
    st.sampled_from(["@feelback_bot", f"@Feelback_Bot <i>{MARK}</i> {HAPPY}", "/emotion", "/help@feelback_bot"]),
    st.sampled_from([f"/{MARK}", f"/start {MARK}", "/stats", "/retrain", "/forget@feelback_bot", "/", "//", "/\0"]),
    st.sampled_from(["😀" * 2048, "\u202e\u200b\u0301" * 100, "\0", "\ud83d", "a" * 4096, " \n\t", f"{MARK}\0<i>"]),
)
data = st.one_of(
    texts,
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


class Loop:
    """A playground and a bot in a thread of their own, for a test that is not asynchronous."""

    def __init__(self, path: Path) -> None:
        self.playground = Playground()
        self._path = path
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._stop = asyncio.Event()
        self._ask(self._start())

    def bring(self, wild: list[dict[str, Any]]) -> None:
        """Let the updates come, then an honest message; wait until all are acknowledged, and this one answered."""
        self._ask(self._bring(wild))

    def close(self) -> None:
        """End the bot, which raises what it failed with, and the thread."""
        try:
            self._ask(self._end())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _ask(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _start(self) -> None:
        await self.playground.start()
        url = f"sqlite:///{self._path}/feelback.db"
        await asyncio.to_thread(upgrade, url)
        given = {"telegram_bot_token": self.playground.token, "telegram_api_url": self.playground.url}
        settings = load(**given, database_url=url, trainer="off", messages_a_minute=10**9, admin_ids=str(PEOPLE[0].id))
        for person in PEOPLE:
            await self.playground.person(person.first_name).writes(HAPPY)
        self._serving = asyncio.create_task(serve(settings, self._stop))

    async def _bring(self, wild: list[dict[str, Any]]) -> None:
        queue = self.playground.telegram.updates
        for update in wild:
            queue._last_id += 1
            queue._waiting.append(update | {"update_id": queue._last_id})
        ben = self.playground.person("Ben")
        message = await ben.writes(HAPPY)
        done = asyncio.create_task(ben.hears(message, within=30))
        await asyncio.wait([done, self._serving], return_when=asyncio.FIRST_COMPLETED)
        assert not self._serving.done()
        await done
        async with asyncio.timeout(30):
            while len(queue):  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def _end(self) -> None:
        self._stop.set()
        await self._serving
        await self.playground.stop()


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    loop = Loop(tmp_path)
    yield loop
    loop.close()


def test_nothing_crashes_and_nothing_comes_back(running: Loop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")

    @given(st.lists(updates(), min_size=1, max_size=10))
    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def bring(wild: list[dict[str, Any]]) -> None:
        running.bring(wild)
        for chat in running.playground.telegram.chats.values():
            for message in chat.messages.values():
                assert message.sender is not BOT or MARK not in str(message.as_json(with_reply=False))

    bring()
    assert MARK not in caplog.text
