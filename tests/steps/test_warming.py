"""Warm-up, on both databases: what is not kept is asked for, once, and later jobs pay nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import InvalidInput
from pipelines import analyze, analyze_many, warm_cache
from tests.steps.driving import admit_now, calls, drive, run, scripted

pytestmark = pytest.mark.usefixtures("database_url")

GOOD = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}
TEXTS = ["The tea was lovely.", "The cake was dry.", "The tray was late."]


def test_only_what_has_no_reply_yet_is_asked_for_and_later_jobs_pay_nothing(home: Path) -> None:
    with scripted(home, {"reply": GOOD}) as journal:
        drive(analyze("text.sentiment", {"text": TEXTS[0]}).submit())
        warming = warm_cache("text.sentiment", TEXTS).submit()
        run(admit_now())
        assert (warming.outcome, warming.counts.total, calls(journal)) == ("completed", 2, 3)
        assert warm_cache("text.sentiment", TEXTS).submit().counts.total == 0
        later = analyze_many("text.sentiment", TEXTS).submit()
        run(admit_now())
        assert (later.outcome, later.counts.completed, calls(journal)) == ("completed", 3, 3)


def test_another_tenants_replies_are_not_looked_at(home: Path) -> None:
    with scripted(home, {"reply": GOOD}):
        drive(analyze("text.sentiment", {"text": TEXTS[0]}, tenant="other").submit())
        assert warm_cache("text.sentiment", TEXTS[:1]).submit().counts.total == 1


def test_it_goes_behind_all_other_work(home: Path) -> None:
    with scripted(home, {"reply": GOOD}):
        warm_cache("text.sentiment", TEXTS[:2]).submit()
        urgent = analyze("text.sentiment", {"text": TEXTS[2]}).submit()
        assert admit_now()[0].job_id == urgent.id


def test_without_a_model_there_is_nothing_to_warm() -> None:
    warming = warm_cache("text.sentiment", TEXTS).submit()
    assert (warming.outcome, warming.counts.total) == ("completed", 0)


def test_a_row_that_cannot_be_used_is_named(home: Path) -> None:
    with scripted(home, {"reply": GOOD}), pytest.raises(InvalidInput, match="Row 2"):
        warm_cache("text.sentiment", ["good", "  "]).submit()
