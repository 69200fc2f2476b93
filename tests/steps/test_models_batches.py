"""models.batches, on both databases: counted once, stopped when too much fails, one outcome always."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select, text, update

from models.batches import release, settle
from models.claims import Fence
from models.control import cancel_batch, retry_failed
from models.database import clock, engine, new_id, writing
from models.schema import jobs
from models.stopping import NOT_STARTED
from models.submission import seal_batch, submit_members
from tests.steps.rows import (
    TENANT,
    at_once,
    batch,
    change,
    complete,
    count_events,
    end_badly,
    fence,
    members,
    new,
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


def run_all(batch_id: str, *, failing: int = 0) -> None:
    """Run every member, the first `failing` of them into a failure."""
    while held := hold(batch_id):
        for one in held:
            if failing:
                failing -= 1
                end_badly(one)
            else:
                complete(one)


@pytest.mark.parametrize(
    ("tolerance", "failing", "outcome"),
    [
        ({"tolerance_count": 0}, 0, "completed"),
        ({"tolerance_count": 0}, 1, "failed"),
        ({"tolerance_count": 2}, 2, "completed_with_failures"),
        ({"tolerance_count": 2}, 3, "failed"),
        ({"tolerance_share": 0.0}, 1, "failed"),
        ({"tolerance_share": 0.2}, 2, "completed_with_failures"),
        ({"tolerance_share": 0.2}, 3, "failed"),
        ({"tolerance_share": 0.29}, 2, "completed_with_failures"),
        ({"tolerance_share": 1.0}, 10, "completed_with_failures"),
    ],
    ids=str,
)
def test_the_outcome_follows_from_the_failures_and_the_tolerance(
    tolerance: dict[str, Any], failing: int, outcome: str
) -> None:
    batch_id = put_batch(10, **tolerance)
    run_all(batch_id, failing=failing)
    row = batch(batch_id)
    assert (row.outcome, row.failed) == (outcome, failing)
    assert row.completed + row.failed + row.cancelled == row.total == 10
    assert count_events(outcome, batch_id=batch_id) >= 1


def test_a_share_is_taken_of_the_whole_and_not_rounded_down_by_floats() -> None:
    batch_id = put_batch(100, tolerance_share=0.29)
    run_all(batch_id, failing=29)
    assert batch(batch_id).outcome == "completed_with_failures"


def test_one_failure_too_many_cancels_what_has_not_started_and_fences_its_messages_off() -> None:
    batch_id = put_batch(40, tolerance_count=1)
    first, second, third = hold(batch_id)[:3]
    sent = [Fence(row.id, row.generation) for row in members(batch_id) if row.state == "waiting"]
    end_badly(first)
    assert batch(batch_id).cancelled == 0
    end_badly(second)
    waiting = [row for row in members(batch_id) if row.state == "cancelled"]
    assert len(waiting) == 40 - 16  # but for the sixteen that were held
    assert {row.error_message for row in waiting} == {NOT_STARTED}
    assert take(sent) == {}
    assert batch(batch_id).outcome is None  # the held ones may still end
    complete(third)
    assert batch(batch_id).completed == 1


def test_an_open_batch_is_not_judged_before_its_size_is_known() -> None:
    batch_id = put_batch(4, sealed=False, tolerance_share=0.25)
    held = hold(batch_id)
    for one in held[:2]:
        end_badly(one)
    assert batch(batch_id).cancelled == 0
    with writing() as connection:
        submit_members(connection, batch_id, [new(batch_id=batch_id) for _ in range(8)])
        seal_batch(connection, batch_id)
    row = batch(batch_id)
    assert (row.total, row.failed, row.cancelled, row.outcome) == (12, 2, 0, None)


def test_an_open_batch_has_no_outcome_though_all_its_members_have_ended() -> None:
    batch_id = put_batch(2, sealed=False)
    run_all(batch_id)
    assert batch(batch_id).outcome is None
    with writing() as connection:
        seal_batch(connection, batch_id)
    assert batch(batch_id).outcome == "completed"


def test_a_batch_ends_once_however_often_it_is_settled() -> None:
    batch_id = put_batch(2)
    run_all(batch_id)
    ended_at = batch(batch_id).finished_at_ms
    with writing() as connection:
        settle(connection, batch_id, clock(connection) + 5_000)
    assert batch(batch_id).finished_at_ms == ended_at
    assert count_events("completed", batch_id=batch_id) == 2 + 1


def test_every_end_of_a_member_lets_the_next_through_the_gate() -> None:
    batch_id = put_batch(6, limit=2)
    for left in (4, 3):
        held = hold(batch_id)
        assert sum(row.gate is not None for row in members(batch_id)) == left
        (complete if left == 4 else end_badly)(held[0])
    assert sum(row.gate is not None for row in members(batch_id)) == 2


def test_a_member_that_will_be_tried_again_keeps_its_place_within_the_limit() -> None:
    batch_id = put_batch(4, limit=2)
    end_badly(hold(batch_id)[0], retry_in_ms=60_000)
    assert sum(row.gate is None for row in members(batch_id)) == 2


def test_releasing_at_once_from_eight_sides_lets_no_more_through_than_the_limit() -> None:
    batch_id = put_batch(40, limit=5)

    def let_through(_: int) -> None:
        with writing() as connection:
            release(connection, batch_id)

    at_once(8, let_through)
    assert sum(row.gate is None for row in members(batch_id)) == 5


def test_releasing_a_batch_without_a_limit_changes_nothing() -> None:
    batch_id = put_batch(3)
    before = members(batch_id)
    with writing() as connection:
        release(connection, batch_id)
    assert members(batch_id) == before


def test_members_ending_at_once_on_many_workers_never_exceed_the_limit_and_all_end() -> None:
    batch_id = put_batch(60, limit=8)

    def work(number: int) -> int:
        ended = 0
        while batch(batch_id).outcome is None:
            send()
            offered = [Fence(r.id, r.generation) for r in members(batch_id) if r.state == "waiting"]
            for one in take(offered[number::4] or offered[:1], holder=f"host:{number}:x"):
                assert sum(row.state == "running" for row in members(batch_id)) <= 8
                ended += len(complete(one, holder=f"host:{number}:x"))
        return ended

    assert sum(at_once(4, work)) == 60
    assert (batch(batch_id).outcome, batch(batch_id).completed) == ("completed", 60)


def test_cancelling_a_batch_while_its_members_end_everywhere_neither_locks_up_nor_miscounts() -> None:
    for _ in range(4):
        batch_id = put_batch(16, limit=12)
        held = hold(batch_id)

        def act(number: int, batch_id: str = batch_id, held: list[Fence] = held) -> None:
            if number == 0:
                with writing() as connection:
                    cancel_batch(connection, TENANT, batch_id)
            else:
                complete(*held[number - 1 :: 4])

        at_once(5, act)
        row = batch(batch_id)
        assert (row.completed, row.cancelled, row.failed) == (12, 4, 0)
        assert row.outcome == "cancelled"


def test_failing_too_often_while_jobs_are_admitted_and_claimed_neither_locks_up_nor_miscounts() -> None:
    for _ in range(4):
        batch_id = put_batch(60, tolerance_count=0)
        held = hold(batch_id)

        def act(number: int, batch_id: str = batch_id, held: list[Fence] = held) -> None:
            if number < 3:
                end_badly(held[number])
            else:
                for admitted in send():
                    take([Fence(admitted.job_id, admitted.generation)], holder=f"host:{number}:x")

        at_once(6, act)
        row, rows = batch(batch_id), members(batch_id)
        assert row.failed == 3
        assert row.cancelled == sum(r.state == "cancelled" for r in rows)
        for left in [r for r in rows if r.state not in ("failed", "cancelled")]:
            change(left.id, holder="h", state="running", lease_until_ms=1)
            complete(fence(left.id), holder="h")
        assert batch(batch_id).outcome == "failed" or any(r.state == "waiting" for r in members(batch_id))


def test_retried_members_wait_at_the_gate_of_a_limited_batch() -> None:
    batch_id = put_batch(6, limit=2)
    run_all(batch_id, failing=6)
    with writing() as connection:
        assert retry_failed(connection, TENANT, batch_id) == 6
    row = batch(batch_id)
    assert (row.failed, row.outcome, row.finished_at_ms) == (0, None, None)
    assert sum(r.gate is None for r in members(batch_id)) == 2
    run_all(batch_id)
    assert batch(batch_id).outcome == "completed"


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = [new_id() for _ in range(1_000)]
    assert made == sorted(set(made))


def test_letting_members_through_reads_no_more_of_a_batch_however_many_are_held_or_have_ended() -> None:
    """By the plan that the database makes: everything goes by the index of what has not ended."""
    batch_id = put_batch(1_500, limit=3)
    held = hold(batch_id)
    with writing() as connection:
        ended = {"state": "completed", "gate": None, "finished_at_ms": 1}
        some = select(jobs.c.id).where(jobs.c.gate == "batch").order_by(jobs.c.id).limit(700)
        connection.execute(update(jobs).where(jobs.c.id.in_(some)).values(ended))
        connection.execute(text("ANALYZE"))
    told: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, given: Any, *rest: Any) -> None:
        if statement.startswith(("SELECT (SELECT", "UPDATE jobs SET gate")):
            dialect = connection.dialect.name
            connection.info["asked"] = (
                "EXPLAIN QUERY PLAN " if dialect == "sqlite" else "EXPLAIN ",
                statement,
                given,
            )
            told.append(statement)

    event.listen(engine(), "before_cursor_execute", listen)
    try:
        complete(held[0])
        with writing() as connection:
            release(connection, batch_id)
            explain, statement, given = connection.info["asked"]
            plan = " ".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, given))
    finally:
        event.remove(engine(), "before_cursor_execute", listen)
    assert len(told) >= 2
    assert "ix_jobs_open_members" in plan, plan
    assert "Seq Scan" not in plan, plan
    assert sum(row.gate is None and row.finished_at_ms is None for row in members(batch_id)) == 3


def test_whatever_the_statistics_say_no_more_are_let_through_than_may() -> None:
    with writing() as connection:
        connection.execute(text("ANALYZE"))  # of empty tables: PostgreSQL then plans for next to no rows
    batch_id = put_batch(40, limit=5)
    assert sum(row.gate is None for row in members(batch_id)) == 5
