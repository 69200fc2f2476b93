"""Claims: how a worker takes, keeps, hands on or gives back a job; all in bulk, all fenced.

Every write names the generation it was given, and changes nothing if the job has moved on since:
a worker that was stopped past its lease, or a message that came twice, finds no row to change.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    select,
    tuple_,
    update,
)

from models.schema import contents, jobs
from models.states import State
from models.tables.columns import indexed
from models.timeline import Entry, record

GIVEN_BACK = "Given back by its worker; nothing is counted."
# Without their index a database would look at every job there is for two named by (id, generation).
ON_OFFER = indexed("jobs.state IN ('waiting', 'running') AND jobs.lease_until_ms IS NOT NULL")
HELD = indexed("jobs.state = 'running' AND jobs.lease_until_ms IS NOT NULL")

# Built once: what a busy worker executes hundreds of times a second is not composed each time.
BODY = select(contents.c.body).where(contents.c.id == jobs.c.content_id).correlate(jobs).scalar_subquery()
TAKE = (
    update(jobs)
    .where(
        tuple_(jobs.c.id, jobs.c.generation, jobs.c.step).in_(bindparam("wanted", expanding=True)),
        ON_OFFER,
        jobs.c.holder.is_(None),
        ~jobs.c.cancel_requested,
    )
    .values(
        state=State.RUNNING,
        holder=bindparam("as_holder"),
        lease_until_ms=bindparam("lease_until"),
        started_at_ms=bindparam("started_at"),
        sends=0,
    )
    .returning(
        *(jobs.c[name] for name in ("id", "generation", "tenant_id", "batch_id", "content_id", "analysis")),
        *(jobs.c[name] for name in ("failure_count", "limit_count", "crash_count", "max_attempts")),
        *(jobs.c[name] for name in ("queue", "timeout_ms", "channels", "model", "stand_in", "fallbacks")),
        jobs.c.redoes_job_id,
        jobs.c.call_lane,
        *(jobs.c[name] for name in ("prompt_version", "priority", "awaits_batch_id", "estimated_tokens")),
        BODY.label("body"),
    )
)


@dataclass(frozen=True, slots=True)
class Fence:
    """What a worker must still match for its write to count."""

    job_id: str
    generation: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A message's wish to begin `step`."""

    fence: Fence
    step: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job now held by this worker, with all its steps need."""

    fence: Fence
    tenant_id: str
    batch_id: str | None
    content_id: str
    queue: str
    analysis: str
    body: dict[str, Any]
    failure_count: int
    limit_count: int
    crash_count: int
    max_attempts: int
    timeout_ms: int
    channels: list[str]
    model: str
    stand_in: str | None
    fallbacks: str | None
    redoes_job_id: str | None
    call_lane: str
    prompt_version: int | None
    priority: int
    awaits_batch_id: str | None
    estimated_tokens: int

    @property
    def answerer(self) -> str:
        """Who is to answer: `local` or `provider/model`; in place of one that is away, its stand-in."""
        return self.stand_in or self.model


def claim(
    connection: Connection, claims: Sequence[Claim], *, holder: str, lease_ms: int, now: int
) -> dict[Fence, Claimed]:
    """Take the jobs whose generation and step still stand and that nobody holds; the others are absent."""
    wanted = [(c.fence.job_id, c.fence.generation, c.step) for c in claims]
    terms = {"wanted": wanted, "as_holder": holder, "lease_until": now + lease_ms, "started_at": now}
    rows = connection.execute(TAKE, terms).all()
    begun = [Entry(r.tenant_id, r.id, r.batch_id, State.RUNNING, r.generation, None) for r in rows]
    record(connection, begun, now)
    return {(claimed := _claimed(r)).fence: claimed for r in rows}


def renew(
    connection: Connection, held: Collection[Fence], *, holder: str, lease_ms: int, now: int
) -> dict[Fence, bool]:
    """Prolong the leases still held; gives each with whether its cancellation was asked for.

    A fence that is absent from the result was lost: its work must end without effect.
    """
    if not held:
        return {}
    rows = connection.execute(
        update(jobs)
        .where(fenced(held, holder))
        .values(lease_until_ms=now + lease_ms)
        .returning(jobs.c.id, jobs.c.generation, jobs.c.cancel_requested)
    ).all()
    return {Fence(r.id, r.generation): r.cancel_requested for r in rows}


def asked_to_cancel(connection: Connection, holder: str) -> set[Fence]:
    """What this worker holds and somebody wants to be cancelled."""
    asked = indexed("jobs.cancel_requested AND jobs.finished_at_ms IS NULL")
    mine = select(jobs.c.id, jobs.c.generation).where(asked, jobs.c.holder == holder)
    return {Fence(row.id, row.generation) for row in connection.execute(mine)}


def held_of(connection: Connection, fences: Collection[Fence], holder: str) -> set[Fence]:
    """Those of these jobs that this worker holds."""
    mine = select(jobs.c.id, jobs.c.generation).where(fenced(fences, holder))
    return {Fence(row.id, row.generation) for row in connection.execute(mine)}


def set_stages(connection: Connection, stages: Sequence[tuple[Fence, str, int]], holder: str) -> None:
    """Say at which step, and how far (0 to 100), held jobs are."""
    told = (jobs.c.id == bindparam("job"), jobs.c.generation == bindparam("gen"), jobs.c.holder == holder)
    statement = (
        update(jobs).where(*told).values(stage=bindparam("at_step"), progress=bindparam("at_progress"))
    )
    rows = [{"job": f.job_id, "gen": f.generation, "at_step": s, "at_progress": p} for f, s, p in stages]
    if rows:
        connection.execute(statement, rows)


def hand_over(
    connection: Connection, fence: Fence, step: str, *, holder: str, lease_ms: int, now: int
) -> bool:
    """Offer the running job's next step to any worker; its message must be sent after the commit."""
    offered = connection.execute(
        update(jobs)
        .where(fenced([fence], holder))
        .values(step=step, holder=None, sends=1, lease_until_ms=now + lease_ms)
    )
    return bool(offered.rowcount)


def give_back(connection: Connection, held: Collection[Fence], *, holder: str, now: int) -> set[Fence]:
    """Return jobs, to start again; it counts against nobody."""
    rows = connection.execute(
        update(jobs)
        .where(fenced(held, holder))
        .values(
            state=State.WAITING,
            holder=None,
            lease_until_ms=None,
            step=jobs.c.first_step,
            generation=jobs.c.generation + 1,
        )
        .returning(*jobs.c)
    ).all()
    record(
        connection,
        [Entry(r.tenant_id, r.id, r.batch_id, r.state, r.generation, GIVEN_BACK) for r in rows],
        now,
    )
    return {Fence(r.id, r.generation - 1) for r in rows}


def fenced(held: Collection[Fence], holder: str) -> ColumnElement[bool]:
    pairs = [(f.job_id, f.generation) for f in held]
    return tuple_(jobs.c.id, jobs.c.generation).in_(pairs) & (jobs.c.holder == holder) & HELD


def _claimed(row: Any) -> Claimed:
    return Claimed(
        fence=Fence(row.id, row.generation),
        tenant_id=row.tenant_id,
        batch_id=row.batch_id,
        content_id=row.content_id,
        queue=row.queue,
        analysis=row.analysis,
        body=row.body,
        failure_count=row.failure_count,
        limit_count=row.limit_count,
        crash_count=row.crash_count,
        max_attempts=row.max_attempts,
        timeout_ms=row.timeout_ms,
        channels=row.channels,
        model=row.model,
        stand_in=row.stand_in,
        fallbacks=row.fallbacks,
        redoes_job_id=row.redoes_job_id,
        call_lane=row.call_lane,
        prompt_version=row.prompt_version,
        priority=row.priority,
        awaits_batch_id=row.awaits_batch_id,
        estimated_tokens=row.estimated_tokens,
    )
