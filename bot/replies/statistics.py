"""What /stats shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.replies.texts import Markup, Texts
from bot.storage.models import ModelRow
from bot.storage.runs import Outcome, RunRow
from bot.storage.statistics import Agreement, Overview

_OUTCOMES = {
    Outcome.PROMOTED: "outcome-promoted",
    Outcome.REJECTED: "outcome-rejected",
    Outcome.FAILED: "outcome-failed",
    Outcome.CANCELLED: "outcome-cancelled",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the bot is doing.

    Attributes:
        overview: counts, and how much people agreed.
        by_day: readings by day and label, of late.
        champion: the model that serves.
        waiting: corrections that wait for a run.
        last_run: it, whatever came of it.
        forgettings: how many the model that serves is not free of.
        paused: whether the schedule is.
    """

    overview: Overview
    by_day: Mapping[tuple[date, int], int]
    champion: ModelRow | None
    waiting: int
    last_run: RunRow | None
    forgettings: int
    paused: bool


def statistics(standing: Standing, next_look: datetime | None, texts: Texts) -> Markup:
    """What stands under the picture: counts, agreement, what serves, the last run, and when the next may be."""
    overview = standing.overview
    counts = texts.say(
        "stats-counts",
        readings=overview.readings,
        corrections=overview.corrections,
        people=overview.correctors,
        kept=overview.texts,
    )
    return Markup("\n".join([counts, _agreement(overview, texts), *_loop(standing, next_look, texts)]))


def percent(share: float | None) -> str:
    """A share between 0 and 1, to a tenth of a percent; a dash where there is none."""
    return "–" if share is None else f"{share:.1%}"


def moment(when: datetime) -> str:
    """A moment as admins are told it, in UTC."""
    return f"{when:%Y-%m-%d %H:%M}"


def _agreement(overview: Overview, texts: Texts) -> Markup:
    judged = sum(agreement.judged for agreement in overview.agreement_by_label.values())
    if not judged:
        return texts.say("stats-no-agreement")
    low, high = Agreement(judged, overview.confirmations).interval
    return texts.say("stats-agreement", share=overview.confirmations / judged, low=low, high=high, judged=judged)


def _loop(standing: Standing, next_look: datetime | None, texts: Texts) -> list[Markup]:
    lines = []
    if standing.champion is not None:
        lines.append(texts.say("stats-champion", version=standing.champion.version))
    lines.append(texts.say("stats-waiting", count=standing.waiting))
    if standing.forgettings:
        lines.append(texts.say("stats-forgettings", count=standing.forgettings))
    run = standing.last_run
    if run is not None:
        state = texts.say(_OUTCOMES[run.outcome] if run.outcome else "outcome-none")
        lines.append(texts.say("stats-run", state=state, when=moment(run.finished_at or run.created_at)))
    if standing.paused:
        lines.append(texts.say("stats-paused"))
    elif next_look is not None:
        lines.append(texts.say("stats-next", when=moment(next_look)))
    return lines
