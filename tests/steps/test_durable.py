"""Durable and CarryOn: claims, fences and outcomes, with the real actors on both databases."""

from __future__ import annotations

import pytest
from dramatiq import MessageProxy
from sqlalchemy import func, select, update

import actors
from actors.middleware.carry_on import process
from actors.work import desk
from analyses.base import Answer
from errors import Conflict
from models.claims import Fence, renew
from models.database import clock, reading, writing
from models.deliveries import claim_deliveries
from models.schema import answers, events, jobs
from pipelines import Job, analyze, analyze_many
from pipelines.compose import compose_all, heads
from tests.steps.driving import admit_now, drive, run

pytestmark = pytest.mark.usefixtures("database_url")


def sentiment(text: str = "The tea was lovely.", **options: object) -> Job:
    return analyze("text.sentiment", {"text": text}, **options).submit()  # type: ignore[arg-type]


def count(job: Job, state: str) -> int:
    with reading() as connection:
        mine = (events.c.job_id == job.id, events.c.state == state)
        return int(connection.execute(select(func.count()).select_from(events).where(*mine)).scalar_one())


def test_a_message_that_comes_twice_has_one_effect() -> None:
    job = sentiment()
    admitted = admit_now()
    run(admitted)
    run(admitted)
    assert job.state == "completed"
    assert count(job, "running") == count(job, "completed") == 1


def test_every_step_of_a_pipeline_sent_on_its_own_has_no_effect_without_the_claim() -> None:
    job = sentiment()
    head = heads(compose_all(admit_now()))[0]
    for name in ("score", "persist"):
        process(actors.broker, MessageProxy(actors.broker.get_actor(name).message(*head.args)))
    assert job.state == "waiting"
    assert job.answer is None


def test_a_message_of_an_earlier_generation_is_skipped() -> None:
    job = sentiment()
    admitted = admit_now()
    with writing() as connection:
        moved_on = {"generation": jobs.c.generation + 1}
        connection.execute(update(jobs).where(jobs.c.id == job.id).values(moved_on))
    run(admitted)
    assert job.state == "waiting"


def test_work_that_was_lost_while_it_ran_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    job = sentiment()
    local = type(analysis()).local

    def overtaken(self: object, content: object) -> Answer:
        with writing() as connection:
            taken = {"generation": jobs.c.generation + 1, "holder": "somebody else"}
            connection.execute(update(jobs).where(jobs.c.id == job.id).values(taken))
        return local(self, content)  # type: ignore[arg-type]

    monkeypatch.setattr(type(analysis()), "local", overtaken)
    run(admit_now())
    assert job.state == "running"
    assert job.row.holder == "somebody else"
    assert job.answer is None
    assert not desk.held()


def test_an_unexpected_error_is_internal_and_its_text_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object, content: object) -> Answer:
        raise RuntimeError("the secret content")

    monkeypatch.setattr(type(analysis()), "local", broken)
    job = drive(sentiment())
    assert (job.state, job.error.error_class) == ("retrying", "internal")
    assert "secret" not in job.error.message
    assert all("secret" not in (event.message or "") for event in job.events())


def test_a_cancelled_job_never_runs() -> None:
    job = sentiment()
    admitted = admit_now()
    assert job.cancel() == "cancelled"
    run(admitted)
    assert job.state == "cancelled"
    assert count(job, "running") == 0
    assert job.cancel() == "cancelled"


def test_a_completed_job_can_be_neither_cancelled_nor_retried() -> None:
    job = drive(sentiment())
    with pytest.raises(Conflict, match="completed"):
        job.cancel()
    with pytest.raises(Conflict, match="completed"):
        job.retry()


def test_a_job_that_runs_hears_of_its_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    job = sentiment()
    local = type(analysis()).local

    def cancelled_meanwhile(self: object, content: object) -> Answer:
        assert job.cancel() == "running"
        work = desk.held()[0]
        with writing() as connection:
            now = clock(connection)
            told = renew(connection, [work.fence], holder=desk.holder, lease_ms=1000, now=now)
        assert told == {work.fence: True}
        work.stopped.set()
        return local(self, content)  # type: ignore[arg-type]

    monkeypatch.setattr(type(analysis()), "local", cancelled_meanwhile)
    run(admit_now())
    assert job.state == "cancelled"
    assert job.error.error_class == "cancelled"


def test_the_same_dedup_key_gives_the_same_job() -> None:
    first = sentiment(dedup_key="tea")
    assert sentiment(dedup_key="tea").id == first.id
    drive(first)
    assert sentiment(dedup_key="tea").id == first.id
    other = analyze("text.sentiment", {"text": "Tea."}, dedup_key="tea", tenant="other").submit()
    assert other.id != first.id


def test_a_delivery_is_written_with_the_outcome_and_sent_once() -> None:
    job = drive(sentiment(notify=["file:done.jsonl"]))
    with writing() as connection:
        assert claim_deliveries(connection, job.id, lease_ms=1000) == []
    from settings import get_settings

    lines = (get_settings().home / "notices" / "default" / "done.jsonl").read_text().splitlines()
    assert len(lines) == 1
    assert job.id in lines[0]


def test_a_batch_counts_each_member_once_and_has_one_outcome() -> None:
    batch = analyze_many("text.sentiment", ["good", "bad", "so so"], parallel_limit=2).submit()
    admitted = admit_now()
    assert len(admitted) == 2
    run(admitted)
    run(admitted)
    assert batch.outcome is None
    run(admit_now())
    assert batch.outcome == "completed"
    assert batch.counts.completed == 3
    with reading() as connection:
        assert connection.execute(select(func.count()).select_from(answers)).scalar_one() == 3
    assert sorted(done.id for done in batch.as_completed()) == sorted(m.id for m in batch.answers())


def test_a_bad_row_is_named_and_the_rows_before_it_are_cancelled() -> None:
    batch = analyze_many("text.sentiment", ["good", "  "])
    with pytest.raises(Exception, match="Row 2"):
        batch.submit()
    assert batch.outcome == "cancelled"


def analysis() -> object:
    from analyses import get_analysis

    return get_analysis("text.sentiment")


def test_a_fence_is_a_job_and_a_generation() -> None:
    assert Fence("a", 1) != Fence("a", 2)
