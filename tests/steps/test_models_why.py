"""models.why, on both databases: one reason for each job that does not run, and admission's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import insert

from models.admission import admit
from models.breakers import llm_breaker
from models.database import clock, reading, writing
from models.fleet import Member, report
from models.limits import Change, change_limit
from models.schema import breakers
from models.states import Priority
from models.why import Waiting, why_waiting
from pipelines.eta import Eta, batch_eta
from tests.steps.rows import (
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
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")


def why(job_id: str, *, stand_in: str | None = None) -> Waiting | None:
    named = {"test.trivial": stand_in} if stand_in else {}
    with reading() as connection:
        return why_waiting(connection, job(job_id), worker_alive_ms=30_000, stand_ins=named)


def gate(job_id: str) -> str | None:
    return held.gate if (held := why(job_id)) else None


@pytest.fixture
def worker(database_url: str) -> None:
    """Sixteen threads somewhere."""
    with writing() as connection:
        report(connection, Member("w", "host", 1, 16), clock(connection))


def limit(scope: Any, name: str, **values: Any) -> None:
    with writing() as connection:
        change_limit(connection, scope, name, Change(**values))


def test_without_a_worker_that_is_the_reason() -> None:
    job_id = put()
    assert gate(job_id) == "workers"
    send()
    assert gate(job_id) == "workers"


@pytest.mark.usefixtures("worker")
def test_what_was_put_off_tells_until_when() -> None:
    later, failed = put(delay_ms=60_000), running()
    end_badly(failed, retry_in_ms=50_000)
    told = [why(later), why(failed.job_id)]
    assert [held.gate for held in told if held] == ["schedule", "backoff"]
    assert [held.until_ms for held in told if held] == [job(j).due_at_ms for j in (later, failed.job_id)]
    assert "service_error" in str(told[1])


@pytest.mark.usefixtures("worker")
def test_what_runs_or_has_ended_waits_for_nothing() -> None:
    held = running()
    assert why(held.job_id) is None
    complete(held)
    assert why(held.job_id) is None


@pytest.mark.usefixtures("worker")
def test_a_message_on_its_way_and_the_gate_of_a_batch_are_told_apart() -> None:
    batch_id = put_batch(2, limit=1)
    first, second = [row.id for row in members(batch_id)]
    assert (gate(first), gate(second)) == ("turn", "batch")
    assert "parallel_limit (1)" in str(why(second))
    send()
    assert gate(first) == "window"


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("scope", "name", "values", "told"),
    [
        ("queue", "ai_analysis", {"paused": True}, "paused"),
        ("queue", "ai_analysis", {"concurrency": 1}, "at once (1)"),
        ("tenant", "default", {"concurrency": 1}, "at once (1)"),
        ("source", "drive", {"rate": 1, "period_ms": 60_000}, "rate"),
        ("model", "openai/m", {"paused": True}, "paused"),
    ],
)
def test_the_gate_that_refuses_at_admission_is_the_one_that_is_named(
    scope: str, name: str, values: dict[str, Any], told: str
) -> None:
    options = {"source": "drive", "model": "openai/m"}
    if "paused" not in values:
        running(**options)
    limit(scope, name, **values)
    if "rate" in values:
        put(**options)
        assert len(send()) == 1
    job_id = put(**options)
    held = why(job_id)
    assert send() == []
    assert held is not None
    assert (held.gate, told in held.reason) == (f"{scope} {name}", True)
    assert (held.until_ms is not None) == ("rate" in values)


@pytest.mark.usefixtures("worker")
def test_a_model_that_is_away_is_the_reason_unless_somebody_stands_in_for_it() -> None:
    away = {"name": llm_breaker("openai/m"), "state": "open", "failures": 5, "openings": 1}
    until = {"opened_at_ms": 1, "retry_at_ms": 2**52, "error_class": "service_error"}
    with writing() as connection:
        connection.execute(insert(breakers), away | until)
    job_id = put(model="openai/m")
    held = why(job_id)
    assert held is not None
    assert (held.gate, held.until_ms) == (away["name"], 2**52)
    instead = why(job_id, stand_in="local")
    assert instead is not None
    assert instead.gate == "turn"


@pytest.mark.usefixtures("worker")
def test_when_the_gate_opens_admission_lets_it_through() -> None:
    limit("queue", "ai_analysis", paused=True)
    job_id = put()
    assert gate(job_id) == "queue ai_analysis"
    limit("queue", "ai_analysis", paused=False)
    assert gate(job_id) == "turn"
    assert [a.job_id for a in send()] == [job_id]


@pytest.mark.usefixtures("worker")
def test_its_place_counts_those_of_its_tenant_that_go_first() -> None:
    put(priority=Priority.LOW)
    put(tenant_id="another", priority=Priority.HIGH)
    first, second = put(priority=Priority.HIGH), put()
    third = put(queue="emails")
    assert "next of its tenant's" in str(why(first))
    assert "1 of its tenant's jobs" in str(why(second))
    assert "2 of its tenant's jobs" in str(why(third))


@pytest.mark.usefixtures("worker")
def test_a_job_that_waits_for_anothers_question_says_so() -> None:
    job_id = put(delay_ms=60_000)
    change(job_id, waits_for="k")
    assert gate(job_id) == "question"


def test_to_ask_changes_nothing() -> None:
    job_id = put()
    before = job(job_id)
    why(job_id)
    assert job(job_id) == before
    sent = send()
    assert [a.job_id for a in sent] == [job_id]
    assert take([fence(job_id)])


def test_asking_waits_for_no_admission_that_is_under_way(worker: None) -> None:
    model = "openai/gpt-5-mini"
    batch_id = put_batch(2, model=model)
    limit("queue", "ai_analysis", concurrency=1)
    limit("tenant", "default", paused=True)
    with writing() as connection:
        away = {"name": llm_breaker(model), "state": "open", "failures": 5, "openings": 1, "retry_at_ms": 0}
        connection.execute(insert(breakers), away)
    (first, _) = members(batch_id)
    with writing() as connection, ThreadPoolExecutor(2) as pool:
        assert not admit(connection, lease_ms=15_000, worker_alive_ms=30_000).admitted
        asked = pool.submit(why, first.id)
        estimated = pool.submit(eta, batch_id)
        held = asked.result(5)
        assert held is not None
        assert held.gate == "tenant default"
        assert "paused" in str(estimated.result(5))


def eta(batch_id: str) -> Eta:
    with reading() as connection:
        return batch_eta(connection, batch(batch_id), clock(connection))
