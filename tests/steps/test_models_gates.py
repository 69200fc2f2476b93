"""The gates of admission, on both databases: at once, per period, paused; and who is held back by them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import event

from errors import InvalidInput
from models.admission import Round, admit
from models.database import clock, engine, writing
from models.fleet import Member, report
from models.gatehouse import Gatehouse
from models.gates import Candidate
from models.lanes import LaneKey
from models.limits import Change, Scope, change_limit, get_limits, list_limits, slow_down
from models.lonely import PLACES
from models.rates import used
from models.unsent import put_off, unsend
from tests.steps.rows import (
    LEASE_MS,
    ME,
    at_once,
    change,
    complete,
    end_badly,
    fence,
    job,
    put,
    put_batch,
    send,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")

OPENAI = "openai/gpt-5-mini"


@pytest.fixture(autouse=True)
def _many_threads(database_url: str) -> None:
    with writing() as connection:
        report(connection, Member("w", "host", 1, 500), clock(connection))


def limit(scope: Scope, name: str, **change: int | bool) -> None:
    with writing() as connection:
        change_limit(connection, scope, name, Change(**change))  # type: ignore[arg-type]


def admitted() -> Round:
    with writing() as connection:
        return admit(connection, lease_ms=LEASE_MS, worker_alive_ms=30_000)


def end(job_ids: list[str]) -> None:
    held = [fence(job_id) for job_id in job_ids]
    take(held)
    complete(*held)


def test_no_more_of_a_queue_are_in_flight_than_its_concurrency_and_an_end_lets_the_next_in() -> None:
    limit("queue", "ai_analysis", concurrency=4)
    put_batch(10)
    first = [a.job_id for a in send()]
    assert len(first) == 4
    assert send() == []
    end(first[:3])
    assert len(send()) == 3


def test_a_limit_of_one_queue_holds_up_no_other() -> None:
    limit("queue", "ai_analysis", concurrency=1)
    put_batch(5)
    put_batch(5, queue="documents_of_ours")
    assert len(send()) == 1 + 5


@pytest.mark.parametrize(
    ("scope", "name", "changes"),
    [
        ("tenant", "default", {}),
        ("source", "drive", {"source": "drive"}),
        ("model", OPENAI, {"model": OPENAI}),
    ],
)
def test_tenants_sources_and_models_have_limits_of_their_own(
    scope: Scope, name: str, changes: dict[str, str]
) -> None:
    limit("queue", "ai_analysis", concurrency=0, rate=0)
    limit(scope, name, concurrency=2)
    put_batch(5, **changes)
    put(tenant_id="other")
    assert len(send()) == 3


def test_eight_admissions_at_once_let_no_more_through_than_may() -> None:
    limit("queue", "ai_analysis", concurrency=7, rate=20)
    put_batch(60)
    sent = [a.job_id for round_ in at_once(8, lambda _: send()) for a in round_]
    assert len(sent) == len(set(sent)) == 7


def test_a_rate_lets_through_so_many_in_a_period_and_says_when_the_next_may_start() -> None:
    limit("queue", "ai_analysis", rate=3, period_ms=60_000)
    put_batch(5)
    first = admitted()
    end([a.job_id for a in first.admitted])
    second = admitted()
    assert (len(first.admitted), len(second.admitted)) == (3, 0)
    assert second.again_in_ms is not None
    assert 58_000 < second.again_in_ms <= 62_000


def test_the_rate_lets_the_next_through_at_the_time_it_said() -> None:
    limit("queue", "ai_analysis", rate=2, period_ms=600)
    put_batch(3)
    assert len(send()) == 2
    waited = admitted().again_in_ms
    assert waited is not None
    time.sleep(waited / 1000 + 0.005)
    assert len(send()) == 1


def test_a_paused_queue_lets_nothing_through_until_it_is_resumed() -> None:
    limit("queue", "ai_analysis", paused=True)
    put_batch(3)
    round_ = admitted()
    assert (round_.admitted, round_.again_at_ms) == ([], None)
    limit("queue", "ai_analysis", paused=False)
    assert len(send()) == 3


def test_defaults_hold_for_those_that_ask_a_provider_and_not_for_local_answers() -> None:
    put_batch(20)
    put_batch(20, model=OPENAI)
    by_model = [job(a.job_id).model for a in send()]
    assert (by_model.count("local"), by_model.count(OPENAI)) == (20, 3)


def test_setting_one_limit_of_a_queue_leaves_the_others_default_to_those_that_ask_a_provider() -> None:
    limit("queue", "ai_analysis", concurrency=25)
    put_batch(30, model=OPENAI)
    put_batch(30)
    by_model = [job(a.job_id).model for a in send()]
    assert (by_model.count("local"), by_model.count(OPENAI)) == (15, 10)


def test_a_default_rate_is_remembered_although_nobody_set_it() -> None:
    put_batch(20, model=OPENAI)
    for _ in range(4):
        end([a.job_id for a in send()])
    with writing() as connection:
        (known,) = [one for one in list_limits(connection) if one.name == "ai_analysis"]
    assert (sum(known.spent.values()), known.scope, known.label) == (10, "default", "queue ai_analysis")


def test_the_tokens_of_a_model_are_reserved_on_estimate() -> None:
    limit("queue", "ai_analysis", concurrency=0, rate=0)
    limit("model", OPENAI, rate=1_000)
    put_batch(5, model=OPENAI, estimated_tokens=400)
    assert len(send()) == 2


def test_what_is_dearer_than_the_whole_rate_starts_when_nothing_else_was_used() -> None:
    limit("model", OPENAI, rate=1_000)
    put(model=OPENAI, estimated_tokens=5_000)
    put(model=OPENAI, estimated_tokens=10)
    assert len(send()) == 1


def test_the_lanes_of_twenty_thousand_tenants_are_weighed_together() -> None:
    keys = [LaneKey(f"t{number}", "ai_analysis", "", OPENAI, 1) for number in range(20_000)]
    with writing() as connection:
        gates = Gatehouse(connection, keys, {}, clock(connection))
        free = Candidate("j", 0, keys[-1], "a", 0, 0, 0, 0, None)
        assert gates.refusal(keys[-1], free) is None


def test_a_rate_that_a_provider_lowered_recovers_by_a_tenth_a_minute() -> None:
    limit("queue", "ai_analysis", concurrency=0, rate=0)
    limit("model", OPENAI, rate=1_000)
    put(model=OPENAI, estimated_tokens=375)
    send()
    with writing() as connection:
        now = clock(connection)
        slow_down(connection, OPENAI, refused_tokens=0, retry_after_ms=0, began_at_ms=now, now=now)
        (known,) = [one for one in list_limits(connection) if one.name == OPENAI]
    assert [known.rate_at(now + minutes * 60_000) for minutes in (0, 1, 3, 6, 7, 60)] == [
        300,
        400,
        600,
        900,
        1_000,
        1_000,
    ]


def test_waiting_at_a_gate_uses_up_no_attempt_and_leaves_no_trace() -> None:
    limit("queue", "ai_analysis", paused=True)
    job_id = put()
    for _ in range(5):
        send()
    row = job(job_id)
    assert (row.generation, row.sends, row.failure_count, row.state) == (0, 0, 0, "waiting")


def test_a_retry_waits_at_the_gates_like_any_other() -> None:
    limit("queue", "ai_analysis", concurrency=1)
    first, second = put(), put()
    (a,) = send()
    take([fence(a.job_id)])
    end_badly(fence(first), retry_in_ms=0)
    assert [a.job_id for a in send()] == [first if job(first).due_at_ms <= job(second).due_at_ms else second]
    assert send() == []


@pytest.mark.parametrize("change", [{"concurrency": -1}, {"rate": -1}, {"period_ms": 5}], ids=str)
def test_a_limit_that_makes_no_sense_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        Change(**change)  # type: ignore[arg-type]


def test_a_change_during_an_admission_is_not_lost_and_neither_is_what_was_spent() -> None:
    limit("queue", "ai_analysis", rate=5)
    put_batch(10)

    def admit_slowly(number: int) -> None:
        if number:
            time.sleep(0.1)
            limit("queue", "ai_analysis", paused=True)
            return
        with writing() as connection:
            admit(connection, lease_ms=LEASE_MS, worker_alive_ms=30_000)
            time.sleep(0.3)

    at_once(2, admit_slowly)
    with writing() as connection:
        known = get_limits(connection, [("queue", "ai_analysis")])["queue", "ai_analysis"]
    assert (known.paused, known.rate, sum(known.spent.values())) == (True, 5, 5)


def test_two_first_changes_of_a_limit_at_once_are_both_kept() -> None:
    changes = [Change(concurrency=7), Change(paused=True)]

    def put_one(which: int) -> None:
        with writing() as connection:
            change_limit(connection, "queue", "ai_analysis", changes[which])
            time.sleep(0.3)  # on PostgreSQL the other one has begun meanwhile

    at_once(2, put_one)
    with writing() as connection:
        known = get_limits(connection, [("queue", "ai_analysis")])["queue", "ai_analysis"]
    assert (known.concurrency, known.paused) == (7, True)


def test_a_closed_lane_is_not_read_so_many_of_them_cost_no_statement_each() -> None:
    for number in range(12):
        put(tenant_id=f"t{number}", model=OPENAI)
    limit("queue", "ai_analysis", concurrency=1)
    assert len(admitted().admitted) == 1
    asked: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    event.listen(made := engine(), "before_cursor_execute", listen)
    try:
        assert admitted().admitted == []
    finally:
        event.remove(made, "before_cursor_execute", listen)
    assert not [statement for statement in asked if "jobs.estimated_tokens" in statement]
    assert len(asked) < 20


def test_what_could_not_be_sent_uses_up_no_rate() -> None:
    limit("queue", "ai_analysis", rate=2, concurrency=0)
    limit("model", OPENAI, rate=1_000)
    made = [put(model=OPENAI, estimated_tokens=400) for _ in range(3)]
    for _ in range(3):  # Redis is away
        round_ = admitted()
        assert [one.job_id for one in round_.admitted] == made[:2]
        with writing() as connection:
            unsend(connection, [(one.job_id, one.generation) for one in round_.admitted], round_.now_ms)
    assert len(admitted().admitted) == 2
    assert admitted().admitted == []


def test_no_more_suspects_are_let_through_than_have_a_place_and_the_others_pass_them() -> None:
    with writing() as connection:
        report(connection, Member("v", "host", 2, 500), clock(connection))
    suspects = [put() for _ in range(2 * PLACES + 3)]
    for one in suspects:
        change(one, crash_count=1)
    others = [put() for _ in range(3)]
    first = admitted()
    assert [one.job_id for one in first.admitted] == [*suspects[: 2 * PLACES], *others]
    assert admitted().admitted == []
    held = fence(suspects[0])
    take([held])
    complete(held)
    assert [one.job_id for one in admitted().admitted] == [suspects[2 * PLACES]]


def test_any_number_of_suspects_at_the_head_of_a_line_hold_up_nobody() -> None:
    for one in [put() for _ in range(130)]:
        change(one, crash_count=1)
    other = put()
    first = [one.job_id for one in admitted().admitted]
    assert (len(first), other in first) == (PLACES + 1, True)


def test_what_a_worker_puts_off_is_on_no_account() -> None:
    limit("queue", "q", rate=5)
    limit("model", OPENAI, rate=1_000)
    job_id = put(queue="q", model=OPENAI, estimated_tokens=400)
    assert len(admitted().admitted) == 1
    held = fence(job_id)
    take([held])
    with writing() as connection:
        assert put_off(connection, [(held, 60_000)], holder=ME, now=clock(connection)) == {held}
        assert put_off(connection, [(held, 60_000)], holder=ME, now=clock(connection)) == set()
        standing = get_limits(connection, [("queue", "q"), ("model", OPENAI)])
        now = clock(connection)
    assert [used(one.spent, one.period_ms, now) for one in standing.values()] == [0, 0]
    assert (job(job_id).state, job(job_id).failure_count) == ("scheduled", 0)
