"""models.submission, on both databases: jobs and batches enter whole, once, and in the right state."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from models.database import reading, writing
from models.schema import contents, jobs
from models.submission import submit_job
from tests.steps.rows import at_once, batch, change, job, members, new, put, put_batch, states

pytestmark = pytest.mark.usefixtures("database_url")


def test_a_job_enters_waiting_with_its_content_and_its_first_event() -> None:
    row = job(put(body={"text": "Grüße ☕"}, external_id="row-7", channels=["file:a.jsonl"]))
    assert (row.state, row.generation, row.step, row.external_id) == ("waiting", 0, "fetch", "row-7")
    assert row.channels == ["file:a.jsonl"]
    assert states(row.id) == ["waiting"]
    with reading() as connection:
        body = connection.execute(select(contents.c.body).where(contents.c.id == row.content_id)).scalar_one()
    assert body == {"text": "Grüße ☕"}


def test_a_delayed_job_enters_scheduled_and_due_later() -> None:
    row = job(put(delay_ms=5_000))
    assert (row.state, row.due_at_ms - row.created_at_ms) == ("scheduled", 5_000)


@pytest.mark.parametrize("state", ["waiting", "running", "completed", "retrying"])
def test_a_dedup_key_gives_back_the_job_that_has_it(state: str) -> None:
    first = put(dedup_key="k")
    change(first, state=state)
    with writing() as connection:
        assert submit_job(connection, new(dedup_key="k")) == (first, False)


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_job_that_came_to_nothing_leaves_its_dedup_key_free(state: str) -> None:
    first = put(dedup_key="k")
    change(first, state=state)
    with writing() as connection:
        again, fresh = submit_job(connection, new(dedup_key="k"))
    assert fresh
    assert again != first


def test_the_same_dedup_key_of_another_tenant_is_another_job() -> None:
    assert put(dedup_key="k") != put(dedup_key="k", tenant_id="someone-else")


def test_eight_submissions_of_one_dedup_key_at_once_make_one_job() -> None:
    put()  # the tenant is there
    found = at_once(8, lambda _: put(dedup_key="k"))
    assert len(set(found)) == 1
    with reading() as connection:
        count = select(func.count()).select_from(jobs).where(jobs.c.dedup_key == "k")
        assert connection.execute(count).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(contents)).scalar_one() == 2


def test_members_enter_in_bulk_and_are_counted() -> None:
    batch_id = put_batch(1_200, sealed=False)
    assert len(members(batch_id)) == batch(batch_id).total == 1_200
    assert not batch(batch_id).sealed
    assert {row.gate for row in members(batch_id)} == {None}


def test_members_of_a_limited_batch_wait_at_its_gate_but_for_the_first_few() -> None:
    rows = members(put_batch(10, limit=3))
    assert [row.gate for row in rows] == [None] * 3 + ["batch"] * 7


def test_sealing_an_empty_batch_ends_it_completed() -> None:
    row = batch(put_batch(0))
    assert (row.total, row.outcome) == (0, "completed")
    assert row.finished_at_ms is not None
