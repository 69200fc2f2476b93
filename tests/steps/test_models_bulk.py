"""Bulk actions and causes, on both databases: exactly what is named, in chunks, and each tenant's own."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import func, select, update

from errors import InvalidInput, NotFound
from models import bulk
from models.bulk import Action
from models.causes import fingerprint
from models.control import retry_jobs
from models.database import reading, writing
from models.dead_letters import Cause, cause_of, list_causes
from models.lookups import JobFilter
from models.schema import jobs
from pipelines.bulk import act, count
from tests.steps.rows import (
    TENANT,
    at_once,
    batch,
    change,
    complete,
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

WAITING = JobFilter(state="waiting")
FAILED = JobFilter(state="failed")


def failed(message: str = "It did not work.", **options: Any) -> str:
    job_id = put(**options)
    row = job(job_id)
    change(
        job_id,
        state="failed",
        error_class="internal",
        error_message=message,
        finished_at_ms=row.created_at_ms,
        fingerprint=fingerprint(row.analysis, "internal", message),
    )
    return job_id


def by_state(tenant: str = TENANT) -> dict[str, int]:
    with reading() as connection:
        counted = select(jobs.c.state, func.count()).where(jobs.c.tenant_id == tenant).group_by(jobs.c.state)
        return {row.state: row[1] for row in connection.execute(counted)}


def causes(tenant: str = TENANT, **options: Any) -> list[Cause]:
    with reading() as connection:
        return list_causes(connection, tenant, **options)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", dict.fromkeys(Action, 3))


@pytest.mark.usefixtures("small_chunks")
def test_all_that_wait_are_cancelled_chunk_by_chunk_and_nothing_else_is() -> None:
    batch_id = put_batch(10)
    other, theirs = running(), put(tenant_id="another")
    change(theirs, state="waiting")
    told: list[int] = []
    assert count(TENANT, Action.CANCEL, JobFilter(batch_id=batch_id)).count == 10
    done = act(TENANT, Action.CANCEL, JobFilter(batch_id=batch_id), tell=told.append)
    assert (done.matched, done.changed, done.left, told) == (10, 10, 0, [3, 6, 9, 10])
    assert batch(batch_id).outcome == "cancelled"
    assert (job(other.job_id).state, job(theirs).state) == ("running", "waiting")
    assert all(states(row.id)[-1] == "cancelled" for row in members(batch_id))


def test_what_runs_is_asked() -> None:
    held = running()
    assert act(TENANT, Action.CANCEL, JobFilter(state="running")).changed == 1
    assert job(held.job_id).cancel_requested


@pytest.mark.usefixtures("small_chunks")
def test_a_limit_of_what_is_done_at_once_says_what_is_left() -> None:
    put_batch(10)
    done = act(TENANT, Action.CANCEL, WAITING, most=4)
    assert (done.matched, done.changed, done.left) == (10, 6, 4)
    assert by_state() == {"cancelled": 6, "waiting": 4}


def test_all_of_one_cause_run_again_and_the_others_stay_failed() -> None:
    same = [failed(f"Row {n} is wrong.") for n in range(5)]
    other = failed("It is away.")
    cause = job(same[0]).fingerprint
    assert act(TENANT, Action.RETRY, JobFilter(fingerprint=cause)).changed == 5
    assert {job(job_id).state for job_id in same} == {"waiting"}
    assert job(same[0]).fingerprint is None
    assert job(other).state == "failed"


def test_of_two_failed_jobs_with_one_dedup_key_the_newer_runs_again() -> None:
    older = failed(dedup_key="k")
    newer = failed(dedup_key="k")
    done = act(TENANT, Action.RETRY, FAILED)
    assert (done.matched, done.changed) == (2, 1)
    assert (job(older).state, job(newer).state) == ("failed", "waiting")


def test_another_tenants_jobs_are_not_retried_by_their_ids() -> None:
    job_id = failed(tenant_id="another")
    with writing() as connection:
        assert retry_jobs(connection, TENANT, [job_id]) == 0


@pytest.mark.usefixtures("small_chunks")
def test_discarded_jobs_are_gone_and_what_has_not_failed_stays() -> None:
    for number in range(7):
        failed(f"Row {number} is wrong.")
    stays = put()
    done = act(TENANT, Action.DISCARD, JobFilter(analysis="test.trivial"))
    assert (done.matched, done.changed, by_state()) == (7, 7, {"waiting": 1})
    assert job(stays).state == "waiting"
    assert causes() == []


def test_what_is_still_needed_is_left_and_told() -> None:
    failed(batch_id=put_batch(0, sealed=False))
    done = act(TENANT, Action.DISCARD, FAILED)
    assert (done.matched, done.changed) == (1, 0)


@pytest.mark.parametrize(
    ("action", "which"),
    [
        (Action.CANCEL, JobFilter()),
        (Action.CANCEL, JobFilter(state="completed")),
        (Action.RETRY, JobFilter(state="cancelled")),
        (Action.DISCARD, JobFilter(state="waiting")),
    ],
)
def test_a_filter_that_names_nothing_or_the_wrong_state_is_refused(action: Action, which: JobFilter) -> None:
    with pytest.raises(InvalidInput):
        act(TENANT, action, which)


def test_jobs_that_fail_again_while_others_are_retried_are_tried_once() -> None:
    for _ in range(6):
        failed()
    with writing() as connection:
        assert bulk.count(connection, TENANT, Action.RETRY, FAILED).count == 6
    over = threading.Event()

    def fail_again() -> None:
        with writing() as connection:
            connection.execute(update(jobs).values(state="failed"))
        over.set()

    done = act(TENANT, Action.RETRY, FAILED, let_start=fail_again)
    assert over.is_set()
    assert (done.changed, by_state()) == (6, {"failed": 6})


def test_causes_are_counted_with_the_newest_as_their_sample() -> None:
    first = failed("Row 1 is wrong.")
    last = failed("Row 2 is wrong.")
    failed("It is away.", tenant_id="another")
    change(first, finished_at_ms=1_000)
    change(last, finished_at_ms=5_000)
    (cause,) = causes()
    assert (cause.count, cause.first_seen_ms, cause.last_seen_ms) == (2, 1_000, 5_000)
    assert (cause.sample_job_id, cause.message) == (last, "Row 2 is wrong.")
    assert (cause.analysis, cause.error_class) == ("test.trivial", "internal")
    with reading() as connection:
        assert cause_of(connection, TENANT, cause.fingerprint) == cause
        with pytest.raises(NotFound):
            cause_of(connection, "another", cause.fingerprint)


def test_causes_come_in_pages_what_was_seen_last_first() -> None:
    words = ["an apple", "a pear", "a plum", "a fig", "a nut"]
    for number, word in enumerate(words):
        change(failed(f"It met {word}."), finished_at_ms=1_000 + number // 2)
    seen: list[Cause] = []
    while page := causes(after=(seen[-1].last_seen_ms, seen[-1].fingerprint) if seen else None, limit=2):
        seen += page
    assert len({cause.fingerprint for cause in seen}) == len(seen) == 5
    assert [cause.last_seen_ms for cause in seen] == [1_002, 1_001, 1_001, 1_000, 1_000]


def test_a_real_failure_becomes_a_dead_letter_until_it_is_retried() -> None:
    held = running()
    end_badly(held)
    (cause,) = causes()
    assert cause.sample_job_id == held.job_id
    act(TENANT, Action.RETRY, JobFilter(fingerprint=cause.fingerprint))
    assert causes() == []


def test_four_bulk_cancels_at_once_end_and_count_each_member_once() -> None:
    batch_id = put_batch(120)
    held = [fence(admitted.job_id) for admitted in send()]
    take(held)

    def work(number: int) -> int:
        if number:
            return act(TENANT, Action.CANCEL, JobFilter(batch_id=batch_id)).changed
        return len(complete(*held))

    at_once(4, work)
    row = batch(batch_id)
    assert (row.completed, row.cancelled) == (len(held), 120 - len(held))
    assert row.outcome == "completed_with_failures"
