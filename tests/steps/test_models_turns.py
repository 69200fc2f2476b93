"""Whose turn it is, on both databases: priority, age, tenants in turn, and first in first out."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import update

from models.database import clock, writing
from models.fleet import Member, report
from models.limits import Change, change_limit
from models.picking import AGED_AFTER_MS, AGED_EVERY
from models.schema import jobs
from models.states import Priority
from tests.steps.rows import complete, fence, job, put, put_batch, send, take

pytestmark = pytest.mark.usefixtures("database_url")


def one_at_a_time(count: int, *, threads: int = 1) -> list[str]:
    """The order in which `count` jobs start where only `threads` can run at once."""
    with writing() as connection:
        change_limit(connection, "queue", "ai_analysis", Change(concurrency=threads))
    order = []
    while len(order) < count:
        sent = [a.job_id for a in send()]
        assert sent
        order += sent
        held = [fence(job_id) for job_id in sent]
        take(held)
        complete(*held)
    return order


def age(priority: Priority, by_ms: int) -> None:
    with writing() as connection:
        older = {"due_at_ms": clock(connection) - by_ms}
        connection.execute(update(jobs).where(jobs.c.priority == priority).values(older))


def test_a_high_job_behind_a_thousand_low_ones_starts_next() -> None:
    put_batch(1_000, priority=Priority.LOW)
    one_at_a_time(1)
    urgent = put(priority=Priority.HIGH)
    assert one_at_a_time(1) == [urgent]


def test_within_a_priority_it_is_first_in_first_out_also_across_admissions() -> None:
    wanted = [put() for _ in range(12)]
    assert one_at_a_time(12) == wanted
    wanted = [put() for _ in range(12)]
    assert one_at_a_time(12, threads=5) == wanted


def test_nothing_starves_one_start_in_ten_is_for_who_has_waited_longest() -> None:
    put_batch(3, priority=Priority.LOW)
    age(Priority.LOW, AGED_AFTER_MS + 1_000)
    put_batch(40, priority=Priority.HIGH)
    started = [job(job_id).priority for job_id in one_at_a_time(30)]
    assert Counter(started) == {Priority.HIGH: 27, Priority.LOW: 3}
    assert [at % AGED_EVERY for at, p in enumerate(started, 1) if p == Priority.LOW] == [0, 0, 0]


def test_what_has_not_waited_long_has_to_wait_for_what_is_urgent() -> None:
    put_batch(3, priority=Priority.LOW)
    put_batch(40, priority=Priority.HIGH)
    assert {job(job_id).priority for job_id in one_at_a_time(30)} == {Priority.HIGH}


def test_a_tenant_with_a_thousand_jobs_does_not_delay_anothers_one() -> None:
    put_batch(1_000)
    one_at_a_time(3)
    lone = put(tenant_id="small")
    assert one_at_a_time(1) == [lone]


def test_tenants_take_turns_whatever_they_have_waiting() -> None:
    for tenant, count in (("a", 30), ("b", 3), ("c", 10)):
        for _ in range(count):
            put(tenant_id=tenant)
    order = [job(job_id).tenant_id for job_id in one_at_a_time(24, threads=4)]
    assert Counter(order[:9]) == {"a": 3, "b": 3, "c": 3}
    assert Counter(order) == {"a": 11, "b": 3, "c": 10}


def test_turns_are_kept_from_one_admission_to_the_next() -> None:
    for tenant in ("a", "b", "c") * 4:
        put(tenant_id=tenant)
    order = [job(job_id).tenant_id for job_id in one_at_a_time(12)]
    assert [sorted(order[at : at + 3]) for at in range(0, 12, 3)] == [["a", "b", "c"]] * 4


def test_a_tenant_at_its_limit_gives_its_turn_to_the_others() -> None:
    with writing() as connection:
        report(connection, Member("w", "host", 1, 10), clock(connection))
        change_limit(connection, "tenant", "a", Change(concurrency=1))
    for tenant in ("a", "b") * 4:
        put(tenant_id=tenant)
    sent = Counter(job(a.job_id).tenant_id for a in send())
    assert sent == {"a": 1, "b": 4}


def test_queues_of_one_tenant_share_its_turns() -> None:
    for queue in ("one", "two") * 5:
        put(queue=queue)
    with writing() as connection:
        report(connection, Member("w", "host", 1, 4), clock(connection))
    assert Counter(job(a.job_id).queue for a in send()) == {"one": 3, "two": 3}
