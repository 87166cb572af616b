"""Which messages of a group a bot in privacy mode gets (https://core.telegram.org/bots/features#privacy-mode)."""

from bot.playground.chats import BOT, Message
from bot.playground.entities import part


def is_for_bot(message: Message) -> bool:
    """Whether the bot gets a message though it may not read the group: it is addressed, answered or was used for it.

    Of commands with no bot's name Telegram gives a bot those that follow its own last word; here it is the only bot.
    """
    if message.via_bot is not None or (message.reply_to is not None and message.reply_to.from_bot):
        return True
    name = f"@{BOT.username}"
    for entity in message.body.entities:
        marked = part(message.text, entity).lower()
        if entity["type"] == "mention" and marked == name:
            return True
        if entity["type"] == "bot_command" and entity["offset"] == 0 and marked.partition("@")[2] in ("", name[1:]):
            return True
    return False
