"""Workers die around a batch inside a pipeline: no second batch, nothing lost, and the job goes on once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.database import reading
from models.schema import batches, events
from pipelines import Job
from tests.harness.digest import DIGEST, JOINED, digest
from tests.harness.ground import Ground
from tests.harness.proof import proof
from tests.harness.workers import Workers

pytestmark = pytest.mark.live

MODULE = "tests.harness.digest"
MEMBERS = 12


def opened() -> Counter[str]:
    """How many batches the steps of each job opened."""
    with reading() as connection:
        rows = connection.execute(
            select(batches.c.opened_by_job_id, func.count()).group_by(batches.c.opened_by_job_id)
        )
        return Counter({row[0]: row[1] for row in rows})


def crashes(jobs: list[Job]) -> int:
    return sum(job.row.crash_count for job in jobs)


def went_on(job: Job) -> int:
    """How often the job was let go on after its batch."""
    with reading() as connection:
        told = (events.c.job_id == job.id, events.c.message.like("The batch that it waited for%"))
        return len(connection.execute(select(events.c.id).where(*told)).all())


def assert_each_went_on_once(jobs: list[Job], home: Path) -> None:
    assert {job.state for job in jobs} == {"completed"}
    assert {job.answer.did for job in jobs} == {f"{MEMBERS} of {MEMBERS}"}  # type: ignore[union-attr]
    assert opened() == Counter({job.id: 1 for job in jobs})
    assert {went_on(job) for job in jobs} == {1}
    assert set((home / JOINED).read_text().split()) == {job.id for job in jobs}
    proof().assert_all_completed(len(jobs) * (MEMBERS + 1))


@pytest.mark.parametrize(
    "moment", [{"before": "die 1"}, {"after": "die 1"}], ids=["before it is stored", "once it is stored"]
)
def test_a_worker_killed_while_a_step_opens_its_batch_opens_no_second_one(
    ground: Ground, moment: dict[str, str]
) -> None:
    ground.workers(extra=[MODULE])
    parent = digest(*(f"sleep 20; {n}" for n in range(MEMBERS)), **moment, name="once").submit().wait(60)
    print(f"killed {moment}, {parent.row.crash_count} crashes of its job counted")
    assert parent.row.crash_count == (1 if "before" in moment else 0)
    assert_each_went_on_once([parent], ground.home)


def test_kills_all_through_leave_every_pipeline_with_one_batch_and_one_end(ground: Ground) -> None:
    fleet: list[Workers] = [ground.workers(processes=1, extra=[MODULE]) for _ in range(2)]
    jobs = [
        digest(*(f"sleep 40; {number} {n}" for n in range(MEMBERS)), name=f"#{number}").submit()
        for number in range(40)
    ]
    lost = 0
    for victim in (fleet[0], fleet[1], fleet[0], fleet[1]):
        victim.wait_ready()
        lost += len(ground.kill_a_busy_one(victim))
    ground.settle(within_s=100)
    print(f"4 kills of {lost} held jobs in {len(jobs)} pipelines {DIGEST}, {crashes(jobs)} of the outer ones")
    assert lost > 0
    assert sum(workers.restarts for workers in fleet) >= 2  # the last two may still be starting
    assert_each_went_on_once(jobs, ground.home)


def test_what_follows_a_batch_starts_once_though_the_workers_die_as_it_ends(ground: Ground) -> None:
    from pipelines import analyze, analyze_many
    from tests.harness.traces import TRIVIAL

    workers = ground.workers(processes=1)
    following = [analyze(TRIVIAL, {"text": f"follows {n}"}) for n in range(10)]
    whole = [
        analyze_many(TRIVIAL, [f"sleep 40; {n} {m}" for m in range(20)], retry_failed=1).then(job).submit()
        for n, job in enumerate(following)
    ]
    for _ in range(3):
        workers.wait_ready()
        ground.kill_a_busy_one(workers)
    ground.settle(within_s=80)
    print(f"{workers.restarts} restarts, {sum(job.row.crash_count for job in following)} followers crashed")
    assert {batch.outcome for batch in whole} == {"completed"}
    assert {job.state for job in following} == {"completed"}
    assert {went_on(job) for job in following} == {1}
    proof().assert_all_completed(10 * 21)
