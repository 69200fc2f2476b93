"""Workers die, freeze and are told to stop under load: nothing is lost, doubled or blamed on the innocent."""

from __future__ import annotations

import signal

import pytest

from models.crashes import MAX_CRASHES, QUARANTINED
from pipelines import analyze
from tests.harness.ground import CHANNEL, Ground
from tests.harness.proof import lateness_ms, now_ms, proof, running_now
from tests.harness.traces import TRIVIAL

pytestmark = pytest.mark.live

JOBS = 1_000
MOST_LATE_MS = 10_000


def test_killing_workers_mid_load_loses_and_doubles_nothing(ground: Ground) -> None:
    fleet = [ground.workers(processes=1) for _ in range(2)]
    ground.submit([f"sleep 20; #{n}" for n in range(JOBS)], notify_members=[CHANNEL])
    lost = []
    for victim in (fleet[0], fleet[1], fleet[0]):
        victim.wait_ready()
        lost += ground.kill_a_busy_one(victim)
    ground.settle(within_s=80)
    late, found = lateness_ms(lost), proof()
    restarts = sum(workers.restarts for workers in fleet)
    print(f"3 kills of {len(lost)} held jobs, latest {late[-1]} ms, {restarts} restarts, {found}")
    assert restarts >= 2
    found.assert_all_completed(JOBS)
    assert found.retried == 0
    assert found.crashed >= len(late) > 0
    assert late[-1] < MOST_LATE_MS


def test_a_worker_stopped_past_its_lease_and_continued_changes_nothing_more(ground: Ground) -> None:
    workers = ground.workers()
    ground.submit([f"sleep 20; #{n}" for n in range(JOBS)], notify_members=[CHANNEL])
    ground.wait_until(lambda: proof().states["completed"] > JOBS / 10)
    pid, held = ground.stop_past_its_lease(workers)
    ground.wait_until(lambda: len(lateness_ms(held)) == len(held), within_s=30)
    workers.signal(pid, signal.SIGCONT)
    ground.settle(within_s=60)
    late, found = lateness_ms(held), proof()
    twice = sum(times > 1 for times in ground.runs().values())
    print(f"1 stop with {len(held)} held jobs, latest {late[-1]} ms, {twice} begun twice, {found}")
    assert len(late) == len(held) > 0
    assert workers.restarts == 0
    found.assert_all_completed(JOBS)
    assert late[-1] < MOST_LATE_MS


def test_sigterm_mid_load_gives_work_back_and_counts_against_nobody(ground: Ground) -> None:
    workers = ground.workers()
    ground.submit([f"sleep 20; #{n}" for n in range(JOBS)], notify_members=[CHANNEL])
    ground.wait_until(running_now)
    assert workers.terminate() == 0
    ended = proof()
    assert ended.open > 0, "the load was over before the signal"
    assert ended.states["running"] == 0, "a worker that stopped in good order holds nothing"
    ground.workers()
    ground.settle(within_s=60)
    found = proof()
    print(f"SIGTERM after {ended.states['completed']} of {JOBS}, {found}")
    found.assert_all_completed(JOBS)
    assert (found.retried, found.crashed) == (0, 0)


def test_a_job_that_kills_its_worker_is_quarantined_and_harms_no_neighbour(ground: Ground) -> None:
    workers = ground.workers(threads=4)
    before = ground.submit([f"sleep 20; before {n}" for n in range(100)])
    poison = analyze(TRIVIAL, {"text": "die"}).submit()
    after = ground.submit([f"sleep 20; after {n}" for n in range(100)])
    ground.settle(within_s=60)
    found, row, began = proof(), poison.row, ground.runs()["die"]
    print(f"poison begun {began} times, {workers.restarts} restarts, {found.crashed - 1} beside it, {found}")
    assert began == MAX_CRASHES == row.crash_count
    assert workers.restarts >= 1
    assert (row.state, row.failure_count, row.error_message) == ("failed", 0, QUARANTINED)
    found.assert_sound(201)
    assert found.states == {"completed": 200, "failed": 1}
    assert found.retried == 0
    assert (before.outcome, after.outcome) == ("completed", "completed")


def test_steps_handed_from_worker_to_worker_survive_the_death_of_either(ground: Ground) -> None:
    first = ground.workers(processes=1, queues=["fetch", "notify"])
    second = ground.workers(processes=1, queues=["score", "persist"])
    ground.submit([f"sleep 20; #{n}" for n in range(JOBS // 2)], notify_members=[CHANNEL])
    ground.wait_until(ground.runs)
    began_ms = now_ms()
    lost = ground.kill_a_busy_one(second)
    first.signal(first.children()[0], signal.SIGKILL)
    ground.settle(within_s=60)
    late, found = lateness_ms(lost), proof()
    print(f"2 kills of {len(lost)} held jobs, latest {late[-1]} ms, all in {now_ms() - began_ms} ms, {found}")
    assert first.restarts >= 1
    assert second.restarts >= 1
    found.assert_all_completed(JOBS // 2)
    assert late[-1] < MOST_LATE_MS
