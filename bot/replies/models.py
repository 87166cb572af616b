"""The models there are, and one of them, as an admin is shown them."""

from dataclasses import dataclass
from typing import Final

from bot.replies.run import judged
from bot.replies.statistics import moment, percent
from bot.replies.table import table
from bot.replies.texts import Markup, Texts
from bot.storage.forgetting import Pending
from bot.storage.models import ModelRow, RolledBack, Status
from bot.storage.pausing import Paused
from bot.storage.runs import RunRow, Trigger

_MARKS: Final = {
    Status.CANDIDATE: "⏳",
    Status.CHAMPION: "✅",
    Status.REJECTED: "✋",
    Status.RETIRED: "⚪",
    Status.ROLLED_BACK: "↩",
}
_STATUSES: Final = {
    Status.CANDIDATE: "status-candidate",
    Status.CHAMPION: "status-champion",
    Status.REJECTED: "status-rejected",
    Status.RETIRED: "status-retired",
    Status.ROLLED_BACK: "status-rolled-back",
}
_ORIGINS: Final = {
    Trigger.SCHEDULE: "origin-schedule",
    Trigger.ADMIN: "origin-admin",
    Trigger.OPERATOR: "origin-operator",
}
_FIGURES: Final = {"accuracy": "figure-accuracy", "macro_f1": "figure-macro-f1", "ece": "figure-ece"}


@dataclass(frozen=True, slots=True)
class Made:
    """A model, and the run that made it; None for one that was shipped."""

    model: ModelRow
    run: RunRow | None


def models(made: list[Made], paused: Paused | None, pending: Pending | None, texts: Texts) -> Markup:
    """A line for each model, and what else an admin should know of the loop."""
    lines = [texts.say("models-title"), *(_line(one, texts) for one in made)]
    if pending is not None:
        lines.append(texts.say("models-forgetting", count=pending.count, since=moment(pending.since)))
    if paused is not None:
        lines.append(texts.say("models-paused", since=moment(paused.since)))
    return Markup("\n".join(lines))


def model(made: Made, unlearned: int, kept: bool, texts: Texts) -> Markup:
    """All of one model: what it is, why, its figures and the verdict.

    Args:
        made: the model and its run.
        unlearned: how many forgettings it is free of that the version before was not.
        kept: whether its bundle is there still.
        texts: the admin's language.
    """
    row, run = made.model, made.run
    mark, status = _MARKS[row.status], texts.say(_STATUSES[row.status])
    lines: list[str] = [
        texts.say("model-title", mark=mark, version=row.version, status=status),
        texts.say("model-made", when=moment(row.created_at), origin=_origin(run, texts)),
    ]
    if row.promoted_at is not None:
        lines.append(texts.say("model-promoted", when=moment(row.promoted_at)))
        if unlearned:
            lines.append(texts.say("model-unlearned", count=unlearned, when=moment(row.promoted_at)))
    if row.status is Status.ROLLED_BACK:
        lines += _rolled_back(row.reason or "", texts)
    if not kept:
        lines.append(texts.say("model-gone"))
    if run is not None and run.report is not None:
        lines += judged(run, texts)
    else:
        lines.append(table([(texts.say(key), percent(row.metrics.get(name))) for name, key in _FIGURES.items()]))
        if "n" in row.metrics:
            lines.append(texts.say("model-judged", judged=row.metrics["n"]))
    return Markup("\n".join(lines))


def _line(made: Made, texts: Texts) -> Markup:
    row = made.model
    return texts.say(
        "models-line",
        mark=_MARKS[row.status],
        version=row.version,
        status=texts.say(_STATUSES[row.status]),
        when=moment(row.created_at),
        origin=_origin(made.run, texts),
        macro_f1=_macro_f1(made),
    )


def _macro_f1(made: Made) -> str:
    """Of the model, after that of the one that served before on the same messages: each run has others to judge by."""
    report = made.run.report if made.run is not None else None
    if report is None:
        return percent(made.model.metrics.get("macro_f1"))
    return f"{percent(report['champion']['macro_f1'])} → {percent(report['candidate']['macro_f1'])}"


def _origin(run: RunRow | None, texts: Texts) -> Markup:
    return texts.say("origin-shipped" if run is None else _ORIGINS[run.trigger])


def _rolled_back(reason: str, texts: Texts) -> list[Markup]:
    words, _, detail = reason.partition(": ")
    if words == RolledBack.AGREEMENT:
        (agreed, judged), (agreed_before, judged_before) = (share.split("/") for share in detail.split())
        return [
            texts.say(
                "rolled-back-agreement",
                agreed=agreed,
                judged=judged,
                agreed_before=agreed_before,
                judged_before=judged_before,
            )
        ]
    if words == RolledBack.OPERATOR:
        return [texts.say("rolled-back-operator")]
    return [texts.say("rolled-back-admin")] if words == RolledBack.ADMIN else []
