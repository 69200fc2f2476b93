"""Why a job waits: one answer, the first that holds, from the very gates that admission asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, or_, select

from models.database import clock
from models.fleet import living
from models.gatehouse import Gatehouse
from models.gates import Candidate, Refusal
from models.lanes import ELIGIBLE, in_flight, lane_key
from models.picking import first_open
from models.questions import WAITS
from models.schema import batches, jobs, lanes
from models.states import Gate, State

MOST_COUNTED = 1_000  # of those who go before
NOBODY_WORKS = "No worker is alive; start one (`gristmill up`)."
ON_ITS_WAY = "Its message is on its way; the next worker with a free thread takes it."


@dataclass(frozen=True, slots=True)
class Waiting:
    """What holds a job and, where it will change by itself, until when at the earliest."""

    gate: str  # schedule, backoff, question, batch, provider, workers, window, turn, or a gate of admission's
    reason: str
    until_ms: int | None = None


def why_waiting(
    connection: Connection, row: Any, *, worker_alive_ms: int, stand_ins: Mapping[str, str]
) -> Waiting | None:
    """Why this row of `jobs` does not run; None if it runs or has ended. Arguments as admission's."""
    now = clock(connection)
    if row.state not in (State.SCHEDULED, State.RETRYING, State.WAITING):
        return None
    if row.gate is not None:
        return _at_batch(connection, row)
    if row.state != State.WAITING:
        return _until_due(row)
    if not living(connection, since_ms=now - worker_alive_ms):
        return Waiting("workers", NOBODY_WORKS)
    if row.lease_until_ms is not None:
        return Waiting("window", ON_ITS_WAY)
    refused = _refused(connection, row, stand_ins, now)
    if refused is not None:
        return Waiting(refused.gate, refused.reason, refused.until_ms)
    return Waiting("turn", _place(connection, row))


def _until_due(row: Any) -> Waiting:
    if row.waits_for is not None:
        return Waiting("question", WAITS, row.due_at_ms)
    if row.state == State.RETRYING:
        again = f"Its last attempt failed ({row.error_class}), and the next has a time."
        return Waiting("backoff", again, row.due_at_ms)
    return Waiting("schedule", "Its start was put off to a time that has not come.", row.due_at_ms)


def _at_batch(connection: Connection, row: Any) -> Waiting:
    if row.gate == Gate.VENDOR:
        return Waiting("provider", "Its questions are in a batch of its provider's, which may take a day.")
    if row.gate != Gate.BATCH:
        return Waiting("batch", "It goes on when the batch that it waits for has its outcome.")
    limited = select(batches.c.parallel_limit).where(batches.c.id == row.batch_id)
    most = connection.execute(limited).scalar_one()
    return Waiting("batch", f"Its batch has as many members under way as its parallel_limit ({most}) allows.")


def _refused(connection: Connection, row: Any, stand_ins: Mapping[str, str], now: int) -> Refusal | None:
    """The first gate that refuses the job, and whoever would stand in for its model."""
    key = lane_key(connection, row.lane_id)
    same = [name for name in Candidate.__slots__ if name not in ("job_id", "lane", "tries")]
    tries = row.failure_count + row.limit_count
    job = Candidate(job_id=row.id, lane=key, tries=tries, **{name: getattr(row, name) for name in same})
    gates = Gatehouse(connection, [key], in_flight(connection), now)
    return first_open(gates, job, stand_ins)[1]


def _place(connection: Connection, row: Any) -> str:
    """How many of its tenant's jobs go before it; of other tenants' jobs it need not know."""
    mine = (ELIGIBLE, lanes.c.tenant_id == row.tenant_id)
    earlier = (jobs.c.due_at_ms < row.due_at_ms) | (
        (jobs.c.due_at_ms == row.due_at_ms) & (jobs.c.id < row.id)
    )
    goes_first = or_(lanes.c.priority < row.priority, (lanes.c.priority == row.priority) & earlier)
    before = select(jobs.c.id).join(lanes, lanes.c.id == jobs.c.lane_id).where(*mine, goes_first)
    counted = select(func.count()).select_from(before.limit(MOST_COUNTED).subquery())
    many = connection.execute(counted).scalar_one()
    if not many:
        return "Nothing holds it; it is next of its tenant's, as soon as there is room."
    told = f"{many:,} or more" if many == MOST_COUNTED else f"{many:,}"
    return f"Nothing holds it; {told} of its tenant's jobs go before it."
