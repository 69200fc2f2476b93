"""Cancelling what runs, on real workers: within a second, wherever the job is, and for good."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from models.control import cancel_jobs
from models.database import transact, writing
from models.limits import Change, change_limit
from models.tenants import DEFAULT_TENANT
from pipelines import Job, analyze, dispatch
from tests.harness.environment import environment
from tests.harness.ground import Ground
from tests.harness.traces import TRIVIAL
from tests.peers.llm_server import Answer, LlmServer

pytestmark = pytest.mark.live

WITHIN_S = 0.9
MANY = 40


def submit(text: str) -> Job:
    return analyze(TRIVIAL, {"text": text}).submit()


def cancelled_after_s(ground: Ground, job: Job) -> float:
    """Cancel a running job; how long it took to end."""
    begun = time.monotonic()
    assert job.cancel() == "running"
    ground.wait_until(lambda: job.state == "cancelled", within_s=10)
    return time.monotonic() - begun


@pytest.fixture
def slow_model() -> Iterator[LlmServer]:
    """A model that takes half a minute, asked by every job that is submitted."""
    with LlmServer() as server:
        server.answer = lambda _: Answer(delay_s=30)
        with environment(LLM_PROVIDER="openai", OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=server.url):
            yield server


def test_a_call_to_a_model_is_hung_up_and_its_job_ended_within_a_second(
    slow_model: LlmServer, ground: Ground
) -> None:
    with writing() as connection:
        change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))
    ground.workers(processes=1, threads=MANY)
    jobs = [submit(f"#{n}") for n in range(MANY)]
    ground.wait_until(lambda: len(slow_model.seen) == MANY)
    took = []
    for number, job in enumerate(jobs[: MANY // 2]):
        time.sleep(0.037 * (number % 7))  # so that the requests fall anywhere between two looks
        took.append(cancelled_after_s(ground, job))
    asked_at = time.monotonic()
    transact(lambda connection: cancel_jobs(connection, DEFAULT_TENANT))
    ground.settle(within_s=10)
    took.append(time.monotonic() - asked_at)
    hung_up = [seen.hung_up_at for seen in slow_model.seen if seen.hung_up_at is not None]
    print(f"cancelled after {sum(took) / len(took):.2f} s on average, {max(took):.2f} s at most")
    assert max(took) < WITHIN_S
    assert len(hung_up) == len(slow_model.seen) == MANY
    assert max(hung_up) - asked_at < WITHIN_S
    assert {job.state for job in jobs} == {"cancelled"}


def test_an_analyser_that_blocks_is_interrupted_within_a_second_and_its_worker_goes_on(
    ground: Ground,
) -> None:
    ground.workers(processes=1, threads=1)
    for number in range(5):
        job = submit(f"doze 30000; {number}")
        ground.wait_until(lambda job=job: job.state == "running")
        assert cancelled_after_s(ground, job) < WITHIN_S
    assert submit("plain").wait(10).state == "completed"


def test_a_job_that_runs_alone_is_ended_within_a_second(ground: Ground) -> None:
    ground.workers(processes=1, threads=2)
    job = submit("die 1; sleep 30000")
    ground.wait_until(lambda: ground.runs()["die 1; sleep 30000"] == 2, within_s=30)
    assert job.row.crash_count == 1
    assert cancelled_after_s(ground, job) < WITHIN_S


def test_a_cancelled_job_whose_worker_dies_before_it_hears_of_it_never_runs_again(ground: Ground) -> None:
    workers = ground.workers(processes=1, threads=1)
    job = submit("sleep 30000")
    ground.wait_until(lambda: ground.runs()["sleep 30000"] == 1)
    assert job.cancel() == "running"  # what sleeps in C hears nothing
    ground.kill_a_busy_one(workers)
    job.wait(20)
    dispatch()
    time.sleep(1)
    assert (job.state, ground.runs()["sleep 30000"]) == ("cancelled", 1)
