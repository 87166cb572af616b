"""What /stats shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.replies import emotions
from bot.replies.table import table
from bot.replies.texts import Markup, Texts
from bot.storage.models import ModelRow
from bot.storage.runs import Outcome, RunRow
from bot.storage.statistics import Agreement, Overview

_OUTCOMES = {
    Outcome.PROMOTED: "outcome-promoted",
    Outcome.REJECTED: "outcome-rejected",
    Outcome.FAILED: "outcome-failed",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the bot is doing: counts, the model that serves, corrections that wait for a run, and the last run."""

    overview: Overview
    champion: ModelRow | None
    waiting: int
    last_run: RunRow | None


def statistics(standing: Standing, texts: Texts) -> Markup:
    """Counts, agreement by emotion and by model version, what serves, and the last run."""
    overview = standing.overview
    parts = [
        texts.say(
            "stats-counts",
            readings=overview.readings,
            corrections=overview.corrections,
            people=overview.correctors,
            kept=overview.texts,
        ),
        _agreement(overview, texts),
        _loop(standing, texts),
    ]
    return Markup("\n\n".join(parts))


def percent(share: float | None) -> str:
    """A share between 0 and 1, to a tenth of a percent; a dash where there is none."""
    return "–" if share is None else f"{share:.1%}"


def _agreement(overview: Overview, texts: Texts) -> Markup:
    judged = sum(agreement.judged for agreement in overview.agreement_by_label.values())
    if not judged:
        return texts.say("stats-no-agreement")
    by_label: dict[str, Agreement] = {
        emotions.name(label, texts): one for label, one in overview.agreement_by_label.items()
    }
    by_version: dict[str, Agreement] = {
        texts.say("stats-version", version=version): one for version, one in overview.agreement_by_version.items()
    }
    total = texts.say("stats-agreement", share=overview.confirmations / judged, judged=judged)
    return Markup(f"{total}\n{_shares(by_label)}\n{_shares(by_version)}")


def _shares(agreements: Mapping[str, Agreement]) -> Markup:
    return table([(name, percent(one.share), f"{one.agreed}/{one.judged}") for name, one in agreements.items()])


def _loop(standing: Standing, texts: Texts) -> Markup:
    lines = []
    if standing.champion is not None:
        lines.append(texts.say("stats-champion", version=standing.champion.version))
    lines.append(texts.say("stats-waiting", count=standing.waiting))
    run = standing.last_run
    if run is not None:
        state = texts.say(_OUTCOMES[run.outcome] if run.outcome else "outcome-none")
        when = (run.finished_at or run.created_at).strftime("%Y-%m-%d %H:%M")
        lines.append(texts.say("stats-run", state=state, when=when))
    return Markup("\n".join(lines))
