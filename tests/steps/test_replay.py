"""Replay through the real steps, on both databases: what was stored is reused, or asked for anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from errors import Conflict, InvalidInput, NotFound
from pipelines import Job, analyze, analyze_many
from tests.steps.driving import calls, drive, scripted, stored_replies
from tests.steps.rows import change

pytestmark = pytest.mark.usefixtures("database_url")

GOOD = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}
BETTER = GOOD | {"score": 0.1}


def sentiment(**options: Any) -> Job:
    return analyze("text.sentiment", {"text": "The tea was lovely."}, **options).submit()


def score(job: Job) -> float:
    answer: Any = job.answer
    return float(answer.score)


def test_from_persist_the_stored_reply_is_validated_again_and_nothing_is_asked(home: Path) -> None:
    with scripted(home, {"reply": GOOD}) as journal:
        job = drive(sentiment())
        first = job.result.created_at_ms
        change(job.id, state="completed")
        drive(job.replay("persist"))
        assert (job.state, score(job), calls(journal)) == ("completed", 0.8, 1)
        assert job.result.created_at_ms >= first
        assert [event.state for event in job.events()][-3:] == ["waiting", "running", "completed"]


def test_a_reply_that_was_refused_is_judged_anew_from_persist(home: Path) -> None:
    with scripted(home, {"text": "this is no JSON"}) as journal:
        job = sentiment()
        for _ in range(3):
            drive(job)
        assert (job.state, calls(journal)) == ("failed", 6)
        drive(job.replay("persist"))
        assert (job.state, calls(journal)) == ("retrying", 6)
        assert job.error is not None
        assert job.error.error_class == "invalid_answer"


@pytest.mark.parametrize("step", ["fetch", "score"])
def test_from_score_or_before_the_model_is_asked_anew_and_the_answer_replaced(home: Path, step: str) -> None:
    with scripted(home, {"first": 1, "reply": GOOD}, {"reply": BETTER}) as journal:
        job = drive(sentiment())
        assert score(job) == 0.8
        job.replay(step)
        assert score(job) == 0.8  # to be read until there is a new one
        drive(job)
        assert (job.state, score(job), calls(journal)) == ("completed", 0.1, 2)
        assert [reply.accepted for reply in stored_replies()] == [False, True]


def test_a_reply_that_another_job_had_got_is_not_used_again_either(home: Path) -> None:
    with scripted(home, {"first": 1, "reply": GOOD}, {"reply": BETTER}) as journal:
        drive(sentiment())
        second = drive(sentiment())
        assert calls(journal) == 1
        drive(second.replay("score"))
        assert (score(second), calls(journal)) == (0.1, 2)
        assert score(drive(sentiment())) == 0.1
        assert calls(journal) == 2


@pytest.mark.parametrize("step", ["fetch", "score", "persist"])
def test_a_local_answer_is_made_again_from_any_step(step: str) -> None:
    job = drive(sentiment())
    drive(job.replay(step))
    assert job.state == "completed"


def test_a_failed_attempt_of_a_replay_begins_at_the_beginning_the_next_time(home: Path) -> None:
    with scripted(home, {"first": 1, "reply": GOOD}, {"error": "timeout"}):
        job = drive(sentiment())
        drive(job.replay("score"))
        assert (job.state, job.row.step, job.row.failure_count) == ("retrying", "fetch", 1)


def test_a_cancelled_job_runs_again_only_when_replayed() -> None:
    job = sentiment()
    job.cancel()
    drive(job)
    assert job.state == "cancelled"
    drive(job.replay("fetch"))
    assert (job.state, job.row.cancel_requested, job.error) == ("completed", False, None)


def test_a_replayed_member_counts_once_in_its_batch() -> None:
    batch = analyze_many("text.sentiment", ["one", "two"]).submit()
    for member in batch.members():
        drive(Job(job_id=member.id))
    assert batch.outcome == "completed"
    job = Job(job_id=next(batch.members()).id).replay("persist")
    assert (batch.outcome, batch.counts.completed) == (None, 1)
    drive(job)
    assert (batch.outcome, batch.counts.completed, batch.counts.total) == ("completed", 2, 2)


@pytest.mark.parametrize("state", ["scheduled", "waiting", "running", "retrying"])
def test_only_what_has_ended_can_be_replayed(state: str) -> None:
    job = sentiment()
    change(job.id, state=state)
    with pytest.raises(Conflict, match=state):
        job.replay("fetch")


def test_a_step_that_there_is_not_is_named_with_those_that_are() -> None:
    job = drive(sentiment())
    for step in ("notify", "brew", ""):
        with pytest.raises(InvalidInput, match="fetch, score, persist"):
            job.replay(step)


def test_without_a_stored_reply_there_is_nothing_to_go_on_from(home: Path) -> None:
    with scripted(home, {"error": "authentication"}):
        job = drive(sentiment())
        with pytest.raises(Conflict, match="earlier step"):
            job.replay("persist")
        assert job.state == "failed"


def test_a_job_whose_dedup_key_another_has_is_not_replayed() -> None:
    job = sentiment(dedup_key="k")
    job.cancel()
    sentiment(dedup_key="k")
    with pytest.raises(Conflict, match="dedup key"):
        job.replay("fetch")


def test_a_completed_job_keeps_its_own_dedup_key() -> None:
    job = drive(sentiment(dedup_key="k"))
    job.replay("fetch")
    assert sentiment(dedup_key="k").id == job.id


def test_another_tenants_job_is_not_there() -> None:
    job = drive(sentiment())
    with pytest.raises(NotFound):
        Job(job_id=job.id, tenant="another").replay("fetch")
