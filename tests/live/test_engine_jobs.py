"""Single jobs on real workers: attempts, delays, cancellations, priorities, retries on request."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from errors import Conflict
from pipelines import Job, analyze
from tests.harness.ground import Ground
from tests.harness.proof import running_now, timeline
from tests.harness.traces import TRIVIAL

pytestmark = pytest.mark.live


def submit(text: str, **options: Any) -> Job:
    return analyze(TRIVIAL, {"text": text}, **options).submit()


def states(job: Job) -> list[str]:
    return [event.state for event in job.events()]


def starts_ms(job: Job) -> list[int]:
    return [event.at_ms for event in job.events() if event.state == "running"]


def test_a_job_goes_from_waiting_over_running_to_completed_with_its_answer(fleet: Ground) -> None:
    job = submit("sleep 1; plain").wait(10)
    assert states(job) == ["waiting", "running", "completed"]
    assert job.answer is not None
    assert (job.progress, job.eta.left_s, job.error) == (100, 0.0, None)
    assert job.result is not None
    assert (job.result.provider, job.result.model) == ("local", "local")


def test_a_failing_job_is_tried_again_with_growing_pauses_until_it_works(fleet: Ground) -> None:
    job = submit("fail 2").wait(15)
    assert job.state == "completed"
    assert states(job) == ["waiting"] + ["running", "retrying", "waiting"] * 2 + ["running", "completed"]
    first, second = (after - before for before, after in pairwise(starts_ms(job)))
    assert first >= 50  # a pause is at least half of WORKER_BACKOFF_DELAY, which is 100 ms here
    assert second >= 100  # and is doubled for the second
    assert (job.row.failure_count, fleet.runs()["fail 2"]) == (2, 3)


def test_a_job_that_always_fails_has_all_its_attempts_and_no_more(fleet: Ground) -> None:
    job = submit("fail; always").wait(15)
    assert (job.state, job.row.failure_count, fleet.runs()["fail; always"]) == ("failed", 3, 3)
    assert job.error is not None
    assert (job.error.error_class, job.error.message) == ("service_error", "The test said so.")
    assert job.answer is None


def test_an_error_that_another_try_cannot_mend_is_not_tried_again(fleet: Ground) -> None:
    job = submit("refuse; once").wait(10)
    assert (job.state, job.row.error_class, fleet.runs()["refuse; once"]) == ("failed", "invalid_input", 1)


def test_a_foreign_error_is_internal_and_shows_nothing_of_the_content(fleet: Ground) -> None:
    job = submit("crash; secret words").wait(15)
    assert job.error is not None
    assert (job.state, job.error.error_class, job.row.failure_count) == ("failed", "internal", 3)
    told = job.error.message + "".join(str(event.message) for event in job.events())
    assert "ZeroDivisionError" in told
    assert "secret" not in told
    assert not any("secret words" in tail for _, tail in fleet.log_tails())


def test_a_failed_job_runs_again_when_asked_and_only_a_failed_one(fleet: Ground) -> None:
    job = submit("fail 3; then well").wait(15)
    assert job.state == "failed"
    job.retry().wait(15)
    assert (job.state, job.row.failure_count, job.error) == ("completed", 0, None)
    with pytest.raises(Conflict, match="completed"):
        job.retry()


def test_a_delayed_job_starts_when_its_time_has_come(fleet: Ground) -> None:
    job = submit("delayed", delay_s=0.8)
    assert job.state == "scheduled"
    job.wait(10)
    assert states(job) == ["scheduled", "waiting", "running", "completed"]
    waited_ms = starts_ms(job)[0] - job.row.created_at_ms
    assert 800 <= waited_ms < 4_000


def test_cancelling_a_job_that_has_not_started_ends_it_at_once(fleet: Ground) -> None:
    job = submit("never to run", delay_s=60)
    assert job.cancel() == "cancelled"
    assert states(job) == ["scheduled", "cancelled"]
    assert job.cancel() == "cancelled"  # once more changes nothing
    assert fleet.runs()["never to run"] == 0


def test_cancelling_a_running_job_ends_it_without_an_answer(fleet: Ground) -> None:
    job = submit("sleep 1600; to be cancelled")
    fleet.wait_until(lambda: job.state == "running")
    assert job.cancel() == "running"
    job.wait(15)
    assert (job.state, job.row.error_class, job.answer) == ("cancelled", "cancelled", None)
    assert states(job)[-1] == "cancelled"


def test_a_completed_job_cannot_be_cancelled(fleet: Ground) -> None:
    job = submit("too late").wait(10)
    with pytest.raises(Conflict, match="completed"):
        job.cancel()


def test_a_second_job_under_the_same_dedup_key_is_the_first(fleet: Ground) -> None:
    first = submit("sleep 100; once only", dedup_key="one")
    second = submit("sleep 100; once only", dedup_key="one")
    assert second.id == first.id
    first.wait(10)
    assert submit("sleep 100; once only", dedup_key="one").id == first.id
    assert fleet.runs()["sleep 100; once only"] == 1


def test_urgent_jobs_overtake_those_that_wait(fleet: Ground) -> None:
    low = fleet.submit([f"sleep 15; low {n}" for n in range(300)], priority="low")
    fleet.wait_until(running_now)
    high = fleet.submit([f"high {n}" for n in range(10)], priority="high").wait(60)
    low.wait(60)
    urgent = {member.id for member in high.members()}
    told = timeline([member.id for member in low.members()] + sorted(urgent))
    asked = next(n for n, event in enumerate(told) if event.job_id in urgent)
    last = max(n for n, event in enumerate(told) if event.job_id in urgent and event.state == "running")
    ahead = [event for event in told[asked:last] if event.state == "running" and event.job_id not in urgent]
    begun = sum(event.state == "running" for event in told[:asked])
    print(f"{begun} of 300 low jobs had begun before, {len(ahead)} more before the last of 10 high ones")
    assert begun < 200, "the low jobs were nearly over before the high ones came"
    # The window that was sent already goes first: 4 messages for each of 16 threads, and those running.
    assert len(ahead) <= 4 * 16 + 16
