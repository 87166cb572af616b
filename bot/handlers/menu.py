"""The command menu that Telegram shows, by language and by role."""

import logging
from collections.abc import Mapping
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
    "language": "command-language",
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


async def set_menus(bot: Bot, admins: Mapping[int, str | None]) -> None:
    """Set the menu of everyone, that of groups, and of those admins whose chat the bot knows already, each in the
    language that they chose."""
    await _set(bot, BotCommandScopeAllPrivateChats(), _FOR_ALL)
    await _set(bot, BotCommandScopeAllGroupChats(), _FOR_GROUPS)
    for admin, chosen in admins.items():
        await set_own_menu(bot, admin, chosen, admin=True)


async def set_own_menu(bot: Bot, person_id: int, chosen: str | None, *, admin: bool) -> None:
    """Set one person's menu in the language that they chose. An admin has a longer one; who is none and chose nothing
    has that of everyone. Before they wrote to the bot there is no chat that could have one."""
    menu = _FOR_ALL | _FOR_ADMINS if admin else _FOR_ALL if chosen else {}
    await _set(bot, BotCommandScopeChat(person_id), menu, chosen)


async def _set(bot: Bot, scope: BotCommandScope, menu: dict[str, str], chosen: str | None = None) -> None:
    """Set a menu for Telegrams in every language, the first standing for all others; empty, it is taken away. That a
    server can't is a warning, and no end."""
    for language in LANGUAGES:
        texts = texts_for(chosen or language)
        commands = [BotCommand(command, texts.say(key)) for command, key in menu.items()]
        code = None if language == LANGUAGES[0] else language
        try:
            if commands:
                await bot.set_my_commands(commands, scope, code)
            else:
                await bot.delete_my_commands(scope, code)
        except TelegramError as error:
            if "chat not found" not in str(error).lower():
                _log.warning("the command menu could not be set: %s", error)
            return
