"""What /stats shows."""

from dataclasses import replace

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


def test_nothing_yet() -> None:
    text = statistics(Standing(NOTHING, None, 0, None), texts_for("en"))
    assert "0</b> readings" in text
    assert "Nobody has judged" in text
    assert "retraining:" not in text


def test_figures() -> None:
    last = replace(DONE, outcome=Outcome.PROMOTED, finished_at=START)
    text = statistics(Standing(SOME, None, 5, last), texts_for("en"))
    assert "<b>1,204</b> readings, <b>3</b> corrections by 2 people, one text kept." in text
    assert "<b>67%</b> of 3 judged" in text
    assert "<pre>Joy         100.0%  2/2\nNo emotion    0.0%  0/1\n\nversion 1    66.7%  2/3</pre>\n" in text
    assert "5 new corrections wait" in text
    assert "Last retraining: promoted, 2026-03-01 12:00 UTC." in text


def test_a_run_that_was_stopped() -> None:
    last = replace(DONE, outcome=Outcome.CANCELLED, finished_at=START)
    assert "Last retraining: stopped" in statistics(Standing(SOME, None, 5, last), texts_for("en"))


def test_in_russian() -> None:
    text = statistics(Standing(SOME, None, 1, None), texts_for("ru"))
    assert "<b>1\xa0204</b> прочтения, <b>3</b> исправления от 2 человек, сохранён 1 текст." in text


def test_a_share_that_is_not_there_is_a_dash() -> None:
    assert (percent(0.5), percent(None)) == ("50.0%", "–")
