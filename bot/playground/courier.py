"""Updates brought to a webhook (https://core.telegram.org/bots/api#setwebhook).

One update of a chat at a time, chats side by side; what is not answered with a status of 2xx is brought again, after
pauses that grow.
"""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Final

import httpx

from bot.playground.updates import Updates

PAUSE: Final = 0.1
"""Seconds before an update is brought a second time; each further pause is twice as long."""

LONGEST_PAUSE: Final = 5.0
_ANSWER_SECONDS: Final = 60.0
_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"


class Courier:
    """Brings what waits in `updates`, while a webhook is set; `clock` gives the seconds since 1970."""

    def __init__(self, updates: Updates, clock: Callable[[], float] = time.time) -> None:
        self._updates = updates
        self._clock = clock
        self._under_way: dict[Any, asyncio.Task[None]] = {}
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Bring nothing more."""
        tasks = [task for task in (self._running, *self._under_way.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        limits = httpx.Limits(max_keepalive_connections=0)  # each finds its own way through a balancer
        async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, limits=limits, trust_env=False) as client:
            while True:
                changed = self._updates.changed
                changed.clear()
                if self._updates.webhook:
                    self._send_out(client)
                await changed.wait()

    def _send_out(self, client: httpx.AsyncClient) -> None:
        for update in self._updates.waiting():
            if len(self._under_way) >= self._updates.max_connections:
                return
            chat = _chat(update)
            if chat not in self._under_way:
                self._under_way[chat] = asyncio.create_task(self._bring(client, update, chat))

    async def _bring(self, client: httpx.AsyncClient, update: dict[str, Any], chat: Any) -> None:
        pause = PAUSE
        try:
            while url := self._updates.webhook:
                headers = {"content-type": "application/json"}
                if self._updates.secret:
                    headers[_HEADER] = self._updates.secret
                try:
                    answer = await client.post(url, content=json.dumps(update), headers=headers)
                except httpx.HTTPError:
                    why = "Connection refused"
                else:
                    if answer.is_success:
                        self._updates.acknowledge(update["update_id"])
                        return
                    why = f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
                self._updates.last_failure = self._clock(), why
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        finally:
            del self._under_way[chat]
            self._updates.changed.set()


def _chat(update: dict[str, Any]) -> Any:
    """The chat that an update belongs to; the update itself, where it belongs to none."""
    for content in update.values():
        if isinstance(content, dict):
            message = content.get("message", content)
            if isinstance(message, dict) and isinstance(message.get("chat"), dict):
                return message["chat"].get("id")
    return "update", update["update_id"]
