"""Workers are killed again and again while they hold the same jobs: no innocent is blamed."""

from __future__ import annotations

import time

import pytest

from tests.faults.report import found, report
from tests.harness.ground import CHANNEL, Ground
from tests.harness.proof import proof

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

JOBS = 200
KILLS = 6


def test_jobs_that_lost_their_workers_again_and_again_are_not_taken_for_poison(ground: Ground) -> None:
    began_s = time.monotonic()
    workers = ground.workers()
    ground.submit([f"sleep 800; #{n}" for n in range(JOBS)], notify_members=[CHANNEL])
    lost = []
    for _ in range(KILLS):
        lost += ground.kill_a_busy_one(workers)
        time.sleep(3)
    ground.settle(within_s=180)
    told = proof()
    print(f"{KILLS} kills of {len(lost)} held jobs, {workers.restarts} restarts, {told}")
    told.assert_all_completed(JOBS)
    report(
        "workers killed in a row",
        fired=f"{KILLS} kills of {len(lost)} held jobs",
        jobs=JOBS,
        seconds=time.monotonic() - began_s,
        became=found(told),
    )
