"""What /stats shows."""

from dataclasses import replace
from datetime import timedelta

from telegram.constants import MessageLimit

from bot.replies.statistics import Standing, percent, statistics
from bot.replies.texts import texts_for
from bot.storage.runs import Outcome
from bot.storage.statistics import Agreement, Overview

from .test_run import DONE, START

NOTHING = Overview(0, 0, 0, 0, 0, {}, {})
SOME = Overview(
    readings=1204,
    corrections=3,
    confirmations=2,
    correctors=2,
    texts=1,
    agreement_by_label={1: Agreement(2, 2), 6: Agreement(1, 0)},
    agreement_by_version={1: Agreement(3, 2)},
)


STANDING = Standing(SOME, {}, None, waiting=5, last_run=None, forgettings=0, paused=False)
NEXT = START + timedelta(hours=15)


def test_nothing_yet() -> None:
    text = statistics(replace(STANDING, overview=NOTHING, waiting=0), None, texts_for("en"))
    assert "0</b> readings" in text
    assert "Nobody has judged" in text
    assert "retraining:" not in text


def test_figures() -> None:
    last = replace(DONE, outcome=Outcome.PROMOTED, finished_at=START)
    assert statistics(replace(STANDING, last_run=last, forgettings=1), NEXT, texts_for("en")).splitlines() == [
        "<b>1,204</b> readings, <b>3</b> corrections by 2 people, one text kept.",
        "People agreed with <b>67%</b> of 3 judged readings (95% sure of 21% to 94%).",
        "5 new corrections wait for the next retraining.",
        "🧹 One forgetting is pending: the next retraining starts without it.",
        "Last retraining: promoted, 2026-03-01 12:00 UTC.",
        "The next may start 2026-03-02 03:00 UTC.",
    ]


def test_a_run_that_was_stopped() -> None:
    last = replace(DONE, outcome=Outcome.CANCELLED, finished_at=START)
    assert "Last retraining: stopped" in statistics(replace(STANDING, last_run=last), NEXT, texts_for("en"))


def test_while_the_schedule_is_paused_no_next_run_is_named() -> None:
    text = statistics(replace(STANDING, paused=True), NEXT, texts_for("en"))
    assert "paused" in text
    assert "may start" not in text


def test_in_russian() -> None:
    text = statistics(STANDING, NEXT, texts_for("ru"))
    assert "<b>1\xa0204</b> прочтения, <b>3</b> исправления от 2 человек, сохранён 1 текст." in text
    assert "может начаться 2026-03-02 03:00 UTC" in text


def test_all_of_it_fits_under_a_picture() -> None:
    last = replace(DONE, outcome=Outcome.PROMOTED, finished_at=START)
    overview = replace(SOME, readings=10**7, corrections=10**6, correctors=10**5, texts=10**6)
    full = replace(STANDING, overview=overview, waiting=10**6, last_run=last, forgettings=10**4)
    for language in ("en", "ru"):
        assert len(statistics(full, NEXT, texts_for(language))) < MessageLimit.CAPTION_LENGTH


def test_a_share_that_is_not_there_is_a_dash() -> None:
    assert (percent(0.5), percent(None)) == ("50.0%", "–")
