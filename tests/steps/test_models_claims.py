"""models.claims, on both databases: a job is taken once, kept while renewed, and lost for good."""

from __future__ import annotations

from collections import Counter

import pytest

from models.claims import Fence, give_back, hand_over, renew, set_stages
from models.database import clock, writing
from models.fleet import Member, report
from tests.steps.rows import (
    LEASE_MS,
    ME,
    OTHER,
    at_once,
    change,
    complete,
    count_events,
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


def renewed(*held: Fence, holder: str = ME) -> dict[Fence, bool]:
    with writing() as connection:
        return renew(connection, held, holder=holder, lease_ms=LEASE_MS, now=clock(connection))


def test_a_claim_takes_the_job_and_brings_all_that_its_steps_need() -> None:
    job_id = put(body={"text": "a text"}, channels=["file:a.jsonl"], max_attempts=7)
    send()
    held = fence(job_id)
    claimed = take([held])[held]
    row = job(job_id)
    assert (row.state, row.holder, row.sends) == ("running", ME, 0)
    assert row.started_at_ms is not None
    assert (claimed.body, claimed.channels, claimed.max_attempts) == (
        {"text": "a text"},
        ["file:a.jsonl"],
        7,
    )
    assert states(job_id) == ["waiting", "running"]


def test_a_job_is_not_taken_twice_not_even_by_its_holder() -> None:
    held = running()
    assert take([held], holder=OTHER) == {}
    assert take([held]) == {}
    assert states(held.job_id) == ["waiting", "running"]


def test_the_same_wish_twice_in_one_claim_is_granted_once() -> None:
    job_id = put()
    send()
    assert len(take([fence(job_id)] * 3)) == 1
    assert count_events("running", job_id=job_id) == 1


@pytest.mark.parametrize("off", [-1, 1])
def test_a_message_of_another_generation_takes_nothing(off: int) -> None:
    job_id = put()
    send()
    assert take([Fence(job_id, job(job_id).generation + off)]) == {}
    assert job(job_id).state == "waiting"


def test_a_message_for_another_step_takes_nothing() -> None:
    job_id = put()
    send()
    assert take([fence(job_id)], step="persist") == {}


def test_a_job_that_was_never_sent_cannot_be_taken() -> None:
    assert take([fence(put())]) == {}


def test_a_job_whose_cancellation_was_asked_for_cannot_be_taken() -> None:
    job_id = put()
    send()
    change(job_id, cancel_requested=True)
    assert take([fence(job_id)]) == {}


def test_eight_workers_claiming_three_hundred_jobs_take_each_exactly_once() -> None:
    put_batch(300)
    with writing() as connection:
        report(connection, Member("w", "host", 1, 300), clock(connection))
    fences = [Fence(a.job_id, a.generation) for a in send()]
    assert len(fences) == 300

    def grab(number: int) -> list[Fence]:
        got: list[Fence] = []
        mine = fences[number * 37 :] + fences[: number * 37]  # each begins elsewhere, all want all
        for at in range(0, len(mine), 10):
            got += take(mine[at : at + 10], holder=f"host:{number}:x")
        return got

    taken = Counter(f for got in at_once(8, grab) for f in got)
    assert len(taken) == taken.total() == 300
    assert count_events("running") == 300


def test_renewing_prolongs_the_lease_and_tells_of_a_cancellation() -> None:
    held = running()
    change(held.job_id, lease_until_ms=1)
    assert renewed(held) == {held: False}
    assert job(held.job_id).lease_until_ms > LEASE_MS
    change(held.job_id, cancel_requested=True)
    assert renewed(held) == {held: True}


def test_what_is_no_longer_held_is_absent_from_the_renewed() -> None:
    held = running()
    assert renewed(Fence(held.job_id, held.generation - 1)) == {}
    assert renewed(held, holder=OTHER) == {}
    complete(held)
    assert renewed(held) == {}
    assert renewed() == {}


def test_a_handed_over_job_is_taken_at_its_next_step_by_anyone_under_the_same_generation() -> None:
    held = running()
    with writing() as connection:
        assert hand_over(connection, held, "score", holder=ME, lease_ms=LEASE_MS, now=clock(connection))
    row = job(held.job_id)
    assert (row.state, row.step, row.holder, row.generation) == ("running", "score", None, held.generation)
    assert take([held]) == {}  # an old message for the first step
    assert held in take([held], holder=OTHER, step="score")


def test_only_the_holder_hands_over() -> None:
    held = running()
    with writing() as connection:
        terms = {"lease_ms": LEASE_MS, "now": clock(connection)}
        assert not hand_over(connection, held, "score", holder=OTHER, **terms)
    assert job(held.job_id).step == "fetch"


def test_giving_back_fences_the_old_message_off_and_counts_against_nobody() -> None:
    held = running()
    with writing() as connection:
        assert give_back(connection, [held], holder=OTHER, now=clock(connection)) == set()
        assert give_back(connection, [held], holder=ME, now=clock(connection)) == {held}
    row = job(held.job_id)
    assert (row.state, row.generation, row.holder, row.lease_until_ms) == (
        "waiting",
        held.generation + 1,
        None,
        None,
    )
    assert (row.failure_count, row.crash_count) == (0, 0)
    assert complete(held) == set()


def test_stages_are_told_of_held_jobs_only() -> None:
    held, lost = running(), running()
    with writing() as connection:
        set_stages(connection, [(held, "score", 30), (Fence(lost.job_id, 9), "score", 30)], ME)
        set_stages(connection, [(lost, "score", 30)], OTHER)
        set_stages(connection, [], ME)
    assert (job(held.job_id).stage, job(held.job_id).progress) == ("score", 30)
    assert (job(lost.job_id).stage, job(lost.job_id).progress) == (None, 0)
