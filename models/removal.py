"""Removal: deletes ended jobs with all that hangs on them; the one place that knows what does.

Kept are what a model said, which serves other jobs as well, and the account of what was paid; both age
by themselves. A batch keeps its counts: they tell what happened, not what is still stored.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, delete, select

from models.schema import answers, batches, contents, deliveries, events, idempotency_keys, jobs
from models.states import TERMINAL

MOST = 1_000  # jobs that one transaction removes at most


def remove_jobs(connection: Connection, job_ids: Collection[str]) -> int:
    """Delete those of these jobs (at most `MOST` are named) that nothing needs any more; gives how many.

    Left are jobs that have not ended, that still owe a channel a notice, whose batch is not over, or
    that another transaction is changing.
    """
    free = (jobs.c.id.in_(job_ids), jobs.c.state.in_(TERMINAL), ~_owes(), ~_in_open_batch())
    locked = select(jobs.c.id, jobs.c.content_id).where(*free).with_for_update(skip_locked=True)
    rows = connection.execute(locked).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    for column in (answers.c.job_id, events.c.job_id, deliveries.c.owner_id, idempotency_keys.c.job_id):
        connection.execute(delete(column.table).where(column.in_(ids)))
    connection.execute(delete(jobs).where(jobs.c.id.in_(ids)))
    still_used = select(jobs.c.id).where(jobs.c.content_id == contents.c.id).exists()
    unused = (contents.c.id.in_({row.content_id for row in rows}), ~still_used)
    connection.execute(delete(contents).where(*unused))
    return len(ids)


def _owes() -> ColumnElement[bool]:
    """True of a job with a notice that was neither sent nor given up."""
    still = deliveries.c.state.in_(("pending", "sending"))
    return select(deliveries.c.id).where(deliveries.c.owner_id == jobs.c.id, still).exists()


def _in_open_batch() -> ColumnElement[bool]:
    """True of a member whose batch has no outcome yet, and may run it again."""
    return select(batches.c.id).where(batches.c.id == jobs.c.batch_id, batches.c.outcome.is_(None)).exists()
