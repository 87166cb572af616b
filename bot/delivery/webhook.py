"""Updates by webhook: Telegram brings each to the process's port, and brings it again until it is answered with 200.

The webhook is never deleted when a process stops: another may have come to its place, and what Telegram could not bring
waits there.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.delivery.front import Front
from bot.delivery.handling import MOST, Handling
from bot.delivery.sending import TokenRefusedError

_LONGEST_PAUSE: Final = 30.0
_log = logging.getLogger(__name__)


class Webhook:
    """Has updates of the `allowed` kinds brought to `url`, where `front` takes them, and each handled.

    `refused` says that the server does not take the bot's token any more, which who does not poll learns by sending.
    """

    def __init__(
        self,
        bot: Bot,
        handling: Handling,
        allowed: Sequence[str],
        *,
        front: Front,
        url: str,
        secret: str,
        refused: asyncio.Event,
    ) -> None:
        self._bot = bot
        self._handling = handling
        self._allowed = allowed
        self._front = front
        self._url = url
        self._secret = secret
        self._refused = refused

    async def run(self, stop: asyncio.Event) -> None:
        """Take updates until `stop` is set; then finish what is in hand.

        Raises:
            TokenRefusedError: the token is wrong or was revoked.
        """
        self._front.open(self._handling, self._bot)
        stopping, refused = (asyncio.create_task(event.wait()) for event in (stop, self._refused))
        try:
            await self._set(stopping)
            await asyncio.wait([stopping, refused], return_when=asyncio.FIRST_COMPLETED)
            if refused.done():
                raise TokenRefusedError
        finally:
            stopping.cancel()
            refused.cancel()
            self._front.close()
            await self._handling.finish()

    async def _set(self, stopping: asyncio.Task[bool]) -> None:
        """Tell Telegram the address, trying on until it takes it or `stopping` is done."""
        pause = 1.0
        while not stopping.done():
            try:
                await self._bot.set_webhook(
                    self._url, allowed_updates=self._allowed, max_connections=MOST, secret_token=self._secret
                )
            except InvalidToken:
                raise TokenRefusedError from None
            except TelegramError as error:
                _log.warning("could not set the webhook: %s; trying on", error)
                await asyncio.wait([stopping], timeout=pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return
