"""Rows for the tests of models/: jobs and batches put straight into the database, and read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from sqlalchemy import func, select, update

from models.admission import Admitted, admit
from models.claims import Claim, Claimed, Fence, claim
from models.database import clock, reading, writing
from models.endings import Failure, Finish, fail, finish
from models.schema import batches, events, jobs
from models.states import Priority
from models.submission import NewBatch, NewJob, create_batch, seal_batch, submit_job, submit_members
from models.tenants import ensure_tenant

TENANT = "default"
ME = "host:1:me"
OTHER = "host:2:other"
LEASE_MS = 15_000


def new(**changes: Any) -> NewJob:
    """A job as the builders make it, but for `changes`."""
    fields: dict[str, Any] = {
        "tenant_id": TENANT,
        "analysis": "test.trivial",
        "kind": "text",
        "version": "v",
        "body": {"text": "a text"},
        "pipeline": "analyze",
        "first_step": "fetch",
        "queue": "ai_analysis",
        "priority": Priority.NORMAL,
        "max_attempts": 3,
        "timeout_ms": 300_000,
    }
    return NewJob(**fields | changes)


def put(**changes: Any) -> str:
    """Submit one job; gives its id."""
    with writing() as connection:
        ensure_tenant(connection, changes.get("tenant_id", TENANT))
        return submit_job(connection, new(**changes))[0]


def put_batch(count: int, *, limit: int | None = None, sealed: bool = True, **changes: Any) -> str:
    """Submit a batch of `count` members that tolerates `tolerance_count` (default: all) failures."""
    share = changes.pop("tolerance_share", None)
    told = changes.pop("tolerance_count", None if share is not None else count)
    options = {"tolerance_share": share, "tolerance_count": told, "parallel_limit": limit}
    options |= {"retry_rounds": changes.pop("retry_rounds", 0), "channels": changes.pop("batch_channels", [])}
    with writing() as connection:
        ensure_tenant(connection, TENANT)
        batch_id = create_batch(connection, NewBatch(TENANT, "test.trivial", **options))
        if count:
            submit_members(connection, batch_id, [new(batch_id=batch_id, **changes) for _ in range(count)])
        if sealed:
            seal_batch(connection, batch_id)
    return batch_id


def members(batch_id: str) -> list[Any]:
    with reading() as connection:
        wanted = select(*jobs.c).where(jobs.c.batch_id == batch_id).order_by(jobs.c.id)
        return list(connection.execute(wanted).all())


def batch(batch_id: str) -> Any:
    with reading() as connection:
        return connection.execute(select(*batches.c).where(batches.c.id == batch_id)).one()


def job(job_id: str) -> Any:
    with reading() as connection:
        return connection.execute(select(*jobs.c).where(jobs.c.id == job_id)).one()


def change(job_id: str, **values: Any) -> None:
    """Set columns of a job's row directly, such as a lease that has ended."""
    with writing() as connection:
        connection.execute(update(jobs).where(jobs.c.id == job_id).values(values))


def states(job_id: str) -> list[str]:
    with reading() as connection:
        told = select(events.c.state).where(events.c.job_id == job_id).order_by(events.c.id)
        return list(connection.execute(told).scalars())


def count_events(state: str, **where: str) -> int:
    with reading() as connection:
        same = [events.c[name] == value for name, value in where.items()]
        counted = select(func.count()).select_from(events).where(events.c.state == state, *same)
        return int(connection.execute(counted).scalar_one())


def send(room: int | None = None) -> list[Admitted]:
    """Admit what the window has room for (as many as `room`, where it is given, by calling again)."""
    with writing() as connection:
        return admit(connection, lease_ms=LEASE_MS, worker_alive_ms=30_000).admitted


def fence(job_id: str) -> Fence:
    return Fence(job_id, job(job_id).generation)


def take(fences: Sequence[Fence], *, holder: str = ME, step: str = "fetch") -> dict[Fence, Claimed]:
    with writing() as connection:
        wishes = [Claim(f, step) for f in fences]
        return claim(connection, wishes, holder=holder, lease_ms=LEASE_MS, now=clock(connection))


def running(**changes: Any) -> Fence:
    """A job that `ME` holds."""
    job_id = put(**changes)
    send()
    held = fence(job_id)
    assert held in take([held])
    return held


def complete(*fences: Fence, holder: str = ME) -> set[Fence]:
    with writing() as connection:
        made = [Finish(f, {"did": "it"}, 1, 1, "local", "local") for f in fences]
        return finish(connection, made, holder=holder, now=clock(connection))


def end_badly(
    held: Fence, *, retry_in_ms: int | None = None, holder: str = ME, error_class: str = "service_error"
) -> set[Fence]:
    with writing() as connection:
        failure = Failure(held, error_class, "It did not work.", retry_in_ms)
        return fail(connection, [failure], holder=holder, now=clock(connection))


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """`work(0)` to `work(count - 1)`, all begun at the same moment in threads; gives their results."""
    start = Barrier(count)

    def run(number: int) -> Any:
        start.wait(10)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
