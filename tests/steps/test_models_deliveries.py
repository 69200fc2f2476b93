"""models.deliveries, on both databases: what is owed is claimed before it is sent, and settled once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from models.control import cancel_batch
from models.database import clock, reading, writing
from models.deliveries import MAX_ATTEMPTS, Owed, claim_deliveries, settle_delivery, take_overdue
from models.schema import deliveries
from tests.steps.rows import (
    TENANT,
    at_once,
    complete,
    end_badly,
    fence,
    members,
    put_batch,
    running,
    send,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")


def ended(*channels: str) -> str:
    held = running(channels=list(channels))
    complete(held)
    return held.job_id


def claim(job_id: str, lease_ms: int = 60_000) -> list[Owed]:
    with writing() as connection:
        return claim_deliveries(connection, job_id, lease_ms=lease_ms)


def settle(owed: Owed, error: str | None = None, retry_in_ms: int = 60_000) -> None:
    with writing() as connection:
        settle_delivery(connection, owed, error=error, retry_in_ms=retry_in_ms)


def rows() -> list[Any]:
    with reading() as connection:
        return list(connection.execute(select(*deliveries.c)).all())


def overdue(older_than_ms: int = -1, lease_ms: int = -1) -> list[str]:
    with writing() as connection:
        return take_overdue(connection, older_than_ms=older_than_ms, lease_ms=lease_ms)


def test_a_message_that_was_sent_again_is_given_its_time() -> None:
    job_id = ended("file:a")
    assert overdue(lease_ms=60_000) == [job_id]
    assert overdue(lease_ms=60_000) == []


def test_every_channel_of_a_job_is_claimed_once() -> None:
    job_id = ended("file:a", "file:b")
    assert sorted(owed.channel for owed in claim(job_id)) == ["file:a", "file:b"]
    assert claim(job_id) == []


def test_of_eight_who_claim_at_once_one_gets_it() -> None:
    job_id = ended("file:a")
    assert sum(len(owed) for owed in at_once(8, lambda _: claim(job_id))) == 1


def test_a_sent_delivery_is_never_claimed_again() -> None:
    job_id = ended("file:a")
    settle(claim(job_id)[0])
    assert rows()[0].state == "sent"
    assert (claim(job_id), overdue()) == ([], [])


def test_a_claim_that_ended_unsettled_is_open_again_and_its_late_word_is_not_heard() -> None:
    job_id = ended("file:a")
    (first,) = claim(job_id, lease_ms=-1)
    assert overdue() == [job_id]
    (second,) = claim(job_id)
    assert (second.id, second.attempts) == (first.id, 2)
    settle(first, error="late")
    assert rows()[0].state == "sending"


def test_a_failed_sending_is_tried_again_at_its_time_and_given_up_after_five() -> None:
    job_id = ended("file:a")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        (owed,) = claim(job_id)
        assert owed.attempts == attempt
        settle(owed, error="The channel was away.", retry_in_ms=-1)
    (row,) = rows()
    assert (row.state, row.attempts, row.error_message) == ("failed", MAX_ATTEMPTS, "The channel was away.")
    assert claim(job_id) == []


def test_a_sending_that_failed_waits_for_its_time() -> None:
    job_id = ended("file:a")
    settle(claim(job_id)[0], error="away", retry_in_ms=60_000)
    assert (claim(job_id), overdue()) == ([], [])


def test_only_what_has_lain_for_a_while_is_overdue() -> None:
    job_id = ended("file:a", "file:b")
    assert overdue(older_than_ms=60_000) == []
    with writing() as connection:
        connection.execute(update(deliveries).values(created_at_ms=clock(connection) - 61_000))
    assert overdue(older_than_ms=60_000) == [job_id]


def test_members_that_were_cancelled_or_not_started_are_told_of_like_any_other_end() -> None:
    stopped = put_batch(2, limit=1, tolerance_count=0, channels=["file:a"])
    send()
    first = next(row for row in members(stopped) if row.lease_until_ms is not None)
    take([fence(first.id)])
    end_badly(fence(first.id))
    called_off = put_batch(1, channels=["file:a"])
    with writing() as connection:
        cancel_batch(connection, TENANT, called_off)
    told = {(row.owner_id, row.event) for row in rows()}
    assert told == {(row.id, f"job.{row.state}") for row in [*members(stopped), *members(called_off)]}
