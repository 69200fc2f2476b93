"""Rounds: a batch's failed members run again, all together, before the batch gets its outcome.

A round is given when every member has ended. While rounds are left a batch is not stopped for its
failures, however many: they may still be mended. In the last round the tolerance holds as ever.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from models.schema import batches, jobs
from models.states import Gate, State
from models.timeline import Entry, record


def afresh(now: int) -> dict[str, Any]:
    """The values that let a job which came to nothing run again from its beginning, with all its attempts."""
    return {
        "state": State.WAITING,
        "step": jobs.c.first_step,
        "generation": jobs.c.generation + 1,
        "due_at_ms": now,
        "failure_count": 0,
        "limit_count": 0,
        "crash_count": 0,
        "progress": 0,
        "stage": None,
        "error_class": None,
        "error_message": None,
        "fingerprint": None,
        "finished_at_ms": None,
        "cancel_requested": False,
    }


def has_rounds_left(row: Any) -> bool:
    """True while this batch's failed members will be run again by themselves."""
    return bool(row.rounds_used < row.retry_rounds and not row.cancel_requested)


def run_again(connection: Connection, row: Any, now: int) -> int:
    """Begin the next round of a batch whose members have all ended; gives how many run again.

    The batch's row is locked. A failed member that somebody is retrying just now is left to them.
    """
    if not row.failed or not has_rounds_left(row):
        return 0
    failed = select(jobs.c.id).where(jobs.c.batch_id == row.id, jobs.c.state == State.FAILED)
    gate = None if row.parallel_limit is None else Gate.BATCH
    rows = connection.execute(
        update(jobs)
        .where(jobs.c.id.in_(failed.with_for_update(skip_locked=True)))
        .values(afresh(now) | {"gate": gate})
        .returning(jobs.c.tenant_id, jobs.c.id, jobs.c.generation)
    ).all()
    told = f"Run again with the others that failed: round {row.rounds_used + 1} of {row.retry_rounds}."
    again = [Entry(r.tenant_id, r.id, row.id, State.WAITING, r.generation, told) for r in rows]
    record(connection, again, now)
    begun = {"failed": batches.c.failed - len(rows), "rounds_used": batches.c.rounds_used + 1}
    connection.execute(update(batches).where(batches.c.id == row.id).values(begun))
    return len(rows)
