"""Circuit breakers, on both databases: when they open, who waits, the one probe, and what it decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from errors import ERROR_CLASSES
from models.admission import admit
from models.breakers import Breaker, after_failure, llm_breaker
from models.calls import BadCall, GoodCall, note_answered, note_failed
from models.claims import Fence, give_back
from models.control import retry_job
from models.database import clock, reading, writing
from models.endings import Failure, fail
from models.fleet import Member, report
from models.gatehouse import Gatehouse
from models.gates import Candidate, Refusal
from models.lanes import LaneKey
from models.limits import Change, change_limit
from models.recovery import sweep
from models.schema import breakers
from settings import Settings
from tests.harness.environment import environment
from tests.steps.rows import ME, TENANT, at_once, change, complete, fence, job, put, put_batch, send, take

pytestmark = pytest.mark.usefixtures("database_url")

OPENAI, OTHER = "openai/gpt-5-mini", "scripted/any"
NAME = llm_breaker(OPENAI)
FAILURES = 3


@pytest.fixture(autouse=True)
def _three_failures_open_it(database_url: str) -> Iterator[None]:
    with environment(BREAKER_FAILURES=str(FAILURES), BREAKER_WAIT_MS="60000"):
        with writing() as connection:
            report(connection, Member("w", "host", 1, 500), clock(connection))
            change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))
        yield


def held(**changes: Any) -> Fence:
    """A job that ME holds and that asks OPENAI, admitted before anything was amiss."""
    job_id = put(model=OPENAI, **changes)
    send()
    assert take([fence(job_id)])
    return fence(job_id)


def call_fails(of: Fence, error_class: str = "service_error", retry_after_ms: int = 0) -> None:
    again = 0 if ERROR_CLASSES[error_class].retryable else None
    call = BadCall(of.job_id, NAME, error_class, OPENAI, retry_after_ms)
    with writing() as connection:
        failure = Failure(of, error_class, "It did not work.", again, call=call)
        assert fail(connection, [failure], holder=ME, now=clock(connection))


def call_succeeds(of: Fence) -> None:
    with writing() as connection:
        note_answered(connection, [GoodCall(of.job_id, OPENAI, 0, 0, 1)], clock(connection))


def open_breaker() -> None:
    """As if three calls had failed."""
    with writing() as connection:
        calls = [BadCall(f"gone {n}", NAME, "timeout") for n in range(FAILURES)]
        note_failed(connection, calls, clock(connection))
    assert breaker().state == "open"


def wait_is_over() -> None:
    with writing() as connection:
        connection.execute(update(breakers).values(retry_at_ms=1))


def breaker(name: str = NAME) -> Any:
    with reading() as connection:
        return connection.execute(select(*breakers.c).where(breakers.c.name == name)).one_or_none()


def sent() -> list[str]:
    return [admitted.job_id for admitted in send()]


def probe() -> Fence:
    """The breaker is open, its wait over, and one job let through and held."""
    open_breaker()
    job_id = put(model=OPENAI)
    wait_is_over()
    assert sent() == [job_id]
    assert take([fence(job_id)])
    return fence(job_id)


def refusal() -> Refusal | None:
    key = LaneKey(TENANT, "ai_analysis", "", OPENAI, 1)
    with writing() as connection:
        now = clock(connection)
        candidate = Candidate("id", 0, key, "test.trivial", 0, 0, 0, 0, None)
        return Gatehouse(connection, [key], {}, now).refusal(key, candidate)


def test_it_opens_after_so_many_failures_in_a_row_and_a_success_between_begins_anew() -> None:
    fences = [held() for _ in range(6)]
    for failing in fences[:2]:
        call_fails(failing)
    assert (breaker().state, breaker().failures) == ("closed", 2)
    call_succeeds(fences[2])
    for failing in fences[3:5]:
        call_fails(failing)
    assert (breaker().state, breaker().failures) == ("closed", 2)
    call_fails(fences[5], "timeout")
    assert (breaker().state, breaker().error_class) == ("open", "timeout")


@pytest.mark.parametrize("error_class", ["rate_limit", "context_length", "content_filter", "invalid_input"])
def test_an_answer_that_helps_nobody_is_an_answer_and_opens_nothing(error_class: str) -> None:
    fences = [held() for _ in range(4)]
    call_fails(fences[0])
    call_fails(fences[1])
    call_fails(fences[2], error_class)
    assert (breaker().state, breaker().failures) == ("closed", 0)


def test_a_failure_of_our_own_says_nothing_about_the_provider() -> None:
    fences = [held() for _ in range(2)]
    call_fails(fences[0])
    call_fails(fences[1], "internal")
    assert (breaker().state, breaker().failures) == ("closed", 1)


def test_while_nothing_fails_there_is_not_even_a_row() -> None:
    call_succeeds(held())
    assert breaker() is None


def test_a_refused_key_opens_it_at_once_fails_one_job_and_says_what_to_do() -> None:
    first, second = held(), held()
    call_fails(first, "authentication")
    call_fails(second, "authentication")
    assert (job(first.job_id).state, job(second.job_id).state) == ("failed", "retrying")
    refused = refusal()
    assert refused is not None
    assert refused.is_away
    assert "OPENAI_API_KEY" in refused.reason


def test_while_it_is_open_nobody_asks_that_provider_and_everybody_else_goes_on() -> None:
    open_breaker()
    put_batch(5, model=OPENAI)
    others = {put(), put(model=OTHER)}
    assert set(sent()) == others
    refused = refusal()
    assert refused is not None
    assert (refused.gate, refused.until_ms) == (NAME, breaker().retry_at_ms)


def test_the_admission_says_when_the_probe_may_start() -> None:
    from models.admission import admit

    open_breaker()
    put(model=OPENAI)
    with writing() as connection:
        round_ = admit(connection, lease_ms=15_000, worker_alive_ms=30_000)
    assert round_.again_at_ms == breaker().retry_at_ms


def test_when_its_wait_is_over_eight_admissions_at_once_let_exactly_one_probe_through() -> None:
    open_breaker()
    put_batch(50, model=OPENAI)
    put(model=OPENAI, tenant_id="other", priority=0)
    wait_is_over()
    assert sum(at_once(8, lambda _: len(send()))) == 1
    assert breaker().state == "half_open"
    assert sent() == []


def test_a_probe_that_is_answered_closes_it_for_all() -> None:
    trying = probe()
    waiting = put_batch(5, model=OPENAI)
    assert sent() == []
    call_succeeds(trying)
    closed = breaker()
    assert (closed.state, closed.failures, closed.openings, closed.retry_at_ms) == ("closed", 0, 0, None)
    assert len(sent()) == 5
    assert waiting


def test_a_probe_that_is_told_to_slow_down_closes_it_too() -> None:
    call_fails(probe(), "rate_limit")
    assert breaker().state == "closed"


def test_a_probe_that_fails_opens_it_for_longer_and_costs_its_job_no_attempt() -> None:
    trying = probe()
    call_fails(trying)
    with reading() as connection:
        wait_ms = breaker().retry_at_ms - clock(connection)
    assert 110_000 < wait_ms <= 120_000
    row = job(trying.job_id)
    assert (breaker().state, row.state, row.failure_count) == ("open", "retrying", 0)
    assert sent() == []
    wait_is_over()
    assert sent() == [trying.job_id]


def test_each_wait_is_twice_the_one_before_up_to_the_longest_and_never_less_than_asked_for() -> None:
    settings = Settings(breaker_failures=1, breaker_wait_ms=10_000, breaker_longest_wait_ms=45_000)
    standing, waits = Breaker("b"), []
    for asked_ms in (0, 0, 0, 0, 0, 70_000):
        standing = after_failure(standing, BadCall("j", "b", "timeout", "", asked_ms), 0, settings)
        waits.append(standing.retry_at_ms)
        standing = Breaker("b", "half_open", openings=standing.openings, probe_job_id="j")
    assert waits == [10_000, 20_000, 40_000, 45_000, 45_000, 70_000]


def test_calls_that_began_before_it_opened_move_it_no_more_and_use_up_no_attempt() -> None:
    stragglers = [held() for _ in range(3)]
    trying = probe()
    call_fails(stragglers[0])
    call_succeeds(stragglers[1])
    assert (breaker().state, breaker().probe_job_id) == ("half_open", trying.job_id)
    assert job(stragglers[0].job_id).failure_count == 0
    call_fails(trying)
    call_succeeds(stragglers[2])
    assert (breaker().state, breaker().openings) == ("open", 2)


def test_the_last_attempt_of_a_job_is_not_lost_to_an_outage() -> None:
    last = [held(max_attempts=1) for _ in range(FAILURES + 2)]
    for failing in last[:2]:
        with writing() as connection:
            call = BadCall(failing.job_id, NAME, "service_error", OPENAI)
            failure = Failure(failing, "service_error", "It did not work.", None, call=call)
            fail(connection, [failure], holder=ME, now=clock(connection))
    for failing in last[2:]:
        call_fails(failing)
    assert [job(f.job_id).state for f in last] == ["failed"] * 2 + ["retrying"] * 3
    assert [job(f.job_id).failure_count for f in last[2:]] == [0, 0, 0]


@pytest.mark.parametrize("ending", ["its worker dies", "it is given back", "it needs no call"])
def test_a_probe_without_an_outcome_is_followed_by_the_next(ending: str) -> None:
    trying = probe()
    following = put(model=OPENAI)
    assert sent() == []
    if ending == "its worker dies":
        change(trying.job_id, lease_until_ms=1)
        with writing() as connection:
            assert sweep(connection).revived == 1
    elif ending == "it is given back":
        with writing() as connection:
            give_back(connection, [trying], holder=ME, now=clock(connection))
    else:
        complete(trying)
    expected = following if ending == "it needs no call" else trying.job_id
    assert sent() == [expected]
    assert breaker().probe_job_id == expected


def test_a_retry_by_hand_is_a_reason_to_try_at_once() -> None:
    failing = held()
    call_fails(failing, "authentication")
    waiting = put(model=OPENAI)
    assert sent() == []
    with writing() as connection:
        retry_job(connection, TENANT, failing.job_id)
    assert sent() == [waiting]


def test_a_source_has_a_breaker_of_its_own() -> None:
    with writing() as connection:
        calls = [BadCall(f"gone {n}", "source:drive", "service_error") for n in range(FAILURES)]
        note_failed(connection, calls, clock(connection))
    put(source="drive")
    other = put(source="mail")
    assert sent() == [other]
    assert breaker("source:drive").state == "open"


def test_failures_told_by_many_processes_at_once_are_all_counted() -> None:
    with environment(BREAKER_FAILURES="100"):

        def tell(number: int) -> None:
            with writing() as connection:
                note_failed(connection, [BadCall(f"j{number}", NAME, "timeout")], clock(connection))

        at_once(8, tell)
        assert breaker().failures == 8


def test_what_a_stand_in_answers_counts_against_that_ones_limit() -> None:
    open_breaker()
    made = [put(model=OPENAI) for _ in range(3)]
    with writing() as connection:
        change_limit(connection, "model", OTHER, Change(concurrency=1))
    assert stood_in_for() == made[:1]
    assert stood_in_for() == []
    held = fence(made[0])
    take([held])
    complete(held)
    assert stood_in_for() == made[1:2]


def stood_in_for() -> list[str]:
    with writing() as connection:
        others = {"test.trivial": OTHER}
        sent = admit(connection, lease_ms=15_000, worker_alive_ms=30_000, stand_ins=others).admitted
    return [admitted.job_id for admitted in sent]


def test_a_job_that_has_not_failed_yet_is_the_probe_before_those_that_have() -> None:
    for _ in range(120):
        change(put(model=OPENAI), failure_count=1, due_at_ms=1)
    healthy = put(model=OPENAI)
    elsewhere = put(model=OPENAI, tenant_id="other")
    open_breaker()
    wait_is_over()
    (trying,) = sent()
    assert trying in (healthy, elsewhere)
    assert sent() == []


def test_where_all_have_failed_before_one_of_them_is_the_probe() -> None:
    tried = [put(model=OPENAI), put(model=OPENAI, tenant_id="other")]
    for job_id in tried:
        change(job_id, limit_count=1)
    local = put()
    open_breaker()
    wait_is_over()
    first = sent()
    assert len(first) == len(set(first)) == 2
    assert local in first
    assert set(first) & set(tried)
    assert sent() == []
