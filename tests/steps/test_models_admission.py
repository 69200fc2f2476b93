"""models.admission, on both databases: whose turn it is, how many at once, and nobody twice."""

from __future__ import annotations

from collections import Counter

import pytest

from models.database import clock, writing
from models.fleet import Member, report
from models.states import Priority
from models.window import LEAST_AHEAD
from tests.steps.rows import (
    LEASE_MS,
    at_once,
    change,
    complete,
    end_badly,
    fence,
    job,
    put,
    put_batch,
    running,
    send,
    states,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")


def worker(threads: int, *, silent_for_ms: int = 0, name: str = "w") -> None:
    with writing() as connection:
        report(connection, Member(name, "host", 1, threads), clock(connection) - silent_for_ms)


def test_high_goes_before_normal_before_low_and_the_longest_due_first_within() -> None:
    wanted = [
        put(priority=Priority.LOW),
        put(priority=Priority.NORMAL),
        put(priority=Priority.HIGH),
        put(priority=Priority.HIGH),
        put(priority=Priority.NORMAL),
    ]
    change(wanted[3], due_at_ms=5)
    assert [a.job_id for a in send()] == [wanted[n] for n in (3, 2, 1, 4, 0)]


def test_an_admitted_job_has_a_new_generation_and_a_lease_on_its_message() -> None:
    job_id = put()
    (admitted,) = send()
    row = job(job_id)
    assert (admitted.job_id, admitted.generation, admitted.pipeline, admitted.step) == (
        job_id,
        1,
        "analyze",
        "fetch",
    )
    assert (row.state, row.generation, row.sends, row.holder) == ("waiting", 1, 1, None)
    assert row.lease_until_ms - row.created_at_ms >= LEASE_MS
    assert states(job_id) == ["waiting"]  # its message is no transition


def test_what_is_on_its_way_is_not_admitted_again() -> None:
    put()
    assert len(send()) == 1
    assert send() == []


def test_without_workers_a_small_window_is_sent_ahead() -> None:
    put_batch(50)
    assert len(send()) == 16
    assert send() == []


def test_the_window_grows_with_the_threads_of_living_workers_only() -> None:
    put_batch(200)
    worker(10)
    worker(10, name="dead", silent_for_ms=60_000)
    assert len(send()) == 10 + LEAST_AHEAD
    worker(30)
    assert len(send()) == 20


def test_an_ended_job_makes_room_and_what_ends_quickly_makes_room_for_more() -> None:
    put_batch(200)
    worker(10)
    first = send()
    held = [fence(a.job_id) for a in first]
    take(held)
    assert send() == []
    complete(*held)
    assert len(send()) == 10 + len(held)  # as many threads, and as many ahead as have just ended


@pytest.mark.parametrize(
    "values",
    [
        {"state": "scheduled", "due_at_ms": 2**52},
        {"state": "retrying", "due_at_ms": 2**52},
        {"state": "running", "holder": "h"},
        {"state": "completed"},
        {"gate": "batch"},
    ],
    ids=str,
)
def test_only_jobs_that_wait_before_an_open_gate_are_admitted(values: dict[str, str]) -> None:
    change(put(), **values)
    assert send() == []


def test_a_message_that_nobody_takes_is_waited_for_longer_each_time_up_to_32_leases() -> None:
    job_id = put()
    waits = []
    for _ in range(8):
        send()
        row = job(job_id)
        with writing() as connection:
            waits.append(round((row.lease_until_ms - clock(connection)) / LEASE_MS))
        change(job_id, lease_until_ms=None)
    assert waits == [1, 2, 4, 8, 16, 32, 32, 32]


def test_eight_admissions_at_once_send_no_job_twice_and_fill_the_window_once() -> None:
    put_batch(300)
    worker(98)
    sent = Counter(a.job_id for admitted in at_once(8, lambda _: send()) for a in admitted)
    assert sent.total() == len(sent) == 100


def test_what_is_due_is_admitted_at_its_time_and_what_is_not_sleeps_on() -> None:
    due, later = put(delay_ms=60_000), put(delay_ms=60_000)
    held = running()
    end_badly(held, retry_in_ms=60_000)
    change(due, due_at_ms=1)
    change(held.job_id, due_at_ms=2)
    assert [a.job_id for a in send()] == [due, held.job_id]
    assert states(held.job_id)[-2:] == ["retrying", "waiting"]
    assert job(later).state == "scheduled"
