"""models.clock_jumps, on both databases: the database's clock is put forward and back by two hours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from models.claims import HELD, renew
from models.database import clock, reading, writing
from models.deliveries import claim_deliveries, take_overdue
from models.limits import Change, change_limit
from models.recovery import ABANDONED_AFTER_MS, Swept, sweep, take_turn
from models.schema import jobs
from tests.harness.clocks import mend, turn_clock, unhinge
from tests.steps.rows import (
    LEASE_MS,
    ME,
    batch,
    complete,
    end_badly,
    fence,
    job,
    put,
    put_batch,
    running,
    send,
    take,
)

TWO_HOURS_MS = 7_200_000
GRACE_MS = 7_500


@pytest.fixture(autouse=True)
def _crooked_clock(database_url: str) -> Iterator[None]:
    unhinge()
    yield
    mend()


def now() -> int:
    with reading() as connection:
        return clock(connection)


def swept() -> Swept | None:
    """A sweep as a worker does it: None where it was not its turn."""
    with writing() as connection:
        mine = take_turn(connection, every_ms=2_000, grace_ms=GRACE_MS)
        return sweep(connection) if mine else None


def jump(by_ms: int) -> None:
    """Somebody has just swept, and the clock is put elsewhere."""
    turn_clock(2_000)
    assert swept() == Swept()
    turn_clock(by_ms)


@pytest.mark.parametrize("by_ms", [TWO_HOURS_MS, -TWO_HOURS_MS])
def test_a_jump_takes_no_job_from_a_living_worker(by_ms: int) -> None:
    held, sent = running(), put()
    send()
    jump(by_ms)
    resent = 1 if by_ms > 0 else 0  # a message is sent once more, which counts against nobody
    assert swept() == Swept(resent=resent)
    with writing() as connection:
        assert held in renew(connection, [held], holder=ME, lease_ms=LEASE_MS, now=clock(connection))
    turn_clock(2_500)
    assert swept() == Swept()
    assert complete(held) == {held}
    assert (job(sent).crash_count, job(held.job_id).crash_count) == (0, 0)


@pytest.mark.parametrize("by_ms", [TWO_HOURS_MS, -TWO_HOURS_MS])
def test_after_a_jump_a_dead_workers_job_runs_again_within_a_lease_and_a_sweep(by_ms: int) -> None:
    held = running()
    jump(by_ms)
    found = [swept()]
    for _ in range(LEASE_MS // 2_000 + 1):
        turn_clock(2_000)
        found.append(swept())
    assert sum(one.revived for one in found if one) == 1
    assert job(held.job_id).state == "waiting"


def test_what_was_delayed_waits_no_longer_for_a_clock_that_was_put_back() -> None:
    delayed, failed = put(delay_ms=60_000), running()
    end_badly(failed, retry_in_ms=60_000)
    jump(-TWO_HOURS_MS)
    swept()
    turn_clock(50_000)
    assert send() == []
    turn_clock(10_000)
    assert {one.job_id for one in send()} == {delayed, failed.job_id}


def test_a_retry_that_was_due_just_before_a_clock_was_put_back_is_still_due() -> None:
    failed = running()
    end_badly(failed, retry_in_ms=100)
    jump(-TWO_HOURS_MS)
    swept()
    assert [one.job_id for one in send()] == [failed.job_id]


def test_who_stands_in_line_is_not_overtaken_after_a_clock_was_put_back() -> None:
    with writing() as connection:
        change_limit(connection, "queue", "ai_analysis", Change(concurrency=1))
    first = put()
    jump(-TWO_HOURS_MS)
    swept()
    second = put()
    assert [one.job_id for one in send()] == [first]
    assert job(second).lease_until_ms is None


def test_a_rate_is_free_again_within_its_period_after_a_clock_was_put_back() -> None:
    with writing() as connection:
        change_limit(connection, "queue", "ai_analysis", Change(rate=1))
    put()
    assert len(send()) == 1
    jump(-TWO_HOURS_MS)
    put()
    assert len(send()) == 1
    put()
    assert send() == []
    turn_clock(62_000)
    assert len(send()) == 1


def test_a_delivery_whose_sender_died_is_overdue_at_its_time_after_a_clock_was_put_back() -> None:
    held = running(channels=["file:a"])
    complete(held)
    with writing() as connection:
        claim_deliveries(connection, held.job_id, lease_ms=60_000)
    jump(-TWO_HOURS_MS)
    swept()
    turn_clock(61_000)
    with writing() as connection:
        assert take_overdue(connection, older_than_ms=3_000, lease_ms=LEASE_MS) == [held.job_id]


def test_a_clock_put_forward_abandons_no_batch_that_is_being_fed() -> None:
    batch_id = put_batch(1, sealed=False)
    assert ABANDONED_AFTER_MS < TWO_HOURS_MS
    jump(TWO_HOURS_MS)
    swept()
    assert not batch(batch_id).sealed


def test_small_steps_of_a_clock_being_set_right_change_nothing() -> None:
    held = running()
    jump(-40)
    swept()
    jump(-40)
    swept()
    with reading() as connection:
        left_ms = connection.execute(select(jobs.c.lease_until_ms).where(HELD)).scalar_one() - now()
    assert LEASE_MS - 6_000 < left_ms <= LEASE_MS
    assert take([fence(held.job_id)]) == {}
