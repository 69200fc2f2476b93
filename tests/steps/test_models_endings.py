"""models.endings, on both databases: an outcome and all its effects, under the fence or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from models.causes import fingerprint
from models.claims import Fence
from models.control import retry_job
from models.database import clock, reading, writing
from models.endings import Failure, Finish, fail, finish
from models.replies import NewReply, keep_replies
from models.schema import answers, deliveries, replies
from tests.steps.rows import (
    ME,
    OTHER,
    TENANT,
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


def owed(job_id: str) -> list[tuple[str, str]]:
    with reading() as connection:
        mine = select(deliveries.c.event, deliveries.c.channel).where(deliveries.c.owner_id == job_id)
        return sorted((row.event, row.channel) for row in connection.execute(mine))


def answer_count() -> int:
    with reading() as connection:
        return int(connection.execute(select(func.count()).select_from(answers)).scalar_one())


def test_finishing_stores_the_answer_and_all_that_goes_with_it() -> None:
    held = running(channels=["file:a.jsonl", "file:b.jsonl"])
    assert complete(held) == {held}
    row = job(held.job_id)
    assert (row.state, row.progress, row.holder, row.lease_until_ms) == ("completed", 100, None, None)
    assert row.finished_at_ms >= row.started_at_ms
    assert states(held.job_id) == ["waiting", "running", "completed"]
    assert owed(held.job_id) == [("job.completed", "file:a.jsonl"), ("job.completed", "file:b.jsonl")]
    with reading() as connection:
        stored = connection.execute(select(*answers.c)).one()
    assert (stored.job_id, stored.answer, stored.provider) == (held.job_id, {"did": "it"}, "local")


@pytest.mark.parametrize("off", [-1, 1])
def test_finishing_under_another_generation_changes_nothing(off: int) -> None:
    held = running(channels=["file:a.jsonl"])
    before = job(held.job_id)
    assert complete(Fence(held.job_id, held.generation + off)) == set()
    assert job(held.job_id) == before
    assert (answer_count(), owed(held.job_id)) == (0, [])


def test_another_worker_cannot_finish_a_job_it_does_not_hold() -> None:
    held = running()
    assert complete(held, holder=OTHER) == set()
    assert (job(held.job_id).state, answer_count()) == ("running", 0)


def test_finishing_twice_has_one_effect() -> None:
    held = running(channels=["file:a.jsonl"])
    complete(held)
    assert complete(held) == set()
    assert (answer_count(), count_events("completed"), len(owed(held.job_id))) == (1, 1, 1)


def test_a_worker_that_lost_its_job_finishes_nothing_of_it_and_all_the_rest() -> None:
    lost, kept = running(), running()
    change(lost.job_id, generation=lost.generation + 1, holder=OTHER)
    assert complete(lost, kept) == {kept}
    assert job(lost.job_id).state == "running"
    assert answer_count() == 1


def test_an_effect_that_cannot_be_stored_takes_the_outcome_back_with_it() -> None:
    held = running()
    broken = Finish(held, {"did": object()}, 1, 1, "local", "local")
    with pytest.raises(Exception, match="JSON"), writing() as connection:
        finish(connection, [broken], holder=ME, now=clock(connection))
    assert (job(held.job_id).state, answer_count(), count_events("completed")) == ("running", 0, 0)


def test_a_failed_attempt_is_due_again_later_with_its_reason() -> None:
    held = running()
    assert end_badly(held, retry_in_ms=60_000) == {held}
    row = job(held.job_id)
    assert (row.state, row.failure_count, row.holder, row.step) == ("retrying", 1, None, "fetch")
    assert (row.error_class, row.error_message) == ("service_error", "It did not work.")
    with writing() as connection:
        assert 55_000 < row.due_at_ms - clock(connection) <= 60_000
    assert states(held.job_id)[-1] == "retrying"
    assert owed(held.job_id) == []


def test_a_last_failed_attempt_ends_the_job_and_is_told() -> None:
    held = running(channels=["file:a.jsonl"])
    end_badly(held)
    row = job(held.job_id)
    assert (row.state, row.failure_count) == ("failed", 1)
    assert row.finished_at_ms is not None
    assert owed(held.job_id) == [("job.failed", "file:a.jsonl")]


def test_a_cancelled_attempt_ends_the_job_cancelled() -> None:
    held = running(channels=["file:a.jsonl"])
    end_badly(held, error_class="cancelled")
    assert job(held.job_id).state == "cancelled"
    assert owed(held.job_id) == [("job.cancelled", "file:a.jsonl")]


@pytest.mark.parametrize("retry_in_ms", [None, 5])
def test_failing_without_holding_changes_nothing(retry_in_ms: int | None) -> None:
    held = running()
    before = job(held.job_id)
    assert end_badly(Fence(held.job_id, held.generation - 1), retry_in_ms=retry_in_ms) == set()
    assert end_badly(held, holder=OTHER, retry_in_ms=retry_in_ms) == set()
    assert job(held.job_id) == before


def test_a_job_that_fails_again_after_a_retry_on_request_is_told_again() -> None:
    held = running(channels=["file:a.jsonl"])
    end_badly(held)
    with writing() as connection:
        retry_job(connection, TENANT, held.job_id)
    send()
    again = fence(held.job_id)
    take([again])
    assert end_badly(again) == {again}
    assert job(held.job_id).state == "failed"
    with reading() as connection:
        open_ones = select(func.count()).select_from(deliveries).where(deliveries.c.state == "pending")
        assert connection.execute(open_ones).scalar_one() >= 1


def test_the_reply_behind_an_outcome_is_marked_as_good_or_bad() -> None:
    good, bad = running(), running()
    told: dict[str, Any] = {
        "analysis": "test.trivial",
        "provider": "p",
        "model": "m",
        "prompt_version": 1,
        "text": "{}",
        "raw": {},
        "cost_micro": 1,
        "finish": "stop",
    }
    usage: dict[str, Any] = dict.fromkeys(
        ("input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens"), 1
    )
    with writing() as connection:
        new = [
            NewReply(tenant_id=TENANT, key=f.job_id, fence=f, latency_ms=1, **told, **usage)
            for f in (good, bad)
        ]
        keep_replies(connection, new, clock(connection))
        finish(
            connection,
            [Finish(good, {"did": "it"}, 1, 1, "p", "m", reply_ids=(new[0].id,))],
            holder=ME,
            now=clock(connection),
        )
    with writing() as connection:
        failure = Failure(bad, "invalid_answer", "It did not fit.", None, reply_ids=(new[1].id,))
        fail(connection, [failure], holder=ME, now=clock(connection))
        judged = {row.id: row.accepted for row in connection.execute(select(*replies.c))}
    assert judged == {new[0].id: True, new[1].id: False}


def test_eight_workers_finishing_a_batch_at_once_count_every_member_once() -> None:
    batch_id = put_batch(16)
    send()
    held = [Fence(row.id, row.generation) for row in members(batch_id)]
    take(held)
    won = at_once(8, lambda n: len(complete(*held[n:], *held[:n])))
    row = batch(batch_id)
    assert sum(won) == 16
    assert (row.completed, row.outcome) == (16, "completed")
    assert count_events("completed", batch_id=batch_id) == 16 + 1  # the members, and the batch itself


def test_finishing_a_job_of_no_batch_counts_nowhere() -> None:
    put_batch(1)
    held = running()
    complete(held)
    assert put() != held.job_id


def test_failures_of_one_cause_share_a_fingerprint_and_one_that_is_tried_again_has_none() -> None:
    first, second, again = running(), running(), running(analysis="test.trivial")
    other = running(analysis="test.other")
    for held in (first, second, other):
        end_badly(held)
    end_badly(again, retry_in_ms=10)
    told = [job(held.job_id).fingerprint for held in (first, second, other, again)]
    assert told[0] == told[1] == fingerprint("test.trivial", "service_error", "It did not work.")
    assert told[2] not in (told[0], None)
    assert told[3] is None
