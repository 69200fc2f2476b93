"""Versions of prompts, on both databases: which one a job gets, and that it keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analyses import get_analysis
from errors import InvalidInput
from models.database import reading, writing
from models.prompt_pins import pin, pins_for, unpin
from models.tenants import ensure_tenant
from pipelines import analyze, analyze_many
from pipelines.warming import warm_cache
from tests.steps.driving import admit_now, calls, drive, run, scripted, stored_replies

pytestmark = pytest.mark.usefixtures("database_url")

SENTIMENT = "text.sentiment"
NEWEST = get_analysis(SENTIMENT).prompt_version
TEXT = {"text": "The tea was lovely."}


def pinned(version: int, tenant: str = "default") -> None:
    with writing() as connection:
        ensure_tenant(connection, tenant)
        pin(connection, tenant, SENTIMENT, version)


def versions_asked(home: Path, *rows: dict[str, Any]) -> set[int]:
    with scripted(home):
        analyze_many(SENTIMENT, rows or [TEXT]).submit()
        run(admit_now())
    return {reply.prompt_version for reply in stored_replies()}


def test_without_a_pin_a_job_gets_the_newest_prompt(home: Path) -> None:
    assert versions_asked(home) == {NEWEST}


def test_a_pin_decides_for_jobs_and_batches_that_come_after_it(home: Path) -> None:
    pinned(1)
    assert versions_asked(home, TEXT, {"text": "It was cold."}) == {1}


def test_a_job_keeps_the_version_with_which_it_was_submitted(home: Path) -> None:
    """So a retry asks by the same prompt, and finds the reply that was paid for."""
    with scripted(home, {"error": "service_error", "first": 1}) as journal:
        job = analyze(SENTIMENT, TEXT).submit()
        pinned(1)
        while job.state not in ("completed", "failed"):
            drive(job)
        assert job.result.prompt_version == NEWEST
        assert {reply.prompt_version for reply in stored_replies()} == {NEWEST}
        drive(analyze(SENTIMENT, {"text": "It was cold."}).submit())
    assert calls(journal) >= 2
    assert stored_replies()[-1].prompt_version == 1


def test_the_same_text_by_another_version_is_another_question(home: Path) -> None:
    with scripted(home) as journal:
        drive(analyze(SENTIMENT, TEXT).submit())
        drive(analyze(SENTIMENT, TEXT).submit())
        assert calls(journal) == 1
        pinned(1)
        drive(analyze(SENTIMENT, TEXT).submit())
        assert calls(journal) == 2


def test_the_model_is_told_the_words_of_the_version(home: Path) -> None:
    with scripted(home):
        first = drive(analyze(SENTIMENT, TEXT, prompt_version=1).submit())
        second = drive(analyze(SENTIMENT, TEXT, prompt_version=2).submit())
    assert (first.result.prompt_version, second.result.prompt_version) == (1, 2)
    keys = {reply.key for reply in stored_replies()}
    assert len(keys) == 2


def test_what_a_caller_asks_for_overrules_the_pin(home: Path) -> None:
    pinned(1)
    with scripted(home):
        job = drive(analyze(SENTIMENT, TEXT, prompt_version=NEWEST).submit())
    assert job.result.prompt_version == NEWEST


def test_a_pin_is_its_tenants_own_and_is_gone_when_it_is_taken_away(home: Path) -> None:
    pinned(1, "other")
    with scripted(home):
        mine = drive(analyze(SENTIMENT, TEXT).submit())
        theirs = drive(analyze(SENTIMENT, TEXT, tenant="other").submit())
        assert (mine.result.prompt_version, theirs.result.prompt_version) == (NEWEST, 1)
        with writing() as connection:
            assert unpin(connection, "other", SENTIMENT) == 1
            assert unpin(connection, "other", SENTIMENT) is None
        again = drive(analyze(SENTIMENT, {"text": "Cold."}, tenant="other").submit())
    assert again.result.prompt_version == NEWEST


def test_pinning_anew_replaces_the_pin_and_tells_what_was_before() -> None:
    with writing() as connection:
        ensure_tenant(connection, "default")
        assert [pin(connection, "default", SENTIMENT, version) for version in (1, 2)] == [None, 1]
    with reading() as connection:
        assert pins_for(connection, "default") == {SENTIMENT: 2}
        assert pins_for(connection, "other") == {}


def test_warming_the_cache_asks_by_the_pinned_version(home: Path) -> None:
    pinned(1)
    with scripted(home) as journal:
        warm_cache(SENTIMENT, [TEXT]).submit()
        run(admit_now())
        assert warm_cache(SENTIMENT, [TEXT]).submit().counts.total == 0
        drive(analyze(SENTIMENT, TEXT).submit())
        assert calls(journal) == 1


def test_a_version_that_there_is_not_is_refused_before_anything_is_stored() -> None:
    with pytest.raises(InvalidInput, match=r"no prompt version 99; it has 1, 2"):
        analyze(SENTIMENT, TEXT, prompt_version=99)
    with pytest.raises(InvalidInput, match=r"Row 1: text\.sentiment has no prompt version 99"):
        analyze_many(SENTIMENT, [TEXT], prompt_version=99).submit()


def test_a_job_pinned_to_a_version_that_is_gone_fails_and_says_so(home: Path) -> None:
    pinned(99)
    with scripted(home) as journal:
        job = drive(analyze(SENTIMENT, TEXT).submit())
        assert (job.state, calls(journal)) == ("failed", 0)
        assert job.error is not None
        assert "no prompt version 99; it has" in job.error.message
