"""What admins are told without having asked."""

from datetime import datetime

from bot.replies.run import clauses, failure
from bot.replies.statistics import moment
from bot.replies.texts import Markup, Texts
from bot.storage.models import RolledBack
from bot.storage.notices import Kind, Notice
from bot.storage.runs import RunRow


def notice(told: Notice, run: RunRow | None, texts: Texts) -> Markup:
    """What happened, and what to do about it; `run` is the one that it is about."""
    details = told.details
    match told.kind:
        case Kind.RUN_FAILED:
            return texts.say("notice-run-failed", error=failure(run, texts) if run else "")
        case Kind.RUN_REJECTED:
            verdict = run.verdict if run else None
            failed = [clause for clause in (verdict or {}).get("clauses", ()) if clause["passed"] is False]
            said = texts.say("notice-run-rejected", version=details["version"])
            return Markup("\n".join([said, *clauses({"clauses": failed}, texts)]))
        case Kind.ROLLED_BACK:
            return _rolled_back(details, texts)
        case Kind.UNSERVABLE:
            return texts.say("notice-unservable", version=details["version"], reason=details["reason"])
        case Kind.FLOOD:
            return texts.say("notice-flood", people=details["people"], floods=details["floods"])
        case Kind.NO_KEYS:
            return texts.say("notice-no-keys")
        case Kind.DATABASE_AWAY:
            since, until = (moment(datetime.fromisoformat(details[name])) for name in ("since", "until"))
            return texts.say("notice-database-away", since=since, until=until)


def _rolled_back(details: dict[str, object], texts: Texts) -> Markup:
    version, serves = details["version"], details["serves"]
    reason, _, shares = str(details["reason"] or "").partition(": ")
    if reason != RolledBack.AGREEMENT:
        return texts.say("notice-rolled-back", version=version, serves=serves)
    (agreed, judged), (agreed_before, judged_before) = (map(int, share.split("/")) for share in shares.split())
    return texts.say(
        "notice-taken-back",
        version=version,
        serves=serves,
        share=agreed / judged,
        judged=judged,
        share_before=agreed_before / judged_before,
        judged_before=judged_before,
    )
