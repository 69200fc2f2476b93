"""The steps with a model that answers well, badly, late, never, or not at all: on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyses import get_analysis
from pipelines import Job, analyze
from tests.steps.driving import calls, drive, scripted, stored_replies

pytestmark = pytest.mark.usefixtures("database_url")

GOOD = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}
STORY = {
    "title": "A kinder inbox",
    "text": "A small team in Lyon built a mail filter that asks before it hides.",
}


def sentiment(text: str = "The tea was lovely.") -> Job:
    return analyze("text.sentiment", {"text": text}).submit()


def test_without_a_key_the_local_analyser_answers_and_says_so() -> None:
    job = drive(sentiment())
    assert job.state == "completed"
    assert (job.result.provider, job.result.model) == ("local", "local")
    assert job.answer is not None
    assert job.answer.label == "positive"
    assert [event.state for event in job.events()] == ["waiting", "running", "completed"]


def test_a_story_is_enhanced_by_the_model_and_the_answer_names_its_maker(home: Path) -> None:
    with scripted(home, {"merge": {"hype_score": 2.5}}):
        job = drive(analyze("story.enhance", STORY).submit())
        assert job.state == "completed"
        assert job.result.provider == "scripted"
        assert job.result.prompt_version >= 1
        assert job.answer.hype_score == 2.5


def test_the_reply_is_stored_before_it_is_validated_and_a_bad_one_is_not_used_again(home: Path) -> None:
    with scripted(home, {"first": 2, "text": "this is no JSON"}, {"reply": GOOD}) as journal:
        job = drive(sentiment())
        assert job.state == "retrying"
        assert job.error.error_class == "invalid_answer"
        bad = [("this is no JSON", False)] * 2  # the reply, and the one to the request to mend it
        assert [(reply.text, reply.accepted) for reply in stored_replies()] == bad
        drive(job)
        assert job.state == "completed"
        assert [reply.accepted for reply in stored_replies()] == [False, False, True]
        assert calls(journal) == 3


def test_a_reply_that_was_cut_off_is_stored_and_asked_for_anew(home: Path) -> None:
    with scripted(
        home, {"first": 1, "text": '{"label": "pos', "finish": "length"}, {"reply": GOOD}
    ) as journal:
        job = drive(drive(sentiment()))
        assert job.state == "completed"
        assert [(reply.finish, reply.accepted) for reply in stored_replies()] == [
            ("length", False),
            ("stop", True),
        ]
        assert calls(journal) == 2


def test_the_same_content_is_paid_for_once(home: Path) -> None:
    with scripted(home, {"reply": GOOD}) as journal:
        jobs = [drive(sentiment()) for _ in range(3)]
        assert [job.state for job in jobs] == ["completed"] * 3
        assert calls(journal) == 1


def test_a_refusal_is_stored_ends_the_job_and_is_not_paid_for_twice(home: Path) -> None:
    with scripted(home, {"refusal": "I would rather not."}) as journal:
        for _ in range(2):
            job = drive(sentiment())
            assert (job.state, job.error.error_class) == ("failed", "content_filter")
            assert "rather not" not in job.error.message
        assert calls(journal) == 1


def test_a_rate_limit_is_waited_out_for_as_long_as_the_provider_says(home: Path) -> None:
    with scripted(home, {"error": "rate_limit", "retry_after_s": 120}):
        job = drive(sentiment())
        assert (job.state, job.error.error_class) == ("retrying", "rate_limit")
        row = job.row
        assert row.due_at_ms - row.created_at_ms >= 120_000


@pytest.mark.parametrize("error", ["timeout", "service_error"])
def test_a_passing_fault_is_retried_until_the_attempts_are_used_up(home: Path, error: str) -> None:
    with scripted(home, {"error": error}) as journal:
        job = sentiment()
        for expected in ("retrying", "retrying", "failed"):
            assert drive(job).state == expected
        assert job.error.error_class == error
        assert job.row.failure_count == 3
        assert calls(journal) == 3


@pytest.mark.parametrize("error", ["authentication", "context_length", "budget"])
def test_a_lasting_fault_is_not_retried(home: Path, error: str) -> None:
    with scripted(home, {"error": error}) as journal:
        job = drive(sentiment())
        assert (job.state, job.error.error_class) == ("failed", error)
        assert calls(journal) == 1


def test_a_failed_job_can_be_retried_from_its_beginning(home: Path) -> None:
    with scripted(home, {"first": 1, "error": "authentication"}, {"reply": GOOD}):
        job = drive(sentiment())
        assert job.state == "failed"
        drive(job.retry())
        assert job.state == "completed"
        assert job.error is None


def test_a_quote_that_is_not_in_the_content_is_dropped_and_the_answer_kept(home: Path) -> None:
    made_up = {"aspect": "tea", "polarity": "positive", "score": 0.5, "quote": "the best tea in the world"}
    with scripted(home, {"reply": GOOD | {"aspects": [made_up]}}):
        job = drive(sentiment())
        assert job.state == "completed"
        assert "best tea in the world" not in str(job.answer)


def test_a_queue_with_retries_of_its_own_gives_its_jobs_those(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(get_analysis("text.sentiment")), "queue", "sync")
    with scripted(home, {"error": "service_error"}):
        job = drive(sentiment())
        row = job.row
        assert (row.queue, row.max_attempts, row.state) == ("sync", 5, "retrying")
        assert row.due_at_ms - row.created_at_ms >= 5_000  # at least half of the ten seconds it waits first
