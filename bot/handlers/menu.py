"""The command menu that Telegram shows, by language and by role."""

import logging
from collections.abc import Iterable
from typing import Final

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.replies.texts import LANGUAGES, texts_for

_FOR_ALL: Final = {
    "help": "command-help",
    "mood": "command-mood",
    "mystats": "command-mystats",
    "privacy": "command-privacy",
    "export": "command-export",
    "forget": "command-forget",
    "start": "command-start",
}
_FOR_ADMINS: Final = {
    "stats": "command-stats",
    "review": "command-review",
    "models": "command-models",
    "rollback": "command-rollback",
    "retrain": "command-retrain",
    "cancel": "command-cancel",
    "pause": "command-pause",
    "resume": "command-resume",
}
_FOR_GROUPS: Final = {"emotion": "command-emotion", "help": "command-help"}
_log = logging.getLogger(__name__)


async def set_menus(bot: Bot, admins: Iterable[int]) -> None:
    """Set the menu of everyone, that of groups, and of those admins whose chat the bot knows already."""
    await _set(bot, BotCommandScopeAllPrivateChats(), _FOR_ALL)
    await _set(bot, BotCommandScopeAllGroupChats(), _FOR_GROUPS)
    for admin in admins:
        await set_admin_menu(bot, admin)


async def set_admin_menu(bot: Bot, admin: int) -> None:
    """Set one admin's menu. Before they wrote to the bot there is no chat that could have one."""
    await _set(bot, BotCommandScopeChat(admin), _FOR_ALL | _FOR_ADMINS)


async def _set(bot: Bot, scope: BotCommandScope, menu: dict[str, str]) -> None:
    """Set a menu in every language; the first stands for all others. That a server can't is a warning, and no end."""
    for language in LANGUAGES:
        texts = texts_for(language)
        commands = [BotCommand(command, texts.say(key)) for command, key in menu.items()]
        try:
            await bot.set_my_commands(commands, scope, None if language == LANGUAGES[0] else language)
        except TelegramError as error:
            if "chat not found" not in str(error).lower():
                _log.warning("the command menu could not be set: %s", error)
            return
