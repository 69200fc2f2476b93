"""What goes wrong at bad moments: each case cost a job, a call or an attempt once, or could have."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import SQLAlchemyError

from actors import alone
from actors.middleware import durable
from actors.work import desk
from errors import Conflict
from models.control import retry_job
from models.database import reading, transact, writing
from models.lonely import PLACES
from models.recovery import free_all_sent
from models.schema import batches, jobs
from models.submission import submit_members
from pipelines import Job, analyze, analyze_many
from pipelines.compose import can_compose
from pipelines.entry import Options, new_job
from tests.steps.driving import admit_now, calls, drive, run, scripted

pytestmark = pytest.mark.usefixtures("database_url")


def sentiment(said: str = "The tea was lovely.") -> Job:
    return analyze("text.sentiment", {"text": said}).submit()


def change(job: Job, **values: object) -> None:
    with writing() as connection:
        connection.execute(update(jobs).where(jobs.c.id == job.id).values(**values))


def test_waiting_for_a_limit_uses_up_no_attempt(home: Path) -> None:
    with scripted(home, {"error": "rate_limit", "first": 5}, {"merge": {"label": "positive"}}) as journal:
        job = sentiment()
        for _ in range(5):
            assert drive(job).state == "retrying"
        assert (job.row.failure_count, job.row.limit_count) == (0, 5)
        assert drive(job).state == "completed"
        assert calls(journal) == 6


def test_a_suspect_that_cannot_be_run_alone_is_not_run_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_fork(work: object, message: object) -> alone.Ending:
        raise OSError("no more processes")

    monkeypatch.setattr(durable.alone, "run", no_fork)
    job = sentiment()
    change(job, crash_count=1)
    run(admit_now())
    assert job.state == "scheduled"
    assert (job.row.crash_count, job.row.failure_count) == (1, 0)
    assert not desk.held()


def test_a_suspect_without_room_is_put_off_and_holds_no_thread() -> None:
    for _ in range(PLACES):
        assert alone._room.acquire(blocking=False)
    try:
        job = sentiment()
        change(job, crash_count=1)
        run(admit_now())
        assert job.state == "scheduled"
    finally:
        for _ in range(PLACES):
            alone._room.release()


def test_an_analysis_that_this_worker_does_not_know_is_left_to_another() -> None:
    job = sentiment()
    change(job, analysis="text.future")
    run(admit_now())
    assert job.state == "scheduled"
    assert job.error is None


def test_a_job_of_an_unknown_pipeline_does_not_hold_up_its_neighbours() -> None:
    strange, ordinary = sentiment(), sentiment()
    change(strange, pipeline="from the future")
    admitted = admit_now()
    assert {job.job_id for job in admitted if can_compose(job)} == {ordinary.id}


def test_an_outcome_that_the_database_could_not_take_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(failure: object) -> bool:
        raise SQLAlchemyError("away")

    job = sentiment()
    change(job, max_attempts=1)
    monkeypatch.setattr(durable.writes, "fail", away)
    with monkeypatch.context() as broken:
        broken.setattr(type(_analysis()), "local", _broken)
        run(admit_now())
    assert [work.fence.job_id for work in desk.held()] == [job.id]
    assert desk.held()[0].unwritten is not None
    desk.drop(desk.held()[0].fence)


def test_a_cancelled_batch_takes_no_more_members() -> None:
    batch = analyze_many("text.sentiment", ["one", "two"]).submit()
    batch.cancel()
    late = new_job(_analysis(), {"text": "three"}, Options(), batch_id=batch.id)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="no more members"), writing() as connection:
        submit_members(connection, batch.id, [late])
    assert batch.counts.total == 2


def test_members_retried_one_by_one_are_not_stopped_by_the_failures_of_before() -> None:
    batch = analyze_many("text.sentiment", ["one", "two", "three"], failure_tolerance=1).submit()
    run(admit_now())
    with writing() as connection:
        failed = {"state": "failed", "error_class": "internal"}
        connection.execute(update(jobs).where(jobs.c.batch_id == batch.id).values(failed))
        counted = {"completed": 0, "failed": 3, "outcome": "failed"}
        connection.execute(update(batches).where(batches.c.id == batch.id).values(counted))
    members = [Job(job_id=member.id) for member in batch.members()]
    with writing() as connection:
        connection.execute(text("DELETE FROM answers"))
    for member in members[:2]:
        transact(lambda connection, member=member: retry_job(connection, "default", member.id))
    for _ in range(2):
        run(admit_now())
    assert [member.state for member in members] == ["completed", "completed", "failed"]
    assert batch.outcome == "completed_with_failures"


def test_what_was_not_started_is_retried_with_what_failed(home: Path) -> None:
    with scripted(home, {"error": "authentication", "first": 1}, {"merge": {"label": "positive"}}):
        batch = analyze_many(
            "text.sentiment", ["one", "two", "three"], parallel_limit=1, failure_tolerance=0
        ).submit()
        run(admit_now())
        assert (batch.outcome, batch.counts.failed, batch.counts.cancelled) == ("failed", 1, 2)
        assert batch.retry_failed() == 3
        for _ in range(3):
            run(admit_now())
        assert (batch.outcome, batch.counts.completed) == ("completed", 3)


def test_after_a_wiped_redis_what_was_on_its_way_waits_for_no_lease() -> None:
    sentiment()
    first = admit_now()
    assert admit_now() == []
    with writing() as connection:
        assert free_all_sent(connection) == 1
    again = admit_now()
    assert again[0].generation == first[0].generation + 1


def test_the_text_of_a_database_error_holds_no_content() -> None:
    with pytest.raises(SQLAlchemyError) as raised, writing() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "my dear diary"})
    assert "diary" not in str(raised.value)


def test_a_refusal_is_asked_about_anew_when_a_person_retries(home: Path) -> None:
    with scripted(home, {"refusal": "No.", "first": 1}, {"merge": {"label": "positive"}}) as journal:
        job = drive(sentiment())
        assert job.state == "failed"
        assert drive(job.retry()).state == "completed"
        assert calls(journal) == 2


def test_the_time_limit_is_the_jobs_and_not_each_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    local = type(_analysis()).local

    def look(self: object, content: object) -> object:
        seen.append(desk.held()[0].remaining_ms)
        return local(self, content)  # type: ignore[arg-type]

    monkeypatch.setattr(type(_analysis()), "local", look)
    job = sentiment()
    change(job, timeout_ms=5_000)
    run(admit_now())
    assert job.state == "completed"
    assert 0 < seen[0] < 5_000
    with reading() as connection:
        assert connection.execute(select(jobs.c.timeout_ms).where(jobs.c.id == job.id)).scalar_one() == 5_000


def _broken(self: object, content: object) -> object:
    raise RuntimeError


def _analysis() -> object:
    from analyses import get_analysis

    return get_analysis("text.sentiment")
