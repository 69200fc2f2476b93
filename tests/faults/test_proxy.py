"""The way to the broker is bad: replies are lost with their connections, and it is away for seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.report import found, report
from tests.harness.broker import Broker
from tests.harness.ground import CHANNEL, Ground, standing
from tests.harness.proof import open_now, proof, running_now
from tests.harness.proxy import Proxy
from tests.harness.seed import chance
from tests.harness.session import BROKER_SOCKET, HOME

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

JOBS = 4_000
DROP_SHARE = 0.02
LEAST_DROPPED = 20
OUTAGES = 3
AWAY_S = 8.0
BETWEEN_S = 3.0


@pytest.fixture
def proxy(request: pytest.FixtureRequest) -> Iterator[Proxy]:
    """Where everybody looks for the broker; the broker itself listens behind it."""
    made = Proxy(BROKER_SOCKET, HOME / "behind.sock", chance(request.node.name))
    made.up()
    yield made
    made.close()


@pytest.fixture
def ground(database_url: str, home: Path, proxy: Proxy) -> Iterator[Ground]:
    with standing(home, Broker(HOME / "behind.sock")) as made:
        yield made


def test_lost_replies_lose_double_and_strand_nothing(ground: Ground, proxy: Proxy) -> None:
    began_s = time.monotonic()
    ground.workers()
    proxy.drop_share = DROP_SHARE
    ground.submit(
        [f"{'fail 1; ' * (n % 10 == 0)}sleep 20; #{n}" for n in range(JOBS)], notify_members=[CHANNEL]
    )
    ground.settle(within_s=200)
    proxy.drop_share = 0.0
    ground.wait_until(lambda: not ground.broker.held())  # no message is stranded in a living worker's name
    told = proof()
    print(f"{proxy.dropped} of {proxy.dropped + proxy.passed} replies dropped, {told}")
    assert proxy.dropped >= LEAST_DROPPED
    told.assert_all_completed(JOBS)
    assert told.retried == JOBS / 10
    report(
        "2 % of the broker's replies dropped",
        fired=f"{proxy.dropped} replies",
        jobs=JOBS,
        seconds=time.monotonic() - began_s,
        became=found(told),
    )


def test_outages_of_the_broker_strand_no_job_that_fails_meanwhile(ground: Ground, proxy: Proxy) -> None:
    began_s = time.monotonic()
    ground.workers()
    ground.submit([f"sleep 200; fail 1; #{n}" for n in range(JOBS // 4)], notify_members=[CHANNEL])
    failed, hit = [], []
    for _ in range(OUTAGES):
        ground.wait_until(running_now)
        before = proof().retried
        proxy.down()
        time.sleep(AWAY_S)
        failed.append(proof().retried - before)
        hit.append(open_now())
        proxy.up()
        time.sleep(BETWEEN_S)
    ground.settle(within_s=200)
    told = proof()
    print(f"{OUTAGES} outages, {failed} failures in them, {hit} jobs open at their ends, {told}")
    assert all(failed), "no job failed while the broker was away"
    assert all(hit), "the work was over before the outage"
    told.assert_all_completed(JOBS // 4)
    report(
        f"broker away for {AWAY_S:.0f} s",
        fired=f"{OUTAGES} outages, {sum(failed)} failures in them",
        jobs=JOBS // 4,
        seconds=time.monotonic() - began_s,
        became=found(told),
    )
