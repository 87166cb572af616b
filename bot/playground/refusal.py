"""How Telegram says no."""

from typing import Any


class Refusal(Exception):  # noqa: N818
    """A request that Telegram refuses: the HTTP status, the sentence and the parameters that a Bot API answer carries.

    Parameters are `retry_after` or `migrate_to_chat_id` (https://core.telegram.org/bots/api#responseparameters).
    """

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def as_json(self) -> dict[str, Any]:
        """The body of the answer."""
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return answer | {"parameters": self.parameters} if self.parameters else answer


def bad_request(what: str) -> Refusal:
    """The refusal that nearly all rules end in: 400, `Bad Request: …`."""
    return Refusal(400, f"Bad Request: {what}")
