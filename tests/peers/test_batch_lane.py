"""The lanes flex and batch: jobs on both databases, against aimock's Batch API and one of our own.

aimock keeps files and metadata, lets a batch take its time, and answers each request with a text that is no
JSON; so our own server plays answers, errors by item, expiry and a lost connection.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from batch_server import BatchServer, Line
from llm_server import Answer, LlmServer, Seen, fault, reply
from sqlalchemy import select, update

from actors.vendor import look_after_batches
from analyses import _registry, register
from models.budgets import Period, set_budget, standings
from models.database import clock, reading, writing
from models.fleet import Member, report
from models.limits import Change, change_limit
from models.schema import charges, marks, vendor_batches, vendor_items
from pipelines import Job, analyze, analyze_many
from tests.harness.environment import environment
from tests.steps.driving import admit_now, run
from tests.steps.test_parts import LONG, NAME, Pieces

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("database_url")]

GOOD = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}


@contextmanager
def openai_at(url: str, **more: str) -> Iterator[None]:
    told = {"LLM_PROVIDER": "openai", "OPENAI_BASE_URL": url, "LLM_API": "chat", "FORBID_PAID_CALLS": "true"}
    with environment(**told, LLM_BATCH_COLLECT_MS="0", **more):
        with writing() as connection:
            report(connection, Member("w", "host", 1, 500), clock(connection))
            change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))
        yield


@pytest.fixture
def batches() -> Iterator[BatchServer]:
    with BatchServer() as server, openai_at(server.url):
        server.answer = lambda line: chat(GOOD)
        server.realtime = lambda body: chat(GOOD)
        yield server


def chat(answer: Any) -> Line:
    return json.loads(reply(json.dumps(answer), "chat").body)  # type: ignore[no-any-return]


def sentiment(text: str = "The tea was lovely.", **more: Any) -> Job:
    return analyze("text.sentiment", {"text": text}, **({"lane": "batch"} | more)).submit()


def rounds(many: int = 2) -> None:
    """As if the time for so many looks at the provider had come."""
    for _ in range(many):
        with writing() as connection:
            connection.execute(update(marks).where(marks.c.name == "vendor batches").values(value=0))
        look_after_batches()


def go() -> None:
    run(admit_now())


def charged(job: Job) -> list[tuple[str, int]]:
    with reading() as connection:
        mine = select(charges.c.lane, charges.c.cost_micro).where(charges.c.job_id == job.id)
        return [(row.lane, row.cost_micro) for row in connection.execute(mine.order_by(charges.c.id))]


def test_a_job_waits_without_a_thread_and_its_answer_costs_half(batches: BatchServer) -> None:
    whole = sentiment("Just this, at once.", lane="realtime")
    go()
    batches.state = "in_progress"
    job = sentiment()
    go()
    row = job.row
    assert (row.state, row.gate, row.holder, row.lease_until_ms) == ("waiting", "vendor", None, None)
    assert job.why.gate == "provider"
    rounds(3)
    assert (job.state, len(batches.batches), admit_now()) == ("waiting", 1, [])
    batches.state = "completed"
    rounds()
    go()
    assert (job.state, job.answer.label, job.row.failure_count) == ("completed", "positive", 0)
    ((lane, cost),) = charged(job)
    assert (lane, cost * 2 - charged(whole)[0][1] in (-1, 0, 1)) == ("batch", True)
    with reading() as connection:
        assert connection.execute(select(vendor_items.c.id)).all() == []


def test_many_jobs_go_in_one_batch_and_get_their_own_answers_in_whatever_order(batches: BatchServer) -> None:
    def label(line: Line) -> Line:
        bad = "awful" in line["body"]["messages"][1]["content"]
        return chat(GOOD | {"label": "negative" if bad else "positive", "score": -0.9 if bad else 0.9})

    batches.answer = label
    rows = [{"text": f"It was {'awful' if n % 2 else 'lovely'}, #{n}."} for n in range(20)]
    batch = analyze_many("text.sentiment", rows, lane="batch").submit()
    go()
    rounds()
    go()
    assert (batch.outcome, len(batches.batches), batches.asked_at_once) == ("completed", 1, [])
    assert [m.answer.label for m in batch.answers()] == ["positive", "negative"] * 10


def test_an_item_that_failed_or_expired_is_asked_at_once_and_the_others_are_not(batches: BatchServer) -> None:
    batches.answer = lambda line: None if "late" in line["body"]["messages"][1]["content"] else chat(GOOD)
    batches.state = "expired"
    late, good = sentiment("It came late."), sentiment("It came in time.")
    go()
    rounds()
    go()
    assert (late.state, good.state, len(batches.asked_at_once)) == ("completed", "completed", 1)
    assert (charged(late)[0][0], charged(good)[0][0]) == ("realtime", "batch")
    assert any("asked at once" in (event.message or "") for event in late.events())


def test_the_jobs_of_a_batch_that_the_provider_does_not_know_any_more_ask_at_once(
    batches: BatchServer,
) -> None:
    batches.state = "in_progress"
    job = sentiment()
    go()
    rounds()
    batches.batches.clear()
    rounds()
    go()
    assert (job.state, len(batches.asked_at_once), charged(job)[0][0]) == ("completed", 1, "realtime")


def test_a_batch_made_just_before_a_crash_is_found_again_and_not_made_twice(batches: BatchServer) -> None:
    batches.lose_next = True
    job = sentiment()
    go()
    rounds(1)  # the batch is made, and nobody heard of it
    with reading() as connection:
        assert connection.execute(select(vendor_batches.c.state)).scalar_one() == "new"
    rounds(2)
    go()
    assert (job.state, len(batches.batches)) == ("completed", 1)


def test_results_that_are_read_twice_are_kept_once(batches: BatchServer) -> None:
    job = sentiment()
    go()
    rounds()
    with writing() as connection:  # as if it had died after the results were kept
        connection.execute(update(vendor_batches).values(state="sent"))
    rounds(1)
    go()
    assert (job.state, len(charged(job))) == ("completed", 1)


def test_a_cancelled_job_is_not_sent_and_a_batch_that_nobody_waits_for_is_cancelled(
    batches: BatchServer,
) -> None:
    batches.state = "in_progress"
    unsent = sentiment("One.")
    go()
    assert unsent.cancel() == "cancelled"
    rounds(1)
    assert batches.batches == {}
    sent = sentiment("Two.")
    go()
    rounds(1)
    sent.cancel()
    rounds(1)
    assert [batch.get("status") for batch in batches.batches.values()] == ["cancelled"]
    rounds(2)
    with reading() as connection:
        assert connection.execute(select(vendor_batches.c.state)).scalars().all()[-1] == "ended"


def test_the_bound_of_a_batch_holds_and_the_rest_goes_into_others(batches: BatchServer) -> None:
    with environment(LLM_BATCH_MOST_ITEMS="2"):
        rows = [{"text": f"Fine, #{n}."} for n in range(5)]
        batch = analyze_many("text.sentiment", rows, lane="batch").submit()
        go()
        rounds(4)
        go()
    assert batch.outcome == "completed"
    assert sorted(len(batches.requests(b)) for b in batches.batches.values()) == [1, 2, 2]


def test_two_jobs_with_one_question_are_one_item(batches: BatchServer) -> None:
    both = [sentiment(), sentiment()]
    go()
    rounds()
    go()
    go()
    assert [job.state for job in both] == ["completed", "completed"]
    (batch,) = batches.batches.values()
    assert len(batches.requests(batch)) == 1


def test_the_parts_of_a_long_content_go_together_and_a_repair_at_once(batches: BatchServer) -> None:
    fits = {"found": 1, "confidence": 1.0}
    bad = "word00600"
    batches.answer = lambda line: chat({} if bad in line["body"]["messages"][1]["content"] else fits)
    batches.realtime = lambda body: chat(fits)
    register(Pieces())
    try:
        with environment(MODEL_CONTEXTS='{"gpt-5-mini": 6500}'):
            job = analyze(NAME, {"text": LONG}, lane="batch").submit()
            go()
            rounds()
            go()
            (batch,) = batches.batches.values()
            many = len(batches.requests(batch))
            assert (job.state, job.answer.found, len(batches.asked_at_once)) == ("completed", many, 1)
            assert many > 1
            assert [lane for lane, _ in charged(job)].count("batch") == many
    finally:
        _registry().pop(NAME)


def test_what_is_with_the_provider_counts_in_budgets(batches: BatchServer) -> None:
    job = sentiment()
    with writing() as connection:
        set_budget(connection, "default", Period.DAY, 1_000_000)
    go()
    with reading() as connection:
        (standing,) = standings(connection, ["default"], clock(connection))
    assert standing.in_flight_micro == job.row.estimated_micro > 0


def test_a_provider_without_batches_is_asked_at_once(batches: BatchServer) -> None:
    with environment(LLM_PROVIDER="scripted"):
        job = sentiment()
        go()
        assert (job.state, job.result.provider) == ("completed", "scripted")


def test_one_process_at_a_time_has_the_turn(batches: BatchServer) -> None:
    sentiment()
    go()
    with writing() as connection:
        connection.execute(update(marks).where(marks.c.name == "vendor batches").values(value=0))
    look_after_batches()
    look_after_batches()  # not its turn yet
    with reading() as connection:
        assert connection.execute(select(vendor_batches.c.state)).scalars().all() == ["sent"]


def test_aimocks_batch_api_takes_our_files_and_gives_its_results(aimock: str) -> None:
    with openai_at(f"{aimock}/v1"):
        job = sentiment()
        go()
        rounds(5)
        go()  # what aimock's batch says is no JSON, so it is mended at once
        assert job.state == "completed"
        assert [lane for lane, _ in charged(job)] == ["batch", "realtime"]


def flex(seen: Seen) -> Answer:
    if seen.body.get("service_tier") == "flex":
        return fault(429, "resource_unavailable", retry_after="60")
    return reply(json.dumps(GOOD), "chat")


@pytest.mark.parametrize("has_room", [True, False])
def test_a_flex_call_costs_half_and_is_an_ordinary_one_where_there_is_no_room(
    server: LlmServer, has_room: bool
) -> None:
    server.answer = (lambda seen: reply(json.dumps(GOOD), "chat")) if has_room else flex
    with openai_at(server.url):
        job = sentiment(lane="flex")
        go()
    assert (job.state, job.row.limit_count, job.row.timeout_ms) == ("completed", 0, 810_000)
    assert [seen.body.get("service_tier") for seen in server.seen] == (
        ["flex"] if has_room else ["flex", None]
    )
    ((lane, cost),) = charged(job)
    assert (lane, cost) == (("flex", 84) if has_room else ("realtime", 168))
