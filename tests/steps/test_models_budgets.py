"""models.budgets, on both databases: work stops before the money is spent, and goes on in the next period."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from errors import InvalidInput
from models.admission import admit
from models.budgets import Period, _next, drop_budget, set_budget, standings
from models.charges import Charged, charge, day_of
from models.database import clock, reading, writing
from models.fleet import Member, report
from models.limits import Change, change_limit
from models.schema import spend
from models.tenants import ensure_tenant
from models.why import why_waiting
from pipelines import analyze_many
from tests.harness.environment import environment
from tests.steps.driving import admit_now, run, scripted
from tests.steps.rows import TENANT, at_once, complete, fence, job, put, send, take

DAY_MS = 86_400_000
PRICED: dict[str, Any] = {"model": "p/m", "estimated_micro": 30}


@pytest.fixture(autouse=True)
def _unlimited(database_url: str) -> None:
    """The budget alone decides: the queue's own limits are away."""
    with writing() as connection:
        ensure_tenant(connection, TENANT)
        change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))


def allow(micro: int, period: Period = Period.DAY) -> None:
    with writing() as connection:
        set_budget(connection, TENANT, period, micro)


def pay(micro: int, *, days_ago: int = 0) -> None:
    with writing() as connection:
        paid = Charged(TENANT, "job", "r", "a", "p", "m", cost_micro=micro)
        charge(connection, [paid], clock(connection) - days_ago * DAY_MS)


def spent_today() -> int:
    with reading() as connection:
        now = clock(connection)
        return sum(row.cost_micro for row in connection.execute(spend.select()) if row.day == day_of(now))


def test_what_runs_and_what_was_spent_and_the_next_estimate_stay_within_the_budget() -> None:
    allow(100)
    pay(35)
    made = [put(**PRICED) for _ in range(3)]
    assert [one.job_id for one in send()] == made[:2]  # 35 + 30 + 30, and 30 more are too many
    assert send() == []
    held = fence(made[0])
    take([held])
    complete(held)  # it cost less than estimated: nothing was charged
    assert [one.job_id for one in send()] == [made[2]]


def test_a_job_waits_for_the_next_day_and_uses_no_attempt() -> None:
    allow(20)
    pay(15)
    job_id = put(model="p/m", estimated_micro=10)
    with writing() as connection:
        round_ = admit(connection, lease_ms=1_000, worker_alive_ms=1_000)
        now = clock(connection)
        report(connection, Member("w", "host", 1, 4), now)
        held = why_waiting(connection, job(job_id), worker_alive_ms=60_000, stand_ins={})
    assert round_.admitted == []
    assert round_.again_at_ms == _next(Period.DAY, now)
    assert held is not None
    assert (held.gate, held.until_ms) == ("budget", _next(Period.DAY, now))
    assert "$0.00002" in held.reason
    assert (job(job_id).state, job(job_id).failure_count) == ("waiting", 0)


def test_yesterdays_spending_counts_for_the_month_only_and_a_raised_budget_at_once() -> None:
    allow(50)
    pay(50, days_ago=1)
    first = put(**PRICED)
    assert [one.job_id for one in send()] == [first]
    allow(10_000, Period.DAY)
    allow(29, Period.MONTH)
    second = put(**PRICED)
    assert send() == []
    with writing() as connection:
        drop_budget(connection, TENANT, Period.MONTH)
    assert [one.job_id for one in send()] == [second]


def test_a_budget_of_nothing_stops_what_costs_and_lets_local_answers_through() -> None:
    allow(0)
    put(**PRICED)
    local, unpriced = put(), put(model="p/m", estimated_micro=0, priority=0)
    assert {one.job_id for one in send()} == {local, unpriced}


def test_a_budget_says_how_it_stands_and_another_tenants_is_not_touched() -> None:
    allow(100)
    pay(40)
    put(**PRICED)
    send()
    put(tenant_id="other", **PRICED)
    assert len(send()) == 1
    with reading() as connection:
        (told,) = standings(connection, [TENANT, "other"], clock(connection))
    assert (told.spent_micro, told.in_flight_micro, told.left_micro) == (40, 30, 30)


def test_spending_stays_within_the_budget_and_the_error_of_what_is_in_flight(
    home: Path,
) -> None:
    prices = '{"scripted/gpt-5-mini": {"input": 0, "output": 10}}'
    estimated, real, at_once_most = 6_000, 6_250, 8  # 600 tokens at $10 a million, as the analysis declares
    reply = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}
    usage = {"output_tokens": 625}
    with environment(MODEL_PRICES=prices), scripted(home, {"reply": reply, "usage": usage}):
        allow(100_000)
        batch = analyze_many("text.sentiment", [f"text {n}" for n in range(60)]).submit()
        assert job(next(iter(batch.members())).id).estimated_micro == estimated
        with writing() as connection:
            change_limit(connection, "queue", "ai_analysis", Change(concurrency=at_once_most))
        while sent := admit_now():
            at_once(len(sent), lambda n, now=sent: run([now[n]]))
        assert batch.counts.completed == spent_today() // real
        most_over = at_once_most * (real - estimated)
        assert 100_000 - real < spent_today() <= 100_000 + most_over


def test_a_wrong_budget_is_refused() -> None:
    with pytest.raises(InvalidInput):
        allow(-1)


def test_a_job_dearer_than_the_whole_budget_does_not_hold_up_those_behind_it() -> None:
    allow(100)
    dear = [put(model="p/m", estimated_micro=101) for _ in range(3)]
    behind = put(**PRICED)
    assert [one.job_id for one in send()] == [behind]
    assert {job(job_id).state for job_id in dear} == {"waiting"}
    allow(1_000)
    assert [one.job_id for one in send()] == dear
