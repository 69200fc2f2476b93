"""The state machine on both databases: 500 examples of 50 steps each, whatever their order."""

from __future__ import annotations

import time
from collections.abc import Iterator

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine import Machine, fired
from tests.faults.report import report
from tests.harness.clocks import mend, unhinge
from tests.harness.environment import environment
from tests.harness.seed import SEED, SMOKE

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

EXAMPLES = 15 if SMOKE else 600  # some are cut short, and there are to be at least 500 × 50 steps
STEPS = 50
LEAST_STEPS = 300 if SMOKE else 500 * STEPS
FAULTS = ("finish: by a zombie", "messages refused", "revived", "sent again")
RARER_FAULTS = (
    *("fail: by a zombie", "give back: by a zombie", "hand over: by a zombie", "crash: effective"),
    *("messages lost", "retried", "quarantined", "cancelled while running", "freed by a wipe", "renewed"),
    "clock jumps",
)


@pytest.fixture
def crooked_clock(database_url: str) -> Iterator[None]:
    fired.clear()
    hasty = "" if database_url.startswith("sqlite") else "&options=-c%20synchronous_commit=off"
    with environment(DATABASE_URL=database_url + hasty):  # nothing crashes here, so nothing need be on disk
        unhinge()
        yield
        mend()


@pytest.mark.usefixtures("crooked_clock")
def test_no_order_of_steps_breaks_a_law() -> None:
    began_s = time.monotonic()
    check = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=[Phase.generate] if SMOKE else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(hypothesis.seed(SEED)(Machine), settings=check)
    print(", ".join(f"{what} {times}" for what, times in sorted(fired.items())))
    for fault in FAULTS if SMOKE else FAULTS + RARER_FAULTS:
        assert fired[fault], f"{fault!r} never happened, so it was not tested"
    assert fired["steps"] >= LEAST_STEPS
    zombies = sum(times for what, times in fired.items() if what.endswith("by a zombie"))
    report(
        "state machine",
        fired=f"{fired['steps']} steps, {zombies} zombie writes, {fired['messages refused']} doubled",
        jobs=fired["admitted"],
        seconds=time.monotonic() - began_s,
    )
