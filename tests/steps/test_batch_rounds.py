"""Failed members run again by themselves, on both databases: rounds, tolerance, one completion for all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from models.claims import Fence
from models.control import cancel_batch, cancel_job, retry_failed
from models.database import clock, reading, writing
from models.deliveries import take_overdue
from models.limits import Change, change_limit
from models.schema import batches, deliveries
from models.submission import seal_batch
from pipelines import Batch
from pipelines.harvest import LONG_LOOK_BACK_MS, Harvest
from tests.steps.rows import (
    TENANT,
    at_once,
    batch,
    change,
    complete,
    count_events,
    end_badly,
    job,
    members,
    put_batch,
    send,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")


def hold(batch_id: str) -> list[Fence]:
    """All members that may run now, held."""
    send()
    held = [Fence(row.id, row.generation) for row in members(batch_id) if row.lease_until_ms is not None]
    taken = take(held)
    return [one for one in held if one in taken]


def run_round(batch_id: str, *, failing: set[str] | None = None) -> set[str]:
    """Run members until this round is over; those in `failing` (default: all) fail. Gives who ran."""
    used, ran = batch(batch_id).rounds_used, set()
    while batch(batch_id).rounds_used == used and (held := hold(batch_id)):
        for one in held:
            ran.add(one.job_id)
            (end_badly if failing is None or one.job_id in failing else complete)(one)
    return ran


def owed(owner_id: str) -> list[tuple[str, str, str]]:
    with reading() as connection:
        mine = select(*deliveries.c).where(deliveries.c.owner_id == owner_id).order_by(deliveries.c.channel)
        return [(row.event, row.channel, row.state) for row in connection.execute(mine)]


@pytest.mark.parametrize("limit", [None, 3])
def test_failed_members_run_again_afresh_and_only_they(limit: int | None) -> None:
    batch_id = put_batch(8, limit=limit, retry_rounds=2, tolerance_count=0)
    ids = [row.id for row in members(batch_id)]
    assert run_round(batch_id, failing={*ids[:5]}) == {*ids}
    row = batch(batch_id)
    assert (row.outcome, row.failed, row.completed, row.rounds_used) == (None, 0, 3, 1)
    assert {(job(one).state, job(one).failure_count, job(one).error_class) for one in ids[:5]} == {
        ("waiting", 0, None)
    }
    if limit:
        assert sum(row.gate is None and row.state == "waiting" for row in members(batch_id)) == limit
    assert run_round(batch_id, failing={ids[0]}) == {*ids[:5]}
    assert run_round(batch_id, failing=set()) == {ids[0]}
    row = batch(batch_id)
    assert (row.outcome, row.completed, row.rounds_used) == ("completed", 8, 2)
    assert count_events("completed", batch_id=batch_id) == 8 + 1


def test_a_batch_is_not_stopped_early_while_rounds_are_left_but_in_the_last_it_is() -> None:
    batch_id = put_batch(40, retry_rounds=1, tolerance_count=2)
    assert len(run_round(batch_id)) == 40
    assert batch(batch_id).cancelled == 0
    held = hold(batch_id)
    for one in held[:3]:
        end_badly(one)
    assert batch(batch_id).cancelled == 40 - len(held)
    for one in held[3:]:
        complete(one)
    assert batch(batch_id).outcome == "failed"


def test_failures_within_the_tolerance_run_again_too_and_what_stays_failed_counts() -> None:
    batch_id = put_batch(4, retry_rounds=1, tolerance_share=0.5)
    ids = [row.id for row in members(batch_id)]
    run_round(batch_id, failing={ids[0]})
    assert batch(batch_id).outcome is None
    run_round(batch_id)
    row = batch(batch_id)
    assert (row.outcome, row.completed, row.failed) == ("completed_with_failures", 3, 1)


def test_an_open_batch_begins_no_round_before_its_last_member_was_submitted() -> None:
    batch_id = put_batch(2, retry_rounds=1, sealed=False)
    run_round(batch_id)
    assert batch(batch_id).rounds_used == 0
    with writing() as connection:
        seal_batch(connection, batch_id)
    assert (batch(batch_id).rounds_used, batch(batch_id).failed) == (1, 0)


def test_a_cancelled_batch_begins_no_round() -> None:
    batch_id = put_batch(3, retry_rounds=5)
    first, second, third = hold(batch_id)
    end_badly(first)
    with writing() as connection:
        cancel_batch(connection, TENANT, batch_id)
    end_badly(second)
    end_badly(third, error_class="cancelled")
    row = batch(batch_id)
    assert (row.outcome, row.failed, row.cancelled, row.rounds_used) == ("cancelled", 2, 1, 0)


def test_a_member_that_was_cancelled_does_not_run_again() -> None:
    batch_id = put_batch(2, retry_rounds=1)
    first, second = members(batch_id)
    with writing() as connection:
        cancel_job(connection, TENANT, first.id)
    run_round(batch_id)
    assert (job(first.id).state, job(second.id).state) == ("cancelled", "waiting")
    run_round(batch_id, failing=set())
    assert batch(batch_id).outcome == "completed_with_failures"


@pytest.mark.parametrize("rounds", [0, 1])
def test_two_workers_ending_the_last_members_at_once_begin_one_round_and_one_end(rounds: int) -> None:
    for _ in range(5):
        batch_id = put_batch(2, retry_rounds=rounds, batch_channels=["file:ended.jsonl"])
        for _ in range(rounds + 1):
            held = hold(batch_id)
            assert len(held) == 2
            at_once(2, lambda number, held=held: end_badly(held[number]))  # type: ignore[misc]
        row = batch(batch_id)
        assert (row.outcome, row.failed, row.rounds_used) == ("completed_with_failures", 2, rounds)
        assert count_events("completed_with_failures", batch_id=batch_id) == 1
        assert len(owed(batch_id)) == 1


def test_somebody_who_retries_while_the_last_members_end_neither_locks_up_nor_miscounts() -> None:
    for _ in range(6):
        batch_id = put_batch(12, limit=10, retry_rounds=1)
        held = hold(batch_id)
        for one in held[:6]:
            end_badly(one)
        held = [*held[6:], *hold(batch_id)]

        def act(number: int, batch_id: str = batch_id, held: list[Fence] = held) -> None:
            if number:
                end_badly(*held[number - 1 :: 2][:1])
                for one in held[number - 1 :: 2][1:]:
                    complete(one)
            else:
                with writing() as connection:
                    retry_failed(connection, TENANT, batch_id)

        at_once(3, act)
        row, rows = batch(batch_id), members(batch_id)
        for state in ("completed", "failed", "cancelled"):
            assert getattr(row, state) == sum(one.state == state for one in rows), state
        for _ in range(4):
            run_round(batch_id, failing=set())
        assert batch(batch_id).outcome in ("completed", "completed_with_failures")
        assert batch(batch_id).completed + batch(batch_id).failed == 12


@pytest.mark.parametrize(
    ("end", "outcome"), [(complete, "completed"), (end_badly, "failed")], ids=["well", "all failed"]
)
def test_each_channel_is_told_once_of_the_end_and_without_a_pipeline_to_tell_it(
    end: Any, outcome: str
) -> None:
    batch_id = put_batch(2, tolerance_count=0, batch_channels=["file:a.jsonl", "file:b.jsonl"])
    for one in hold(batch_id):
        end(one)
    told = f"batch.{outcome}"
    assert owed(batch_id) == [(told, "file:a.jsonl", "pending"), (told, "file:b.jsonl", "pending")]
    with writing() as connection:
        assert take_overdue(connection, older_than_ms=3_000, lease_ms=15_000) == [batch_id]
        assert take_overdue(connection, older_than_ms=3_000, lease_ms=15_000) == []


def test_a_cancelled_batch_tells_its_channels_too_and_its_members_theirs() -> None:
    batch_id = put_batch(2, batch_channels=["file:whole.jsonl"], channels=["file:each.jsonl"])
    with writing() as connection:
        cancel_batch(connection, TENANT, batch_id)
    assert owed(batch_id) == [("batch.cancelled", "file:whole.jsonl", "pending")]
    for row in members(batch_id):
        assert owed(row.id) == [("job.cancelled", "file:each.jsonl", "pending")]


def test_a_batch_that_ends_again_after_a_retry_is_told_of_anew() -> None:
    batch_id = put_batch(2, batch_channels=["file:a.jsonl"])
    run_round(batch_id)
    with writing() as connection:
        retry_failed(connection, TENANT, batch_id)
    run_round(batch_id, failing=set())
    assert {event for event, _, _ in owed(batch_id)} == {"batch.completed_with_failures", "batch.completed"}


def test_members_are_told_as_they_end_and_those_that_run_again_when_that_is_over() -> None:
    batch_id = put_batch(4, retry_rounds=1)
    harvest = Harvest(TENANT, batch_id)
    ids = [row.id for row in members(batch_id)]
    run_round(batch_id, failing={ids[0]})
    assert sorted(harvest.ended()) == ids[1:]
    run_round(batch_id)
    assert list(harvest.ended()) == [ids[0]]
    assert list(harvest.ended()) == []


def test_a_member_that_failed_in_a_round_that_nothing_follows_is_told_however_late() -> None:
    batch_id = put_batch(3, retry_rounds=1)
    first, *rest = hold(batch_id)
    end_badly(first)
    change(first.job_id, finished_at_ms=1)
    harvest = Harvest(TENANT, batch_id)
    assert list(harvest.ended()) == []
    with writing() as connection:
        cancel_batch(connection, TENANT, batch_id)
    for one in rest:
        complete(one)
    assert sorted(harvest.ended()) == [row.id for row in members(batch_id)]


def test_a_member_whose_transaction_took_long_is_told_behind_those_that_ended_later() -> None:
    batch_id = put_batch(3)
    held = hold(batch_id)
    harvest = Harvest(TENANT, batch_id)
    complete(*held[:2])
    assert len(list(harvest.ended())) == 2
    complete(held[2])
    change(held[2].job_id, finished_at_ms=job(held[0].job_id).finished_at_ms - LONG_LOOK_BACK_MS // 2)
    assert list(harvest.ended()) == [held[2].job_id]


def test_what_was_told_long_ago_is_forgotten() -> None:
    batch_id = put_batch(16)
    held = hold(batch_id)
    harvest = Harvest(TENANT, batch_id)
    complete(*held[:8])
    assert len(list(harvest.ended())) == 8
    later = clock_now() + LONG_LOOK_BACK_MS + 2_000
    complete(*held[8:])
    for one in held[8:]:
        change(one.job_id, finished_at_ms=later)
    assert len(list(harvest.ended())) == 8
    assert len(harvest._recent) == 8


def clock_now() -> int:
    with reading() as connection:
        return clock(connection)


def test_the_eta_says_why_it_is_hidden() -> None:
    batch_id = put_batch(16, sealed=False)
    handle = Batch(batch_id=batch_id)
    assert handle.eta.hidden == "its members are still being submitted"
    with writing() as connection:
        seal_batch(connection, batch_id)
    assert handle.eta.hidden is not None
    assert handle.eta.hidden.startswith("too early")
    with writing() as connection:
        change_limit(connection, "queue", "ai_analysis", Change(paused=True))
    assert handle.eta.hidden == "paused: the queue ai_analysis"
    with writing() as connection:
        change_limit(connection, "queue", "ai_analysis", Change(paused=False))
    held = hold(batch_id)
    complete(*held[:8])
    assert handle.eta.hidden is None
    assert handle.eta.left_s is not None
    with writing() as connection:
        now = clock_now()
        connection.execute(update(batches).values(created_at_ms=now - 10_100, moved_at_ms=now - 10_000))
    assert handle.eta.hidden == "held up: nothing has ended for 10 s"
    with writing() as connection:
        connection.execute(update(batches).values(created_at_ms=clock_now() - 300_000, moved_at_ms=1))
        connection.execute(update(batches).values(moved_at_ms=clock_now() - 200_000))
    assert str(handle.eta).startswith("no estimate: stalled: nothing has ended for 20")
    complete(*held[8:])
    assert handle.eta.left_s == 0.0
