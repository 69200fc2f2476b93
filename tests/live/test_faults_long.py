"""The long suite (`-m faults`): more jobs, more faults, all of them together, on both databases."""

from __future__ import annotations

import random
import signal
import time
from itertools import cycle

import pytest

from pipelines import analyze
from tests.harness.ground import CHANNEL, Ground
from tests.harness.proof import lateness_ms, open_now, proof
from tests.harness.traces import TRIVIAL

pytestmark = [pytest.mark.live, pytest.mark.faults, pytest.mark.timeout(900)]

JOBS = 10_000
MIX_S = 90


def test_workers_killed_again_and_again_while_they_hold_the_same_jobs_blame_no_innocent(
    ground: Ground,
) -> None:
    workers = ground.workers()
    ground.submit([f"sleep 800; #{n}" for n in range(200)], notify_members=[CHANNEL])
    lost = []
    for _ in range(6):
        lost += ground.kill_a_busy_one(workers)
        time.sleep(3)
    ground.settle(within_s=180)
    found = proof()
    print(f"6 kills of {len(lost)} held jobs, {workers.restarts} restarts, {found}")
    found.assert_all_completed(200)


def test_a_mix_of_all_faults_loses_and_doubles_nothing(ground: Ground) -> None:
    fleet = [ground.workers(processes=1) for _ in range(3)]
    for part in range(10):
        ground.submit([f"sleep 20; {part} {n}" for n in range(JOBS // 10)], notify_members=[CHANNEL])
    poison = analyze(TRIVIAL, {"text": "die"}).submit()
    kills = wipes = stops = 0
    lost = []
    until = time.monotonic() + MIX_S
    faults = cycle(["kill", "wipe", "stop", "kill", "broker"])
    chance = random.Random(7)
    while time.monotonic() < until and open_now() > JOBS / 20:
        time.sleep(chance.uniform(1, 3))
        match next(faults):
            case "kill":
                lost += ground.kill_a_busy_one(chance.choice(fleet))
                kills += 1
            case "wipe":
                ground.broker.wipe()
                wipes += 1
            case "broker":
                ground.broker.kill()
                time.sleep(chance.uniform(0, 2))
                ground.broker.start()
                wipes += 1
            case "stop":
                workers = chance.choice(fleet)
                pid, held = ground.stop_past_its_lease(workers)
                time.sleep(4)
                workers.signal(pid, signal.SIGCONT)
                lost += held
                stops += 1
    ground.settle(within_s=600)
    found, late = proof(), lateness_ms(lost)
    assert kills
    assert wipes
    assert stops
    print(f"{kills} kills, {wipes} wipes, {stops} stops, latest {late[-1:]} ms, {found}")
    found.assert_sound(JOBS + 1)
    assert poison.row.crash_count == 3
    assert found.states == {"completed": JOBS, "failed": 1}
