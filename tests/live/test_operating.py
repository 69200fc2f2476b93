"""Operating real workers while they run: what is changed holds within a second."""

from __future__ import annotations

import time

import pytest

from models.limits import Change
from pipelines import Job, analyze
from pipelines.queues import change_queue
from tests.harness.ground import Ground
from tests.harness.proof import running_now
from tests.harness.traces import TRIVIAL

pytestmark = pytest.mark.live

QUEUE = "ai_analysis"


def submit(text: str) -> Job:
    return analyze(TRIVIAL, {"text": text}).submit()


def tell(change: Change) -> None:
    change_queue("queue", QUEUE, change)


def test_a_paused_queue_starts_nothing_and_goes_on_within_a_second(ground: Ground) -> None:
    ground.workers(processes=1, threads=4)
    submit("warm").wait(10)
    tell(Change(paused=True))
    job = submit("later")
    time.sleep(1.5)  # a feed and several sweeps go by
    assert job.state == "waiting"
    assert job.why is not None
    assert (job.why.gate, "paused" in job.why.reason) == (f"queue {QUEUE}", True)
    begun = time.monotonic()
    tell(Change(paused=False))
    job.wait(10)
    took_s = time.monotonic() - begun
    print(f"completed {took_s:.2f} s after it was resumed")
    assert took_s < 1
    assert job.why is None


def test_a_limit_that_is_raised_lets_more_run_within_a_second(ground: Ground) -> None:
    tell(Change(concurrency=1))
    ground.workers(processes=1, threads=8)
    jobs = [submit(f"doze 20000; {number}") for number in range(6)]
    ground.wait_until(lambda: running_now() == 1)
    time.sleep(1)
    assert running_now() == 1
    begun = time.monotonic()
    tell(Change(concurrency=5))
    ground.wait_until(lambda: running_now() == 5)
    took_s = time.monotonic() - begun
    print(f"four more ran {took_s:.2f} s after the limit was raised")
    assert took_s < 1
    held = next(why for job in jobs if (why := job.why))
    assert held.gate == f"queue {QUEUE}"


def test_a_completed_job_runs_again_from_a_step_on_real_workers(ground: Ground) -> None:
    ground.workers(processes=1, threads=4)
    job = submit("again").wait(10)
    for step, runs in (("score", 2), ("fetch", 3), ("persist", 4)):  # a local answer is made again
        assert job.replay(step).wait(10).state == "completed"
        assert ground.runs()["again"] == runs
