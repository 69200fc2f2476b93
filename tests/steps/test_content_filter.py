"""CONTENT_FILTER on both databases: told with the result, refused before anybody is asked, or off."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import Job, analyze
from tests.harness.environment import environment
from tests.steps.driving import calls, drive, scripted

pytestmark = pytest.mark.usefixtures("database_url")

RUDE = {"text": "The tea was lovely.", "title": "What a sh1tty morning"}


def ask() -> Job:
    return drive(analyze("text.sentiment", RUDE).submit())


def test_by_default_the_result_says_what_was_found_in_any_of_the_contents_texts() -> None:
    assert ask().result.flags == ["profanity (strong)"]


def test_a_decent_content_has_no_flags() -> None:
    assert not drive(analyze("text.sentiment", {"text": "The tea was lovely."}).submit()).result.flags


def test_where_it_refuses_the_job_fails_at_once_and_no_model_is_asked(home: Path) -> None:
    with scripted(home) as journal, environment(CONTENT_FILTER="refuse"):
        job = ask()
        assert (job.state, job.error.error_class) == ("failed", "content_filter")
        assert "profanity (strong)" in job.error.message
        assert "sh1tty" not in job.error.message
        assert calls(journal) == 0


def test_where_it_is_off_nothing_is_told() -> None:
    with environment(CONTENT_FILTER="off"):
        assert not ask().result.flags
