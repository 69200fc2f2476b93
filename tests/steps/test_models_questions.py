"""models.questions, on both databases: one job asks, the others wait for its reply or go on without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.claims import Fence
from models.control import cancel_job
from models.database import clock, reading, writing
from models.limits import Change, change_limit
from models.questions import Inquiry, Turn, answered, free_questions, inquire
from models.replies import Kept, NewReply, keep_replies
from models.schema import questions
from pipelines import Job, analyze
from tests.steps.driving import admit_now, calls, run, scripted
from tests.steps.rows import (
    ME,
    TENANT,
    at_once,
    complete,
    end_badly,
    fence,
    job,
    put,
    running,
    send,
    states,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")

GOOD = {"label": "positive", "score": 0.8, "confidence": 0.9, "aspects": [], "language": "en"}
PATIENCE_MS = 60_000


def ask(*held: Fence, key: str = "k", tenant: str = TENANT) -> list[Kept | Turn]:
    asked = [Inquiry(one, tenant, key, "test.trivial", PATIENCE_MS, "ai_analysis") for one in held]
    with writing() as connection:
        return inquire(connection, asked, holder=ME, now=clock(connection))


def keep(held: Fence, *, key: str = "k", tenant: str = TENANT) -> str:
    tokens = (1, 2, 0, 0)
    new = NewReply(tenant, "test.trivial", key, held, "p", "m", 1, "{}", {}, *tokens, 7, 5, "stop")
    with writing() as connection:
        keep_replies(connection, [new], clock(connection))
        answered(connection, [(tenant, key)])
    return new.id


def sweep() -> None:
    with writing() as connection:
        free_questions(connection, clock(connection))


def open_questions() -> int:
    with reading() as connection:
        return int(connection.execute(select(func.count()).select_from(questions)).scalar_one())


def held_pair() -> tuple[Fence, Fence]:
    return running(), running()


def test_the_first_asks_and_the_second_goes_back_in_line_without_using_an_attempt() -> None:
    first, second = held_pair()
    assert ask(first) == [Turn.ASK]
    assert ask(second) == [Turn.NOT_YET]
    row = job(second.job_id)
    assert (row.state, row.holder, row.lease_until_ms, row.failure_count) == ("scheduled", None, None, 0)
    assert (row.waits_for, row.generation) == ("k", second.generation + 1)
    assert row.due_at_ms - row.created_at_ms >= PATIENCE_MS
    assert states(second.job_id) == ["waiting", "running", "scheduled"]
    assert send() == []


def test_of_two_that_ask_in_one_transaction_one_is_to_ask() -> None:
    assert ask(*held_pair()) == [Turn.ASK, Turn.NOT_YET]


def test_whoever_waits_goes_on_when_the_reply_is_kept_and_reads_it() -> None:
    first, second = held_pair()
    ask(first)
    ask(second)
    reply_id = keep(first)
    assert open_questions() == 0
    assert [one.job_id for one in send()] == [second.job_id]
    assert job(second.job_id).waits_for is None
    third = running()
    (told,) = ask(third)
    assert isinstance(told, Kept)
    assert (told.id, told.cost_micro) == (reply_id, 7)
    assert open_questions() == 0


def test_a_question_is_held_by_none_whose_reply_is_there_already() -> None:
    first = running()
    keep(first)
    assert isinstance(ask(running())[0], Kept)
    assert open_questions() == 0


def test_the_job_that_holds_a_question_may_ask_it_again_in_its_next_attempt() -> None:
    first = running()
    ask(first)
    end_badly(first, retry_in_ms=0)
    send()
    assert ask(fence(first.job_id)) == [Turn.ASK]


def test_a_worker_that_lost_the_job_meanwhile_does_not_take_its_question_back() -> None:
    first = running()
    end_badly(first, retry_in_ms=0)
    send()
    take([again := fence(first.job_id)])
    assert ask(again) == [Turn.ASK]
    assert ask(first) == [Turn.NOT_YET]
    assert job(first.job_id).state == "running"


@pytest.mark.parametrize("ending", ["failed", "retrying", "completed"])
def test_whoever_waits_goes_on_when_the_asker_ended_without_a_reply(ending: str) -> None:
    first, second = held_pair()
    ask(first)
    ask(second)
    sweep()
    assert send() == []  # the asker lives
    if ending == "completed":
        complete(first)
    else:
        end_badly(first, retry_in_ms=60_000 if ending == "retrying" else None)
    sweep()
    assert open_questions() == 0
    assert [one.job_id for one in send()] == [second.job_id]


def test_a_claim_ends_by_itself_and_the_next_takes_it() -> None:
    first, second = held_pair()
    ask(first)
    with writing() as connection:
        connection.execute(questions.update().values(until_ms=1))
    assert ask(second) == [Turn.ASK]


def test_a_cancelled_job_waits_for_nothing_any_more() -> None:
    first, second = held_pair()
    ask(first)
    ask(second)
    with writing() as connection:
        assert cancel_job(connection, TENANT, second.job_id) == "cancelled"
    assert job(second.job_id).waits_for is None
    keep(first)
    assert send() == []


def test_a_job_that_is_lost_meanwhile_is_not_put_back() -> None:
    first, second = held_pair()
    ask(first)
    stale = Fence(second.job_id, second.generation - 1)
    assert ask(stale) == [Turn.NOT_YET]
    assert job(second.job_id).state == "running"


def test_another_tenants_question_is_another_question() -> None:
    first, theirs = running(), running(tenant_id="other")
    assert ask(first) == [Turn.ASK]
    assert ask(theirs, tenant="other") == [Turn.ASK]
    keep(first)
    assert open_questions() == 1


def test_of_sixteen_that_ask_at_once_one_is_to_ask_and_none_is_forgotten() -> None:
    made = [put() for _ in range(16)]
    send()
    held = [fence(one) for one in made]
    take(held)
    told: list[Any] = []

    def run_one(number: int) -> None:
        (turn,) = ask(held[number])
        told.append(turn)
        if turn is Turn.ASK:
            keep(held[number])

    at_once(16, run_one)
    assert told.count(Turn.ASK) == 1
    waiting = {one for one in made if job(one).state == "scheduled"}
    assert len(waiting) == told.count(Turn.NOT_YET)
    assert {one.job_id for one in send()} == waiting  # all became due with the reply, without a sweep


def test_fifty_identical_jobs_make_one_call_and_the_rest_read_its_reply(home: Path) -> None:
    def sentiment() -> Job:
        return analyze("text.sentiment", {"text": "The tea was lovely."}).submit()

    with scripted(home, {"reply": GOOD, "delay_ms": 100}) as journal:
        jobs = [sentiment() for _ in range(50)]
        with writing() as connection:
            change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))
        for _ in range(20):
            admitted = admit_now()
            if admitted:
                at_once(len(admitted), lambda n, sent=admitted: run([sent[n]]))
        assert [one.state for one in jobs] == ["completed"] * 50
        assert calls(journal) == 1
        assert {one.row.failure_count for one in jobs} == {0}
