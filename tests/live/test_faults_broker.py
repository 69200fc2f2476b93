"""The broker is wiped, killed, and made to deliver everything twice: the database re-drives what was lost."""

from __future__ import annotations

import time

import pytest

from tests.harness.ground import CHANNEL, Ground
from tests.harness.proof import lateness_ms, on_their_way, proof, running_now
from tests.harness.traces import COPIED, SKIPPED
from tests.harness.twice import doubled

pytestmark = pytest.mark.live

JOBS = 1_000
MOST_LATE_MS = 10_000


def busy(ground: Ground) -> bool:
    return bool(ground.broker.held() and running_now() and on_their_way())


def test_wiping_the_broker_mid_load_loses_and_doubles_nothing(ground: Ground) -> None:
    ground.workers()
    ground.submit([f"sleep 30; #{n}" for n in range(JOBS)], notify_members=[CHANNEL])
    wiped, lost = 0, []
    for _ in range(2):
        ground.wait_until(lambda: busy(ground))
        wiped += ground.broker.wipe()
        lost += on_their_way()
        time.sleep(0.5)
    ground.settle(within_s=60)
    late, found = lateness_ms(lost), proof()
    print(f"2 wipes of {wiped} messages, {len(late)} sent again, latest {late[-1]} ms, {found}")
    assert wiped > 0
    assert late[-1] < MOST_LATE_MS
    found.assert_all_completed(JOBS)


def test_killing_the_broker_without_persistence_mid_load_loses_and_doubles_nothing(ground: Ground) -> None:
    ground.workers()
    ground.submit([f"sleep 30; #{n}" for n in range(JOBS)], notify_members=[CHANNEL])
    killed, lost = 0, []
    for away_s in (0.0, 1.5):
        ground.wait_until(lambda: busy(ground))
        killed += ground.broker.held()
        ground.broker.kill()
        lost += on_their_way()
        time.sleep(away_s)
        ground.broker.start()
    ground.settle(within_s=60)
    late, found = lateness_ms(lost), proof()
    print(f"2 kills with {killed} messages, {len(late)} sent again, latest {late[-1]} ms, {found}")
    assert killed > 0
    assert late[-1] < MOST_LATE_MS
    found.assert_all_completed(JOBS)


WHOLE: tuple[tuple[str, ...], ...] = ((),)
SPLIT = (("fetch", "notify"), ("score", "persist"))


@pytest.mark.parametrize(
    "queues", [pytest.param(WHOLE, marks=pytest.mark.faults, id="whole"), pytest.param(SPLIT, id="split")]
)
def test_delivering_every_message_twice_doubles_nothing(
    ground: Ground, queues: tuple[tuple[str, ...], ...]
) -> None:
    for served in queues:
        ground.workers(processes=1, queues=served, extra=["tests.harness.twice_everywhere"])
    with doubled():
        ground.submit([f"sleep 5; #{n}" for n in range(JOBS)], notify_members=[CHANNEL])
    ground.settle(within_s=60)
    ground.wait_until(lambda: not ground.broker.held())
    copied, skipped = ground.bytes_in(COPIED), ground.bytes_in(SKIPPED)
    repeated = sum(times > 1 for times in ground.runs().values())
    found = proof()
    print(f"{copied} messages copied, {skipped} skipped, {repeated} analyses begun twice, {found}")
    assert copied >= JOBS * len(queues)  # where steps are split over workers, each job is sent on as well
    assert skipped >= copied
    found.assert_all_completed(JOBS)
