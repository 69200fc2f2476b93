"""All faults together, on both databases: what was accepted ends, once, and only the poison dies."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select

from models.crashes import MAX_CRASHES, QUARANTINED
from models.database import reading
from models.schema import jobs
from pipelines import analyze
from settings import get_settings
from tests.faults.chaos import Chaos
from tests.faults.report import found, report
from tests.harness.databases import Databases
from tests.harness.ground import CHANNEL, Ground
from tests.harness.proof import lateness_ms, open_now, proof
from tests.harness.seed import SMOKE, chance
from tests.harness.traces import TRIVIAL

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]

JOBS = 400 if SMOKE else 5_000
BATCHES = 10
FEW = 50  # so many jobs are always open while there are faults
WORK_MS = 200
LEAST_STRIKES = 8 if SMOKE else 40
ONE_IN = 10  # jobs that fail once before they work


def text(number: int) -> str:
    fails = "fail 1; " if number % ONE_IN == 0 else ""
    return f"{fails}sleep {WORK_MS}; #{number}"


def test_all_faults_at_once_lose_double_and_kill_nothing(ground: Ground, databases: Databases) -> None:
    began_s = time.monotonic()
    dice = chance("mix")
    fleet = [ground.workers(processes=1) for _ in range(3)]
    for batch in range(BATCHES):
        many = range(batch * JOBS // BATCHES, (batch + 1) * JOBS // BATCHES)
        ground.submit([text(number) for number in many], notify_members=[CHANNEL])
    poison = analyze(TRIVIAL, {"text": "die"}, priority="high").submit()
    chaos = Chaos(ground, fleet, databases, dice)
    strikes = 0
    while (left := open_now()) > FEW or strikes < LEAST_STRIKES:
        if left < FEW:
            ground.submit(
                [text(JOBS + strikes * FEW + number) for number in range(FEW)], notify_members=[CHANNEL]
            )
        chaos.strike()
        strikes += 1
    chaos.stop()
    ground.settle(within_s=300)
    told, late, row = proof(), lateness_ms(chaos.lost), poison.row
    print(f"{dict(chaos.fired)}, latest {late[-1:]} ms, poison crashed {row.crash_count} times, {told}")
    _all_fired(chaos, told.retried)
    told.assert_sound(told.accepted)
    assert set(chaos.accepted()) <= _job_ids()
    assert (row.state, row.error_message) == ("failed", QUARANTINED)
    assert row.crash_count >= MAX_CRASHES
    assert [dead for dead in _dead() if dead[0] != poison.id] == []
    assert told.states == {"completed": told.accepted - 1, "failed": 1}
    assert told.retried >= JOBS / ONE_IN / 2  # some failures were lost together with their workers
    fired = ", ".join(f"{times} {what}" for what, times in sorted(chaos.fired.items()))
    report(
        "all faults",
        fired=f"{fired}, {told.retried} failures",
        jobs=told.accepted,
        seconds=time.monotonic() - began_s,
        became=found(told, guilty=1),
    )


def _all_fired(chaos: Chaos, failures: int) -> None:
    wanted = {"workers killed", "broker wiped", "broker killed", "workers frozen", "sweepers killed"}
    wanted |= {"producers killed"}
    wanted |= set() if get_settings().is_sqlite else {"database crashed"}
    missing = {what for what in wanted if not chaos.fired[what]}
    assert not missing, f"never fired: {missing}"
    if not SMOKE:
        assert chaos.fired["in mid-sweep"], "no sweep was killed inside its transaction"
        assert chaos.fired["messages wiped"], "the broker was empty whenever it was wiped"
    assert failures


def _dead() -> list[tuple[str, str, str, int, int]]:
    """The jobs that failed: id, class and words of the error, failures, crashes."""
    told = [jobs.c[name] for name in ("id", "error_class", "error_message", "failure_count", "crash_count")]
    with reading() as connection:
        rows = connection.execute(select(*told).where(jobs.c.state == "failed")).all()
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def _job_ids() -> set[str]:
    with reading() as connection:
        return set(connection.execute(select(jobs.c.id)).scalars())
