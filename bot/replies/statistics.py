"""What /stats shows."""

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
    Outcome.CANCELLED: "outcome-cancelled",
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
    counts = texts.say(
        "stats-counts",
        readings=overview.readings,
        corrections=overview.corrections,
        people=overview.correctors,
        kept=overview.texts,
    )
    return Markup(f"{counts}\n\n{_agreement(overview, texts)}\n{_loop(standing, texts)}")


def percent(share: float | None) -> str:
    """A share between 0 and 1, to a tenth of a percent; a dash where there is none."""
    return "–" if share is None else f"{share:.1%}"


def _agreement(overview: Overview, texts: Texts) -> Markup:
    judged = sum(agreement.judged for agreement in overview.agreement_by_label.values())
    if not judged:
        return texts.say("stats-no-agreement")
    total = texts.say("stats-agreement", share=overview.confirmations / judged, judged=judged)
    rows = [_row(emotions.name(label, texts), one) for label, one in overview.agreement_by_label.items()]
    rows.append(("", "", ""))
    for version, one in overview.agreement_by_version.items():
        rows.append(_row(texts.say("stats-version", version=version), one))
    return Markup(f"{total}\n{table(rows)}")


def _row(name: str, agreement: Agreement) -> tuple[str, str, str]:
    return name, percent(agreement.share), f"{agreement.agreed}/{agreement.judged}"


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
