"""Workers die, freeze and are told to stop under load: nothing is lost, doubled or blamed on the innocent."""

from __future__ import annotations

import time

import pytest

from tests.harness.ground import CHANNEL, Ground
from tests.harness.proof import lateness_ms, proof

pytestmark = pytest.mark.live

JOBS = 1_000
MOST_LATE_MS = 10_000


def test_killing_workers_mid_load_loses_and_doubles_nothing(ground: Ground) -> None:
    workers = ground.workers()
    ground.submit([f"sleep 60; #{n}" for n in range(JOBS)], notify=[CHANNEL])
    lost = []
    for _ in range(3):
        held = ground.kill_a_busy_one(workers)
        lost += held
        time.sleep(1)
    ground.settle(within_s=60)
    late = lateness_ms(lost)
    found = proof()
    print(f"kills 3, jobs in their hands {len(lost)}, latest {late[-1]} ms, {found}")
    assert len(lost) >= 3
    assert late[-1] < MOST_LATE_MS
    found.assert_all_completed(JOBS)
