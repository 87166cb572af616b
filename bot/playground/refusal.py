"""How Telegram says no."""


class Refusal(Exception):  # noqa: N818
    """A request that Telegram refuses: the HTTP status and the sentence, as a Bot API answer carries them."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


def bad_request(what: str) -> Refusal:
    """The refusal that nearly all rules end in: 400, `Bad Request: …`."""
    return Refusal(400, f"Bad Request: {what}")
