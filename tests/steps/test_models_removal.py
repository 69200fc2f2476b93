"""models.removal, on both databases: an ended job goes with all that hangs on it, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table, func, select, update

from models.database import reading, writing
from models.idempotency import Token, remember
from models.removal import remove_some_jobs
from models.schema import answers, contents, deliveries, events, idempotency_keys, jobs
from tests.steps.rows import (
    TENANT,
    at_once,
    batch,
    change,
    complete,
    end_badly,
    fence,
    members,
    put,
    put_batch,
    running,
    send,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")

HANGS_ON_IT = (jobs, answers, events, deliveries, idempotency_keys, contents)


def remove(*job_ids: str) -> int:
    with writing() as connection:
        return remove_some_jobs(connection, jobs.c.id.in_(job_ids))["jobs"]


def count(table: Table) -> int:
    with reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def settle_deliveries(state: str) -> None:
    with writing() as connection:
        connection.execute(update(deliveries).values(state=state))


def completed(**options: Any) -> str:
    held = running(**options)
    complete(held)
    return held.job_id


def test_an_ended_job_goes_with_all_that_hangs_on_it_and_another_stays_whole() -> None:
    gone, stays = completed(channels=["file:x"]), completed(channels=["file:x"])
    settle_deliveries("sent")
    with writing() as connection:
        for job_id in (gone, stays):
            remember(connection, Token(TENANT, job_id, "d"), job_id)
    before = {table: count(table) for table in HANGS_ON_IT}
    assert remove(gone) == 1
    assert {table: count(table) * 2 for table in HANGS_ON_IT} == before
    assert remove(gone) == 0


@pytest.mark.parametrize("state", ["scheduled", "waiting", "running", "retrying"])
def test_what_has_not_ended_stays(state: str) -> None:
    job_id = put()
    change(job_id, state=state)
    assert (remove(job_id), count(jobs)) == (0, 1)


def test_a_job_that_owes_a_notice_stays_until_it_was_sent_or_given_up() -> None:
    job_id = completed(channels=["file:x"])
    assert remove(job_id) == 0
    settle_deliveries("failed")
    assert remove(job_id) == 1


def test_a_member_stays_until_its_batch_is_over_and_the_batch_keeps_its_counts() -> None:
    batch_id = put_batch(2)
    first, second = [fence(a.job_id) for a in send()]
    take([first, second])
    end_badly(first)
    assert remove(first.job_id) == 0
    complete(second)
    assert remove(first.job_id, second.job_id) == 2
    row = batch(batch_id)
    assert (row.total, row.failed, row.completed, members(batch_id)) == (2, 1, 1, [])


def test_content_that_another_job_uses_stays() -> None:
    gone, stays = completed(), completed()
    with writing() as connection:
        shared = select(jobs.c.content_id).where(jobs.c.id == stays).scalar_subquery()
        connection.execute(update(jobs).where(jobs.c.id == gone).values(content_id=shared))
    assert remove(gone) == 1
    assert remove(stays) == 1
    assert count(contents) == 1  # the one that nobody named any more when its job went


def test_eight_removals_at_once_remove_each_job_once() -> None:
    ids = [completed() for _ in range(20)]
    assert sum(at_once(8, lambda _: remove(*ids))) == 20
    assert [count(table) for table in (jobs, answers, events)] == [0, 0, 0]
