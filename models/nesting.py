"""Nesting: a batch that a step of a job opens and waits for, without a thread, a lease or a message.

Opening the batch and putting the job back behind the gate is one transaction under the job's fence, so a
worker may die at any point: there is one batch for each job and step, and the job goes on once.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from models.claims import Fence, fenced
from models.outcomes import let_go_on
from models.schema import batches, jobs
from models.states import Gate, State
from models.submission import NewBatch, NewJob, create_batch, seal_batch, submit_members
from models.timeline import Entry, record

AT_ONCE = 1_000  # jobs looked after by one sweep


@dataclass(frozen=True, slots=True)
class FanOut:
    """A held job's wish to go on at `next_step` when the members of `batch` have ended."""

    fence: Fence
    step: str
    next_step: str
    batch: NewBatch
    members: Sequence[NewJob]


class Fanned(enum.Enum):
    """What became of the wish."""

    LOST = "another worker has the job now; nothing was done"
    WAITS = "the job is back behind the gate, until its batch has ended"
    OVER = "the step's batch was opened before, and has ended; the job goes on at once"


def fan_out(connection: Connection, wish: FanOut, *, holder: str, now: int) -> tuple[Fanned, str]:
    """Open the batch, unless this job's step did so before, and let the job wait; gives the batch's id."""
    held = select(jobs.c.tenant_id, jobs.c.batch_id).where(fenced([wish.fence], holder)).with_for_update()
    row = connection.execute(held).one_or_none()
    if row is None:
        return Fanned.LOST, ""
    earlier = _opened(connection, wish)
    batch_id = wish.batch.batch_id if earlier is None else earlier.id
    if earlier is None:
        create_batch(connection, wish.batch)
        submit_members(connection, batch_id, wish.members)
    elif earlier.outcome is not None:
        _change(connection, wish, {"awaits_batch_id": batch_id})
        return Fanned.OVER, batch_id
    _wait(connection, wish, batch_id)
    told = f"It waits for the {len(wish.members)} members of a batch that {wish.step} opened."
    entry = Entry(row.tenant_id, wish.fence.job_id, row.batch_id, State.WAITING, wish.fence.generation, told)
    record(connection, [entry], now)
    if earlier is None:
        seal_batch(connection, batch_id)  # one without members ends here, and lets the job go on
    return Fanned.WAITS, batch_id


def free_followers(connection: Connection, now: int) -> None:
    """Jobs whose batch has ended, but which were being changed at that moment."""
    over = (jobs.c.awaits_batch_id.is_not(None), jobs.c.gate == Gate.AWAITS, batches.c.outcome.is_not(None))
    found = select(batches.c.id, batches.c.outcome).join(jobs, jobs.c.awaits_batch_id == batches.c.id)
    for batch_id, outcome in connection.execute(found.where(*over).distinct().limit(AT_ONCE)).all():
        let_go_on(connection, batch_id, outcome, now)


def _opened(connection: Connection, wish: FanOut) -> Any | None:
    """The batch that this job's step opened before, unless it was cancelled; locked, so it cannot end now."""
    same = (batches.c.opened_by_job_id == wish.fence.job_id, batches.c.opened_by_step == wish.step)
    alive = select(batches.c.id, batches.c.outcome).where(*same, ~batches.c.cancel_requested)
    return connection.execute(alive.with_for_update(key_share=True)).one_or_none()


def _wait(connection: Connection, wish: FanOut, batch_id: str) -> None:
    waiting = {
        "state": State.WAITING,
        "gate": Gate.AWAITS,
        "awaits_batch_id": batch_id,
        "step": wish.next_step,
        "stage": wish.step,
        "holder": None,
        "lease_until_ms": None,
        "sends": 0,
    }
    _change(connection, wish, waiting)


def _change(connection: Connection, wish: FanOut, values: dict[str, Any]) -> None:
    connection.execute(update(jobs).where(jobs.c.id == wish.fence.job_id).values(values))
