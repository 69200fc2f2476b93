"""Tokens per minute, on both databases: reserved on estimates, put right by use, lowered and recovered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from analyses import get_analysis
from models.breakers import BadCall, llm_breaker
from models.calls import GoodCall, note_answered, note_failed
from models.database import clock, writing
from models.fleet import Member, report
from models.limits import Change, Limit, change_limit, get_limits
from models.queues import standings
from models.rates import used
from models.schema import limits
from models.submission import submit_job
from models.tenants import ensure_tenant
from pipelines import Job
from pipelines.entry import Options, new_job
from tests.steps.driving import admit_now, calls, drive, scripted
from tests.steps.rows import TENANT, at_once, change, fence, job, put, put_batch, send, take

pytestmark = pytest.mark.usefixtures("database_url")

OPENAI = "openai/gpt-5-mini"
SCRIPTED = "scripted/gpt-5-mini"
MINUTE_MS = 60_000


@pytest.fixture(autouse=True)
def _no_limit_but_the_models(database_url: str) -> None:
    with writing() as connection:
        report(connection, Member("w", "host", 1, 500), clock(connection))
        ensure_tenant(connection, TENANT)
        change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))


def limited(rate: int) -> None:
    with writing() as connection:
        change_limit(connection, "model", OPENAI, Change(rate=rate))


def known(model: str = OPENAI) -> Limit:
    with writing() as connection:
        return get_limits(connection, [("model", model)])["model", model]


def spent(model: str = OPENAI) -> int:
    limit = known(model)
    with writing() as connection:
        return used(limit.spent, MINUTE_MS, clock(connection))


def ended(job_id: str, tokens: int, latency_ms: int = 5) -> None:
    call = GoodCall(job_id, OPENAI, job(job_id).estimated_tokens, tokens, latency_ms)
    with writing() as connection:
        note_answered(connection, [call], clock(connection))


def refused(*job_ids: str, retry_after_ms: int = 0) -> None:
    calls = [
        BadCall(j, llm_breaker(OPENAI), "rate_limit", OPENAI, retry_after_ms, job(j).estimated_tokens)
        for j in job_ids
    ]
    with writing() as connection:
        note_failed(connection, calls, clock(connection))


def sentiment() -> Job:
    """Stored, and not yet admitted by its submission: there is no Redis here, and it would reserve twice."""
    new = new_job(get_analysis("text.sentiment"), {"text": "The tea was lovely."}, Options())
    with writing() as connection:
        return Job(job_id=submit_job(connection, new)[0])


def test_what_was_reserved_is_put_right_when_the_call_has_ended_and_others_may_start() -> None:
    limited(1_000)
    put_batch(5, model=OPENAI, estimated_tokens=400)
    first = [admitted.job_id for admitted in send()]
    assert (len(first), spent(), send()) == (2, 800, [])
    ended(first[0], tokens=150)
    assert spent() == 550
    assert len(send()) == 1
    ended(first[1], tokens=900)
    assert (spent(), send()) == (150 + 900 + 400, [])


def test_what_a_long_call_took_counts_from_when_it_began() -> None:
    limited(1_000)
    job_id = put(model=OPENAI, estimated_tokens=400)
    send()
    ended(job_id, tokens=100, latency_ms=30_000)
    assert sorted(known().spent.values()) == [-300, 400]
    with writing() as connection:
        later = clock(connection) + MINUTE_MS - 20_000
    assert used(known().spent, MINUTE_MS, later) == 400  # never less than is really under way


def test_corrections_by_many_processes_at_once_are_all_kept() -> None:
    limited(100_000)
    put_batch(8, model=OPENAI, estimated_tokens=400)
    job_ids = [admitted.job_id for admitted in send()]
    put_batch(8, model=OPENAI, estimated_tokens=10)
    at_once(16, lambda n: ended(job_ids[n], tokens=100) if n < 8 else send())
    assert spent() == 8 * 100 + 8 * 10


def test_where_no_rate_is_in_force_nothing_is_written_after_a_call() -> None:
    job_id = put(model=OPENAI, estimated_tokens=400)
    send()
    before = known()
    ended(job_id, tokens=100)
    assert known() == before


def test_without_any_limit_a_refusal_lowers_the_rate_to_a_share_of_what_was_let_through() -> None:
    put_batch(10, model=OPENAI, estimated_tokens=100)
    sent = [admitted.job_id for admitted in send()]
    for job_id in sent[:6]:
        ended(job_id, tokens=100)
    refused(*sent[6:])
    limit = known()
    with writing() as connection:
        now = clock(connection)
    assert (spent(), limit.rate, limit.rate_at(now)) == (600, None, 480)
    assert [limit.rate_at(now + minutes * MINUTE_MS) for minutes in (1, 2, 8, 9)] == [960, 1440, 4320, None]
    put_batch(3, model=OPENAI, estimated_tokens=100)
    assert send() == []
    with writing() as connection:
        (stands,) = [one for one in standings(connection, []) if one.name == OPENAI]
    assert (stands.rate, stands.lowered) == (480, True)
    with writing() as connection:
        change_limit(connection, "model", OPENAI, Change(rate=0))
        (stands,) = [one for one in standings(connection, []) if one.name == OPENAI]
    assert (stands.rate, stands.lowered) == (None, False)


def test_a_single_refusal_without_any_use_before_lowers_nothing() -> None:
    job_id = put(model=OPENAI, estimated_tokens=100)
    send()
    refused(job_id)
    assert (known().lowered_to, spent()) == (None, 0)


def test_a_rate_that_was_set_is_lowered_and_never_raised_by_a_refusal() -> None:
    limited(500)
    put_batch(4, model=OPENAI, estimated_tokens=100)
    sent = [admitted.job_id for admitted in send()]
    refused(sent[0])
    first = known().lowered_to
    refused(sent[1])
    assert (first, known().lowered_to) == (240, 160)


def test_refusals_of_calls_that_were_under_way_together_lower_the_rate_once() -> None:
    limited(1_000)
    put_batch(8, model=OPENAI, estimated_tokens=100)
    held = [fence(admitted.job_id) for admitted in send()]
    assert len(take(held)) == 8
    for one in held[1:]:
        refused(one.job_id, retry_after_ms=5)
        change(one.job_id, state="waiting", holder=None)
    assert (known().lowered_to, spent()) == (int(700 * 0.8), 100)
    with writing() as connection:
        later = clock(connection) + 1
    change(held[0].job_id, started_at_ms=later)
    refused(held[0].job_id)
    assert known().lowered_to == int(700 * 0.8)  # nothing else was used
    change(held[1].job_id, started_at_ms=later)
    ended(held[0].job_id, tokens=300)
    refused(held[1].job_id)
    assert known().lowered_to < int(700 * 0.8)


def test_nobody_asks_the_model_before_the_provider_allows_and_others_go_on() -> None:
    job_id = put(model=OPENAI, estimated_tokens=100)
    send()
    refused(job_id, retry_after_ms=90_000)
    refused(job_id, retry_after_ms=2_000)  # a shorter one does not shorten it
    waiting, other = put(model=OPENAI, priority=0), put(model="openai/gpt-5-nano")
    assert [admitted.job_id for admitted in send()] == [other]
    assert job(waiting).failure_count == 0
    with writing() as connection:
        now = clock(connection)
    until_ms = known().not_before_ms
    assert until_ms is not None
    assert 85_000 < until_ms - now <= 90_000


def test_a_job_that_was_told_to_wait_comes_back_with_all_its_attempts(home: Path) -> None:
    rules: list[dict[str, Any]] = [
        {"error": "rate_limit", "retry_after_s": 0.05, "first": 1},
        {"merge": {"label": "positive"}},
    ]
    with scripted(home, *rules) as journal:
        first = sentiment()
        drive(first)
        assert (first.state, first.row.failure_count, first.row.limit_count) == ("retrying", 0, 1)
        assert known(SCRIPTED).not_before_ms is not None
        _drive_until_done(first)
        assert (first.row.failure_count, calls(journal)) == (0, 2)


def test_what_a_reply_really_took_is_what_counts_in_the_end(home: Path) -> None:
    usage = {"input_tokens": 70, "output_tokens": 7}
    with scripted(home, {"merge": {"label": "positive"}, "usage": usage}):
        with writing() as connection:
            change_limit(connection, "model", SCRIPTED, Change(rate=100_000))
        first = sentiment()
        assert first.row.estimated_tokens > 77
        drive(first)
        assert (first.state, spent(SCRIPTED)) == ("completed", 77)


def test_an_answer_from_the_cache_gives_back_what_was_reserved_for_a_call(home: Path) -> None:
    with scripted(home, {"merge": {"label": "positive"}}) as journal:
        with writing() as connection:
            change_limit(connection, "model", SCRIPTED, Change(rate=100_000))
        drive(sentiment())
        before = spent(SCRIPTED)
        again = drive(sentiment())
        assert (again.state, calls(journal), spent(SCRIPTED)) == ("completed", 1, before)


def test_an_answer_from_the_cache_leaves_its_place_among_the_calls_of_its_queue_to_another(
    home: Path,
) -> None:
    with scripted(home, {"merge": {"label": "positive"}}) as journal:
        with writing() as connection:
            change_limit(connection, "queue", "ai_analysis", Change(concurrency=0))
            connection.execute(update(limits).where(limits.c.scope == "queue").values(rate=None))
        ended_well = [drive(sentiment()).state for _ in range(25)]  # at 10 calls a minute
        assert (ended_well, calls(journal)) == (["completed"] * 25, 1)


def _drive_until_done(first: Job) -> None:
    for _ in range(200):
        drive(first)
        if first.state == "completed":
            return
    raise AssertionError(f"it is still {first.state}; {admit_now()} could start")
