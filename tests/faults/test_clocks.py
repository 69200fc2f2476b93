"""Clocks are wrong: those of workers change nothing, and a jump of the database's own loses nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pipelines import analyze
from tests.faults.report import found, report
from tests.harness.clocks import clock_is_off_by_ms, mend, turn_clock, unhinge
from tests.harness.ground import CHANNEL, LEASE_MS, Ground
from tests.harness.proof import lateness_ms, proof, running_now
from tests.harness.traces import TICKS, TRIVIAL

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

JOBS = 600
TWO_HOURS_S = 7_200


def test_workers_whose_own_clocks_are_two_hours_off_do_as_all_others(ground: Ground) -> None:
    began_s = time.monotonic()
    for off_s in (TWO_HOURS_S, -TWO_HOURS_S):
        ground.workers(
            processes=1, extra=["tests.harness.wrong_time"], environment={"WRONG_TIME_S": str(off_s)}
        )
    delayed = analyze(TRIVIAL, {"text": "delayed"}, delay_s=3).submit()
    ground.submit(
        [f"{'fail 1; ' * (n % 10 == 0)}sleep 20; #{n}" for n in range(JOBS)], notify_members=[CHANNEL]
    )
    ground.settle(within_s=60)
    told, row = proof(), delayed.row
    print(f"delayed job began after {row.started_at_ms - row.created_at_ms} ms, {told}")
    told.assert_all_completed(JOBS + 1)
    assert (told.retried, told.crashed) == (JOBS / 10, 0)
    assert 3_000 <= row.started_at_ms - row.created_at_ms < 10_000
    _say("workers' clocks ±2 h", "2 workers", began_s)


@pytest.fixture
def crooked_clock(database_url: str) -> Iterator[None]:
    unhinge()
    yield
    mend()


@pytest.mark.usefixtures("crooked_clock")
def test_a_jump_of_the_databases_clock_blames_nobody_and_strands_nothing(ground: Ground) -> None:
    began_s = time.monotonic()
    workers = [ground.workers(processes=1, extra=["tests.harness.crooked_clock"]) for _ in range(2)]
    ground.submit(
        [f"{'fail 1; ' * (n % 10 == 0)}sleep 300; #{n}" for n in range(JOBS)], notify_members=[CHANNEL]
    )
    for hours in (2, -2, -2, 2):
        ground.wait_until(lambda: running_now() > 4)
        turn_clock(hours * 3_600_000)
        time.sleep(1.5)
    assert clock_is_off_by_ms() == 0
    before = proof()
    assert before.open, "the work was over before the jumps"
    assert before.crashed == 0, "a jump was taken for a crash"
    turn_clock(-2 * 3_600_000)
    lost = ground.kill_a_busy_one(workers[0])  # its leases lie two hours ahead
    ground.settle(within_s=60)
    told = proof()
    print(f"5 jumps, {len(lost)} jobs lost with their worker after the last, {told}")
    told.assert_all_completed(JOBS)
    assert told.crashed <= len(lost)
    assert lost
    _say("database's clock ±2 h", "5 jumps", began_s)


def test_schedulers_and_sweepers_at_once_revive_each_job_once(ground: Ground) -> None:
    began_s = time.monotonic()
    workers = [ground.workers(processes=1, extra=["tests.harness.ticking"]) for _ in range(2)]
    for _ in range(2):
        ground.helper("tests.harness.scheduling", TZ="UTC")
        ground.helper("tests.harness.sweeper")
    ground.submit([f"sleep 400; #{n}" for n in range(JOBS // 2)], notify_members=[CHANNEL])
    ground.wait_until(lambda: running_now() > 4)
    lost = ground.kill_a_busy_one(workers[0])
    ground.wait_until(lambda: len(lateness_ms(lost)) == len(lost), within_s=20 + LEASE_MS / 1000)
    ground.wait_until(lambda: ground.bytes_in(TICKS) >= 2, within_s=75)
    ground.settle(within_s=60)
    told = proof()
    print(f"{ground.bytes_in(TICKS)} ticks, {len(lost)} jobs lost with their worker, {told}")
    told.assert_all_completed(JOBS // 2)
    assert told.crashed == told.crashes == len(lost) > 0, "each loss is counted once"
    assert "!" not in (ground.home / TICKS).read_text()
    _say("two schedulers, two sweepers", f"{ground.bytes_in(TICKS)} ticks", began_s)


def _say(fault: str, fired: str, began_s: float) -> None:
    told = proof()
    report(fault, fired=fired, jobs=told.accepted, seconds=time.monotonic() - began_s, became=found(told))
