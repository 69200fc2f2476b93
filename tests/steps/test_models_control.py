"""models.control, on both databases: what people ask for happens once, to their own jobs only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from errors import Conflict, NotFound
from models.claims import asked_to_cancel, hand_over
from models.control import cancel_batch, cancel_job, retry_failed, retry_job
from models.database import clock, reading, writing
from models.replay import replay_job
from models.stopping import Stopped
from models.submission import submit_job
from tests.steps.rows import (
    LEASE_MS,
    ME,
    OTHER,
    TENANT,
    at_once,
    batch,
    change,
    complete,
    end_badly,
    fence,
    job,
    members,
    new,
    put,
    put_batch,
    running,
    send,
    states,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")


def cancel(job_id: str, tenant: str = TENANT) -> str:
    with writing() as connection:
        return str(cancel_job(connection, tenant, job_id))


def retry(job_id: str, tenant: str = TENANT) -> None:
    with writing() as connection:
        retry_job(connection, tenant, job_id)


@pytest.mark.parametrize("delay_ms", [0, 60_000])
def test_what_no_worker_holds_is_cancelled_at_once_and_told(delay_ms: int) -> None:
    job_id = put(delay_ms=delay_ms)
    assert cancel(job_id) == "cancelled"
    row = job(job_id)
    assert (row.state, row.error_class) == ("cancelled", "cancelled")
    assert row.finished_at_ms is not None
    assert states(job_id)[-1] == "cancelled"


def test_a_job_between_two_attempts_is_cancelled_at_once() -> None:
    held = running()
    end_badly(held, retry_in_ms=60_000)
    assert cancel(held.job_id) == "cancelled"


def test_the_message_of_a_cancelled_job_takes_nothing() -> None:
    job_id = put()
    send()
    sent = fence(job_id)
    cancel(job_id)
    assert take([sent]) == {}


def test_a_running_job_is_asked_and_still_may_finish_first() -> None:
    held = running()
    assert cancel(held.job_id) == "running"
    assert job(held.job_id).cancel_requested
    assert complete(held) == {held}
    assert job(held.job_id).state == "completed"


def test_a_job_that_is_between_two_workers_is_cancelled_at_once() -> None:
    held = running()
    with writing() as connection:
        assert hand_over(connection, held, "score", holder=ME, lease_ms=LEASE_MS, now=clock(connection))
    assert cancel(held.job_id) == "cancelled"
    assert take([held], step="score") == {}


def test_a_job_that_was_asked_to_end_is_not_tried_again() -> None:
    held = running()
    cancel(held.job_id)
    end_badly(held, retry_in_ms=10)
    assert job(held.job_id).state == "cancelled"
    assert states(held.job_id)[-2:] == ["retrying", "cancelled"]
    assert send() == []


def test_a_worker_hears_of_those_it_holds_and_of_no_others() -> None:
    mine, finished, others = running(), running(), running()
    change(others.job_id, holder=OTHER)
    for held in (mine, finished, others):
        cancel(held.job_id)
    complete(finished)
    with reading() as connection:
        assert asked_to_cancel(connection, ME) == {mine}


def test_cancelling_again_is_no_error() -> None:
    job_id = put()
    assert cancel(job_id) == cancel(job_id) == "cancelled"
    assert states(job_id).count("cancelled") == 1


@pytest.mark.parametrize("state", ["completed", "failed"])
def test_what_has_ended_otherwise_cannot_be_cancelled(state: str) -> None:
    job_id = put()
    change(job_id, state=state)
    with pytest.raises(Conflict, match=state):
        cancel(job_id)


def test_another_tenants_job_is_not_there() -> None:
    job_id = put()
    for ask in (cancel, retry):
        with pytest.raises(NotFound):
            ask(job_id, "someone-else")
    assert job(job_id).state == "waiting"


def test_another_tenants_batch_is_not_there() -> None:
    batch_id = put_batch(2)
    with writing() as connection:
        with pytest.raises(NotFound):
            cancel_batch(connection, "someone-else", batch_id)
        assert retry_failed(connection, "someone-else", batch_id) == 0
    assert batch(batch_id).cancelled == 0


def test_a_failed_job_starts_afresh_from_its_first_step() -> None:
    held = running()
    end_badly(held)
    change(held.job_id, step="persist", crash_count=2, failure_count=3)
    retry(held.job_id)
    row = job(held.job_id)
    assert (row.state, row.step, row.failure_count, row.crash_count) == ("waiting", "fetch", 0, 0)
    assert (row.error_class, row.finished_at_ms, row.lease_until_ms) == (None, None, None)
    assert row.generation > held.generation
    assert len(send()) == 1


@pytest.mark.parametrize("state", ["scheduled", "waiting", "running", "retrying", "completed", "cancelled"])
def test_only_a_failed_job_can_be_retried(state: str) -> None:
    job_id = put()
    change(job_id, state=state)
    with pytest.raises(Conflict, match=state):
        retry(job_id)


def test_eight_retries_at_once_start_it_once() -> None:
    held = running()
    end_badly(held)

    def ask(_: int) -> bool:
        try:
            retry(held.job_id)
        except Conflict:
            return False
        return True

    assert sum(at_once(8, ask)) == 1
    assert job(held.job_id).generation == held.generation + 1


def test_a_failed_job_whose_dedup_key_another_has_now_cannot_be_retried() -> None:
    held = running(dedup_key="k")
    end_badly(held)
    assert put(dedup_key="k") != held.job_id
    with pytest.raises(Conflict):
        retry(held.job_id)
    assert job(held.job_id).state == "failed"


def test_a_cancelled_member_is_counted_and_the_batch_can_end() -> None:
    batch_id = put_batch(1)
    cancel(members(batch_id)[0].id)
    row = batch(batch_id)
    assert row.cancelled == 1
    assert row.outcome is not None


def test_a_batch_whose_members_were_all_cancelled_one_by_one_ends_cancelled() -> None:
    batch_id = put_batch(3)
    for row in members(batch_id):
        cancel(row.id)
    assert (batch(batch_id).outcome, batch(batch_id).cancelled) == ("cancelled", 3)


def test_a_batch_of_which_one_member_was_cancelled_ends_with_failures() -> None:
    batch_id = put_batch(2)
    cancel(members(batch_id)[0].id)
    (left,) = [fence(a.job_id) for a in send()]
    take([left])
    complete(left)
    assert batch(batch_id).outcome == "completed_with_failures"


def test_members_cancelled_one_by_one_do_not_run_again_when_the_failed_ones_do() -> None:
    batch_id = put_batch(2)
    first, second = members(batch_id)
    cancel(first.id)
    (held,) = [fence(a.job_id) for a in send()]
    take([held])
    end_badly(held)
    with writing() as connection:
        assert retry_failed(connection, TENANT, batch_id) == 1
    assert (job(first.id).state, job(second.id).state) == ("cancelled", "waiting")
    assert [a.job_id for a in send()] == [second.id]


def test_cancelling_a_batch_ends_what_waits_and_asks_what_runs() -> None:
    batch_id = put_batch(20)
    held = [fence(a.job_id) for a in send()][:5]
    take(held)
    with writing() as connection:
        assert cancel_batch(connection, TENANT, batch_id) == Stopped(15, is_over=True)
    assert batch(batch_id).outcome is None
    assert all(job(one.job_id).cancel_requested for one in held)
    for one in held:
        end_badly(one, error_class="cancelled")
    assert (batch(batch_id).outcome, batch(batch_id).cancelled) == ("cancelled", 20)


@pytest.mark.parametrize("again", [retry_job, partial(replay_job, step="fetch", repeats=(), asks_anew=False)])
def test_a_dedup_key_that_is_taken_at_the_same_moment_is_told_as_such(
    again: Callable[..., object], database_url: str
) -> None:
    """Here between the look at who has the key and the change, where only the unique index can tell."""
    held = running(dedup_key="k")
    end_badly(held)
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time: nobody takes a key between its look and its change")
    taken, asked = threading.Event(), threading.Event()

    def act(number: int) -> None:
        if number == 0:
            with writing() as connection:
                submit_job(connection, new(dedup_key="k"))
                taken.set()
                assert asked.wait(10)
                time.sleep(0.3)  # the other waits at the index by now
        else:
            assert taken.wait(10)
            asked.set()
            with pytest.raises(Conflict, match="dedup key"), writing() as connection:
                again(connection, TENANT, held.job_id)

    at_once(2, act)
    assert job(held.job_id).state == "failed"
