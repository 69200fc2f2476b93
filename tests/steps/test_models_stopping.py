"""models.stopping, on both databases: a long batch is stopped in slices, and ends once."""

from __future__ import annotations

import pytest

from errors import Conflict
from models.batches import being_stopped, stop_more
from models.claims import Fence
from models.control import cancel_batch, retry_failed, retry_job
from models.database import reading, transact, writing
from models.stopping import NOT_STARTED, SLICE, Stopped
from pipelines import Batch
from pipelines.stopping import go_on_stopping, stop_batch
from scheduler.sweep import sweep_once
from tests.steps.rows import (
    TENANT,
    at_once,
    batch,
    change,
    complete,
    count_events,
    end_badly,
    members,
    put,
    put_batch,
    send,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")

LONG = 2 * SLICE + 100


def put_long(**options: int) -> str:
    return put_batch(LONG, batch_channels=["file:ended.jsonl"], **options)


def hold(many: int) -> list[Fence]:
    held = [Fence(one.job_id, one.generation) for one in send()][:many]
    taken = take(held)
    return [one for one in held if one in taken]


def begin(batch_id: str) -> Stopped:
    return transact(lambda connection: cancel_batch(connection, TENANT, batch_id))


def test_no_transaction_cancels_more_than_a_slice_and_what_is_on_its_way() -> None:
    batch_id = put_long()
    assert begin(batch_id) == Stopped(SLICE, is_over=False)
    row = batch(batch_id)
    assert (row.cancelled, row.outcome, row.cancel_requested) == (SLICE, None, True)
    assert transact(lambda connection: stop_more(connection, batch_id)) == Stopped(SLICE, is_over=False)
    assert transact(lambda connection: stop_more(connection, batch_id)) == Stopped(100, is_over=True)
    row = batch(batch_id)
    assert (row.cancelled, row.outcome, row.stop_reason) == (LONG, "cancelled", None)
    assert count_events("cancelled", batch_id=batch_id) == LONG + 1


def test_from_the_first_slice_on_no_member_is_admitted_and_others_are() -> None:
    batch_id = put_long()
    sent = send()
    assert sent
    begin(batch_id)
    other = put()
    assert [one.job_id for one in send()] == [other]
    assert take([Fence(one.job_id, one.generation) for one in sent]) == {}
    assert being_stopped_now() == [batch_id]


def test_whoever_cancels_hears_how_far_it_is() -> None:
    batch_id = put_long()
    heard: list[int] = []
    assert Batch(batch_id=batch_id).cancel(heard.append) == LONG
    assert heard == [SLICE, 2 * SLICE, LONG]
    assert batch(batch_id).outcome == "cancelled"


def test_a_sweep_goes_on_where_a_crash_broke_it_off() -> None:
    batch_id = put_long()
    begin(batch_id)
    sweep_once()
    assert (batch(batch_id).outcome, batch(batch_id).cancelled) == ("cancelled", LONG)
    assert go_on_stopping() == 0


def test_too_many_failures_stop_a_long_batch_in_slices_and_let_end_what_runs() -> None:
    batch_id = put_long(tolerance_count=0)
    first, *rest = hold(3)
    end_badly(first)
    row = batch(batch_id)
    assert SLICE <= row.cancelled < 2 * SLICE
    assert (row.stop_reason, row.cancel_requested) == (NOT_STARTED, False)
    assert send() == []
    go_on_stopping()
    assert batch(batch_id).cancelled == LONG - 3
    assert batch(batch_id).outcome is None
    complete(*rest)
    row = batch(batch_id)
    assert (row.outcome, row.completed, row.failed, row.stop_reason) == ("failed", 2, 1, None)
    assert {r.error_message for r in members(batch_id) if r.state == "cancelled"} == {NOT_STARTED}


def test_members_that_run_are_asked_also_those_that_were_claimed_at_that_moment() -> None:
    batch_id = put_long()
    (early,) = hold(1)
    begin(batch_id)
    late = members(batch_id)[-1]
    change(late.id, state="running", holder="host:3:late", lease_until_ms=2**50)
    go_on_stopping()
    asked = {row.id for row in members(batch_id) if row.state == "running" and row.cancel_requested}
    assert asked == {early.job_id, late.id}
    assert being_stopped_now() == []


def test_a_limited_batch_lets_nobody_through_while_it_is_stopped() -> None:
    batch_id = put_long(limit=2)
    held = hold(2)
    begin(batch_id)
    complete(held[0])
    assert send() == []
    assert batch(batch_id).cancelled == 2 * SLICE  # its end brought the next slice
    end_badly(held[1], error_class="cancelled")
    assert batch(batch_id).outcome == "cancelled"


def test_cancelling_from_many_sides_at_once_cancels_each_member_once_and_ends_once() -> None:
    batch_id = put_long()
    counts = at_once(4, lambda number: stop_batch(TENANT, batch_id) if number else go_on_stopping())
    go_on_stopping()
    row = batch(batch_id)
    assert (row.outcome, row.cancelled) == ("cancelled", LONG)
    assert sum(counts) <= LONG
    assert count_events("cancelled", batch_id=batch_id) == LONG + 1


def test_what_failed_is_not_retried_while_its_batch_is_being_stopped_but_then_it_is() -> None:
    batch_id = put_long(tolerance_count=0)
    (failed,) = hold(1)
    end_badly(failed)
    for ask in (
        lambda c: retry_failed(c, TENANT, batch_id),
        lambda c: retry_job(c, TENANT, failed.job_id),
    ):
        with writing() as connection, pytest.raises(Conflict, match="still being stopped"):
            ask(connection)
    go_on_stopping()
    assert batch(batch_id).outcome == "failed"
    assert transact(lambda connection: retry_failed(connection, TENANT, batch_id)) == LONG


def test_a_batch_that_is_being_stopped_says_so_where_its_end_is_asked_for() -> None:
    batch_id = put_long()
    begin(batch_id)
    assert Batch(batch_id=batch_id).eta.hidden == "it is being stopped"


def being_stopped_now() -> list[str]:
    with reading() as connection:
        return being_stopped(connection)
