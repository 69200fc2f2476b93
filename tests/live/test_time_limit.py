"""A step that blocks in C past its job's time limit, on real workers: it ends, and nobody else suffers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipelines import analyze
from tests.harness.broker import Broker
from tests.harness.environment import environment
from tests.harness.ground import Ground, standing
from tests.harness.session import BROKER_SOCKET
from tests.harness.traces import RUNS, TRIVIAL

pytestmark = pytest.mark.live

LIMIT_MS = 1_500


@pytest.fixture
def short(database_url: str, home: Path) -> Iterator[Ground]:
    """A ground on which a job has a second and a half, twice."""
    with (
        environment(JOB_TIMEOUT_MS=str(LIMIT_MS), WORKER_MAX_ATTEMPTS="2"),
        standing(home, Broker(BROKER_SOCKET)) as made,
    ):
        yield made


def test_a_step_that_sleeps_in_c_is_ended_by_the_time_limit_of_its_job(short: Ground) -> None:
    short.workers(processes=1)
    neighbours = short.submit([f"sleep 10; #{n}" for n in range(50)])
    began = time.monotonic()
    job = analyze(TRIVIAL, {"text": "sleep 600000"}).submit().wait(60)
    took_s = time.monotonic() - began
    neighbours.wait(30)
    row = job.row
    print(f"ended after {took_s:.1f} s, {[event.state for event in job.events()]}")
    assert (row.state, row.error_class, row.failure_count, row.crash_count) == ("failed", "timeout", 2, 1)
    assert neighbours.outcome == "completed"
    assert took_s < 30

    lines = (short.home / RUNS).read_text().splitlines()
    first, *alone = [int(line.split()[0]) for line in lines if line.endswith("sleep 600000")]
    assert psutil.pid_exists(first)  # the worker lives on, less a thread
    assert len(alone) == 2
    assert not any(psutil.pid_exists(pid) for pid in alone)
