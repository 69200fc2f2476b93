"""A batch as a step of a pipeline, on both databases: opened once, and its job goes on from it once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from analyses import _registry, register
from errors import Conflict, InvalidInput
from models.claims import Fence
from models.control import cancel_batch, cancel_job, retry_job
from models.database import clock, reading, writing
from models.nesting import Fanned, FanOut, fan_out, free_followers
from models.outcomes import let_go_on
from models.recovery import sweep
from models.removal import remove_some_jobs
from models.schema import batches, events, jobs
from models.submission import NewBatch
from pipelines import Job, analyze, analyze_many
from tests.steps.driving import admit_now, run
from tests.steps.rows import (
    ME,
    TENANT,
    at_once,
    batch,
    change,
    complete,
    end_badly,
    job,
    members,
    new,
    put,
    put_batch,
    running,
    send,
    states,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")


@pytest.fixture(autouse=True)
def _trivial() -> Iterator[None]:
    from tests.harness.trivial import Trivial

    register(Trivial())
    yield
    _registry().pop("test.trivial")


def digest(*rows: str, **options: Any) -> Job:
    from tests.harness.digest import digest as made

    return made(*rows, **options)


def drive_all() -> None:
    """Run whatever may run until nothing may."""
    while admitted := admit_now():
        run(admitted)


def opened_by(job_id: str) -> list[Any]:
    with reading() as connection:
        mine = select(*batches.c).where(batches.c.opened_by_job_id == job_id).order_by(batches.c.id)
        return list(connection.execute(mine).all())


def wish(held: Fence, count: int = 3) -> FanOut:
    new_batch = NewBatch(TENANT, "test.trivial", tolerance_share=1.0, opened_by=(held.job_id, "split"))
    return FanOut(held, "split", "join", new_batch, [new(batch_id=new_batch.batch_id) for _ in range(count)])


def part(held: Fence, count: int = 3) -> tuple[Fanned, str]:
    with writing() as connection:
        return fan_out(connection, wish(held, count), holder=ME, now=clock(connection))


def test_a_job_goes_on_at_its_next_step_with_what_the_members_found() -> None:
    parent = digest("one", "two", "refuse").submit()
    drive_all()
    assert (parent.state, parent.answer.did) == ("completed", "2 of 3")  # type: ignore[union-attr]
    (opened,) = opened_by(parent.id)
    assert (opened.outcome, opened.total) == ("completed_with_failures", 3)
    assert states(parent.id) == ["waiting", "running", "waiting", "waiting", "running", "completed"]


def test_while_it_waits_a_job_has_no_lease_and_admission_does_not_look_at_it() -> None:
    parent = digest("one").submit()
    run(admit_now())
    row = parent.row
    assert (row.state, row.gate, row.step) == ("waiting", "awaits", "join")
    assert (row.holder, row.lease_until_ms, row.failure_count) == (None, None, 0)
    assert [one.job_id for one in send()] == [members(row.awaits_batch_id)[0].id]
    assert parent.eta.left_s is None
    assert parent.eta.hidden == f"it waits for the batch {row.awaits_batch_id}"


def test_members_have_the_priority_and_the_tenant_of_their_job() -> None:
    parent = digest("one", priority="high", tenant="other").submit()
    run(admit_now())
    (member,) = members(parent.row.awaits_batch_id)
    assert (member.priority, member.tenant_id) == (0, "other")


def test_a_batch_of_no_rows_lets_its_job_go_on_at_once() -> None:
    parent = digest().submit()
    drive_all()
    assert parent.answer.did == "0 of 0"  # type: ignore[union-attr]


def test_a_bad_row_fails_the_job_and_stores_no_member() -> None:
    parent = digest("fine", "", "fine").submit()
    drive_all()
    assert (parent.state, opened_by(parent.id)) == ("failed", [])
    assert parent.error is not None
    assert parent.error.message.startswith("Row 2: ")
    assert parent.error.error_class == "invalid_input"


def test_a_step_that_runs_again_opens_no_second_batch_and_waits_for_the_first() -> None:
    held = running()
    fanned, batch_id = part(held)
    assert fanned is Fanned.WAITS
    change(held.job_id, state="running", holder=ME, lease_until_ms=1, gate=None, step="split")
    assert part(held) == (Fanned.WAITS, batch_id)
    assert len(opened_by(held.job_id)) == 1
    assert batch(batch_id).total == 3


def test_a_step_that_runs_again_after_its_batch_has_ended_goes_straight_on() -> None:
    parent = digest("one", after="fail 1", name="again").submit()
    drive_all()
    assert parent.state == "completed"
    with writing() as connection:
        again = {"state": "waiting", "step": "split", "finished_at_ms": None}
        connection.execute(update(jobs).where(jobs.c.id == parent.id).values(again))
    run(admit_now())
    assert len(opened_by(parent.id)) == 1


def test_a_job_that_another_worker_has_opens_nothing() -> None:
    held = running()
    change(held.job_id, generation=held.generation + 1)
    assert part(held) == (Fanned.LOST, "")
    assert opened_by(held.job_id) == []


def test_a_later_step_that_fails_for_good_is_retried_without_a_second_batch() -> None:
    parent = digest("one").submit()
    run(admit_now())
    run(admit_now())  # the member, which lets the job go on
    taken = take([Fence(one.job_id, one.generation) for one in send()], step="join")
    end_badly(next(iter(taken)))
    with writing() as connection:
        retry_job(connection, TENANT, parent.id)
    drive_all()
    assert (parent.state, len(opened_by(parent.id))) == ("completed", 1)


def test_cancelling_the_job_cancels_the_batch_that_it_waits_for() -> None:
    held = running()
    _, batch_id = part(held, 20)
    send()
    with writing() as connection:
        cancel_job(connection, TENANT, held.job_id)
    row = batch(batch_id)
    assert (row.outcome, row.cancelled) == ("cancelled", 20)
    assert job(held.job_id).state == "cancelled"


def test_a_running_member_is_told_and_the_batch_ends_after_it() -> None:
    held = running()
    _, batch_id = part(held, 3)
    send()
    one = Fence(members(batch_id)[0].id, members(batch_id)[0].generation)
    take([one])
    with writing() as connection:
        cancel_job(connection, TENANT, held.job_id)
    assert job(one.job_id).cancel_requested
    assert batch(batch_id).outcome is None
    end_badly(one, error_class="cancelled")
    assert batch(batch_id).outcome == "cancelled"


def test_cancelling_a_batch_cancels_what_its_members_opened_however_deep() -> None:
    outer = put_batch(1)
    send()
    inner = outer
    for _ in range(3):
        row = members(inner)[0]
        held = Fence(row.id, row.generation)
        take([held])
        _, inner = part(held, 1)
        send()
    with writing() as connection:
        cancel_batch(connection, TENANT, outer)
    assert batch(inner).outcome == batch(outer).outcome == "cancelled"
    with reading() as connection:
        assert set(connection.execute(select(jobs.c.state)).scalars()) == {"cancelled"}


def test_a_batch_that_was_cancelled_with_its_job_is_not_taken_for_the_next_run() -> None:
    held = running()
    _, first = part(held)
    with writing() as connection:
        cancel_batch(connection, TENANT, first)
    change(held.job_id, state="running", holder=ME, lease_until_ms=1, step="split")
    fanned, second = part(held)
    assert fanned is Fanned.WAITS
    assert second != first


def test_a_cancellation_asked_for_while_the_step_opens_its_batch_is_heard() -> None:
    held = running()
    change(held.job_id, cancel_requested=True)
    _, batch_id = part(held)
    with writing() as connection:
        sweep(connection)
    assert (job(held.job_id).state, batch(batch_id).outcome) == ("cancelled", "cancelled")


def test_a_member_that_waits_for_its_own_batch_keeps_its_place_within_the_limit() -> None:
    outer = put_batch(3, limit=1)
    send()
    first = members(outer)[0]
    take([Fence(first.id, first.generation)])
    part(Fence(first.id, first.generation))
    assert [row.gate for row in members(outer)] == ["awaits", "batch", "batch"]
    send()
    inner = members(job(first.id).awaits_batch_id)
    take([Fence(row.id, row.generation) for row in inner])
    complete(*[Fence(row.id, row.generation) for row in inner])
    assert [row.gate for row in members(outer)] == [None, "batch", "batch"]


def test_two_workers_that_end_the_last_members_at_once_let_the_job_go_on_once() -> None:
    for _ in range(5):
        held = running()
        _, batch_id = part(held, 2)
        send()
        fences = [Fence(row.id, row.generation) for row in members(batch_id)]
        take(fences)
        at_once(2, lambda number, fences=fences: complete(fences[number]))  # type: ignore[misc]
        assert batch(batch_id).outcome == "completed"
        assert job(held.job_id).gate is None
        with reading() as connection:
            told = (events.c.job_id == held.job_id, events.c.message.like("The batch that it waited for%"))
            assert len(connection.execute(select(events.c.id).where(*told)).all()) == 1


def test_ending_the_batch_while_its_job_is_cancelled_leaves_neither_behind() -> None:
    for _ in range(5):
        held = running()
        _, batch_id = part(held, 2)
        send()
        fences = [Fence(row.id, row.generation) for row in members(batch_id)]
        take(fences)

        def act(number: int, held: Fence = held, fences: list[Fence] = fences) -> None:
            if number:
                complete(*fences)
            else:
                with writing() as connection:
                    cancel_job(connection, TENANT, held.job_id)

        at_once(2, act)
        assert job(held.job_id).state == "cancelled"
        for row in members(batch_id):
            if row.state == "running":
                end_badly(Fence(row.id, row.generation), error_class="cancelled")
        assert batch(batch_id).outcome in ("completed", "cancelled")


def test_the_sweep_opens_a_gate_that_was_missed() -> None:
    held = running()
    _, batch_id = part(held, 0)
    change(held.job_id, gate="awaits")  # as if somebody had held its row when the batch ended
    with writing() as connection:
        free_followers(connection, clock(connection))
    assert job(held.job_id).gate is None
    with writing() as connection:
        let_go_on(connection, batch_id, "completed", clock(connection))
    assert states(held.job_id).count("waiting") == 4  # submitted, parted, and let go on twice


def test_what_follows_a_batch_starts_once_it_has_its_outcome() -> None:
    following = analyze("test.trivial", {"text": "after all"})
    whole = analyze_many("test.trivial", ["one", "refuse"], failure_tolerance=0).then(following).submit()
    assert (following.state, following.row.gate) == ("waiting", "awaits")
    assert following.id not in {one.job_id for one in send()}
    change_all_waiting()
    drive_all()
    assert (whole.outcome, following.state) == ("failed", "completed")
    assert whole.retry_failed() == 1
    drive_all()
    assert states(following.id).count("completed") == 1  # it has had its start


def change_all_waiting() -> None:
    """As if what was sent had been lost: it may be admitted again."""
    with writing() as connection:
        connection.execute(update(jobs).values(lease_until_ms=None))


def test_what_follows_runs_also_when_the_batch_was_cancelled() -> None:
    following = analyze("test.trivial", {"text": "in any case"})
    whole = analyze_many("test.trivial", ["one", "two"]).then(following).submit()
    change_all_waiting()
    whole.cancel()
    assert whole.outcome == "cancelled"
    change_all_waiting()
    drive_all()
    assert following.state == "completed"


def test_cancelling_what_follows_leaves_the_batch_alone() -> None:
    following = analyze("test.trivial", {"text": "not wanted any more"})
    whole = analyze_many("test.trivial", ["one"]).then(following).submit()
    assert following.cancel() == "cancelled"
    change_all_waiting()
    drive_all()
    assert (whole.outcome, following.state) == ("completed", "cancelled")


def test_a_submission_that_breaks_off_cancels_what_it_stored_and_what_was_to_follow() -> None:
    following = analyze("test.trivial", {"text": "never"})
    rows = [*(f"row {number}" for number in range(600)), "x" * 200_001]
    whole = analyze_many("test.trivial", rows).then(following)
    with pytest.raises(InvalidInput, match="Row 601: "):
        whole.submit()
    assert (whole.outcome, whole.counts.cancelled) == ("cancelled", 500)
    assert following.state == "cancelled"
    assert send() == []


def test_what_follows_must_be_new_and_of_the_same_tenant() -> None:
    whole = analyze_many("test.trivial", ["one"])
    with pytest.raises(InvalidInput, match="same tenant"):
        whole.then(analyze("test.trivial", {"text": "x"}, tenant="other"))
    with pytest.raises(InvalidInput, match="dedup_key"):
        whole.then(analyze("test.trivial", {"text": "x"}, dedup_key="k"))
    assert put()  # nothing was stored by that


def test_the_members_are_kept_until_the_job_that_waited_for_them_has_ended() -> None:
    held = running()
    _, batch_id = part(held, 2)
    send()
    fences = [Fence(row.id, row.generation) for row in members(batch_id)]
    take(fences)
    complete(*fences)
    ids = [one.job_id for one in fences]
    with writing() as connection:
        assert remove_some_jobs(connection, jobs.c.id.in_(ids))["jobs"] == 0
        cancel_job(connection, TENANT, held.job_id)
    with writing() as connection:
        assert remove_some_jobs(connection, jobs.c.id.in_(ids))["jobs"] == 2


def lose_a_member(batch_id: str) -> None:
    with writing() as connection:
        assert remove_some_jobs(connection, jobs.c.id == members(batch_id)[0].id)["jobs"] == 1


def test_a_replay_opens_its_batch_anew_where_members_of_the_old_one_were_cleaned_up() -> None:
    parent = digest("say a", "say b").submit()
    drive_all()
    (first,) = opened_by(parent.id)
    parent.replay("split")
    drive_all()
    assert [row.id for row in opened_by(parent.id)] == [first.id]  # as long as all are there
    lose_a_member(first.id)
    parent.replay("split")
    drive_all()
    (second,) = opened_by(parent.id)
    assert (second.id != first.id, second.completed) == (True, 2)
    assert parent.result.answer["did"] == "2 of 2"


def test_a_replay_from_behind_a_batch_that_has_lost_members_says_where_to_begin() -> None:
    parent = digest("say a", "say b").submit()
    drive_all()
    lose_a_member(opened_by(parent.id)[0].id)
    with pytest.raises(Conflict, match="replay it from split"):
        parent.replay("join")
    assert parent.state == "completed"
