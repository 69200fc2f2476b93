"""models.recovery and models.crashes, on both databases: whatever was left open is put back, once."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from models.claims import Fence, hand_over
from models.crashes import MAX_CRASHES, MAX_LAPSES, QUARANTINED, count_crashes
from models.database import clock, reading, writing
from models.recovery import SWEEP, Swept, sweep, take_turn
from models.schema import jobs, marks
from models.unsent import unsend
from tests.steps.rows import (
    LEASE_MS,
    ME,
    at_once,
    batch,
    change,
    complete,
    count_events,
    end_badly,
    fence,
    job,
    members,
    put,
    put_batch,
    running,
    send,
    states,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")


def swept() -> Swept:
    with writing() as connection:
        return sweep(connection)


def run_and_die(job_id: str) -> None:
    send()
    take([fence(job_id)])
    change(job_id, lease_until_ms=1)


def turn(*, every_ms: int = 1_000, grace_ms: int = 500) -> bool:
    with writing() as connection:
        return take_turn(connection, every_ms=every_ms, grace_ms=grace_ms)


def test_a_sweep_over_work_in_good_order_changes_nothing() -> None:
    running()
    put(delay_ms=60_000)
    send()
    assert swept() == Swept()


def test_a_job_whose_worker_died_waits_again_and_its_old_worker_is_fenced_off() -> None:
    held = running()
    change(held.job_id, lease_until_ms=1)
    assert swept() == Swept(revived=1)
    row = job(held.job_id)
    assert (row.state, row.crash_count, row.failure_count, row.holder) == ("waiting", 1, 0, None)
    assert row.generation > held.generation
    assert complete(held) == set()
    assert end_badly(held) == set()
    assert states(held.job_id) == ["waiting", "running", "waiting"]


def test_a_job_that_kills_the_process_it_runs_alone_in_is_quarantined_and_told() -> None:
    job_id = put(channels=["file:a.jsonl"])
    for seen in range(1, MAX_CRASHES + 1):
        send()
        take([fence(job_id)])
        with writing() as connection:
            count_crashes(connection, jobs.c.id == job_id, clock(connection))
        assert job(job_id).crash_count == seen
    row = job(job_id)
    assert (row.state, row.failure_count) == ("failed", 0)
    assert (row.error_class, row.error_message) == ("internal", QUARANTINED)
    assert row.finished_at_ms is not None
    assert swept() == Swept()


def test_a_job_whose_workers_fall_silent_is_given_many_chances_but_not_without_end() -> None:
    job_id = put()
    for _ in range(MAX_LAPSES - 1):
        run_and_die(job_id)
        assert swept() == Swept(revived=1)
    run_and_die(job_id)
    assert swept() == Swept(quarantined=1)
    assert job(job_id).state == "failed"


def test_a_quarantined_member_is_counted_in_its_batch() -> None:
    batch_id = put_batch(1)
    (row,) = members(batch_id)
    change(row.id, crash_count=MAX_LAPSES - 1)
    run_and_die(row.id)
    swept()
    assert (batch(batch_id).failed, batch(batch_id).outcome) == (1, "completed_with_failures")


def test_a_message_that_nobody_took_is_to_be_sent_again_and_counts_against_nobody() -> None:
    job_id = put()
    send()
    change(job_id, lease_until_ms=1)
    assert swept() == Swept(resent=1)
    row = job(job_id)
    assert (row.state, row.crash_count, row.failure_count, row.lease_until_ms) == ("waiting", 0, 0, None)
    assert len(send()) == 1


def test_a_step_that_was_offered_and_not_taken_goes_on_from_there() -> None:
    held = running()
    with writing() as connection:
        hand_over(connection, held, "score", holder=ME, lease_ms=LEASE_MS, now=clock(connection))
    change(held.job_id, lease_until_ms=1)
    assert swept() == Swept(resent=1)
    row = job(held.job_id)
    assert (row.state, row.step, row.crash_count) == ("waiting", "score", 0)
    assert take([held], step="score") == {}  # the lost message, should it turn up
    (admitted,) = send()
    assert (admitted.step, admitted.generation) == ("score", job(held.job_id).generation)


def test_a_job_that_was_to_be_cancelled_when_its_worker_died_is_cancelled_not_run_again() -> None:
    held = running()
    change(held.job_id, lease_until_ms=1, cancel_requested=True)
    swept()
    row = job(held.job_id)
    assert (row.state, row.error_class) == ("cancelled", "cancelled")
    assert send() == []


def test_two_sweeps_at_once_put_each_job_back_once() -> None:
    batch_id = put_batch(16)
    send()
    take([Fence(row.id, row.generation) for row in members(batch_id)])
    with writing() as connection:
        connection.execute(update(jobs).values(lease_until_ms=1))
    both = at_once(2, lambda _: swept())
    assert sum(result.revived for result in both) == 16
    assert {row.crash_count for row in members(batch_id)} == {1}
    assert count_events("waiting") == 16 + 16


def test_a_sweep_and_a_finish_at_once_leave_one_truth() -> None:
    held = [running() for _ in range(12)]
    with writing() as connection:
        connection.execute(update(jobs).values(lease_until_ms=1))
    finished = at_once(3, lambda n: swept() if n == 0 else complete(*held[n % 2 :: 2]))[1:]
    won = set().union(*finished)
    for one in held:
        assert job(one.job_id).state == ("completed" if one in won else "waiting")


def test_of_eight_who_ask_at_once_one_sweeps() -> None:
    assert sum(at_once(8, lambda _: turn(every_ms=60_000))) == 1


def test_the_next_turn_comes_when_the_interval_is_over() -> None:
    assert turn(every_ms=10_000)
    assert not turn(every_ms=10_000)
    with writing() as connection:
        connection.execute(
            update(marks).where(marks.c.name == SWEEP).values(value=clock(connection) - 10_000)
        )
    assert turn(every_ms=10_000)


def test_after_an_outage_living_workers_get_a_grace_to_renew() -> None:
    held = running()
    assert turn()
    change(held.job_id, lease_until_ms=1)
    with writing() as connection:
        connection.execute(update(marks).values(value=clock(connection) - 60_000))
    assert turn(grace_ms=7_000)
    assert swept() == Swept()
    with reading() as connection:
        assert 5_000 < job(held.job_id).lease_until_ms - clock(connection) <= 7_000


def test_without_an_outage_there_is_no_grace() -> None:
    held = running()
    assert turn(every_ms=0)
    change(held.job_id, lease_until_ms=1)
    assert turn(every_ms=0)
    assert swept() == Swept(revived=1)


def test_what_could_not_be_sent_waits_for_the_next_admission_at_once() -> None:
    unsent, taken = put(), put()
    sent = [(a.job_id, a.generation) for a in send()]
    take([fence(taken)])
    with writing() as connection:
        unsend(connection, sent, clock(connection))
    assert (job(unsent).lease_until_ms, job(unsent).sends) == (None, 0)
    assert job(taken).state == "running"
    assert job(taken).lease_until_ms is not None


def test_more_crashes_than_one_statement_changes_are_all_counted_rightly() -> None:
    batch_id = put_batch(1_100)
    with writing() as connection:
        mine = update(jobs).where(jobs.c.batch_id == batch_id)
        connection.execute(
            mine.values(state="running", holder="h", lease_until_ms=1, crash_count=MAX_CRASHES - 1)
        )
        everything = jobs.c.batch_id == batch_id
        count_crashes(connection, everything & (jobs.c.state == "running"), clock(connection))
        found = connection.execute(select(jobs.c.state, jobs.c.crash_count).distinct()).all()
    assert all(row.state == "failed" or row.crash_count < MAX_CRASHES for row in found), found
