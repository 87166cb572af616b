"""What a bot process counts, as its port shows it. Nothing of a person is in it."""

from collections.abc import Iterator, Mapping

from bot.delivery.claims import Claims
from bot.delivery.front import Front
from bot.delivery.handling import Handling, Outcome
from bot.delivery.sending import Sender, Sent
from bot.learning.live import LiveModel


def figures(
    front: Front, handling: Handling, sender: Sender, claims: Claims, live: LiveModel
) -> Iterator[tuple[str, str, str, Mapping[str, float]]]:
    """Name, kind, meaning, and values by label, for `Front.figures`."""
    yield (
        "feelback_updates_total",
        "counter",
        "Updates by what came of them.",
        {f'outcome="{outcome}"': handling.counts[outcome] for outcome in Outcome},
    )
    yield (
        "feelback_calls_total",
        "counter",
        "Calls to the Bot API by what came of them; a message of an unknown call is not sent again.",
        {f'result="{sent}"': sender.counts[sent] for sent in Sent},
    )
    yield (
        "feelback_webhook_refused_total",
        "counter",
        "Requests to the webhook that brought no update.",
        {f'reason="{reason}"': number for reason, number in front.refused.items()},
    )
    yield "feelback_updates_in_hand", "gauge", "Updates that are being handled.", {"": len(handling)}
    yield "feelback_database_away", "gauge", "1 while the database can't be reached.", {"": claims.away}
    yield "feelback_model_version", "gauge", "Version of the model that serves.", {"": live.version}
