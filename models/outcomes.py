"""Outcomes: how a batch ended, and what every batch's end sets off, once, in the same transaction."""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy import Connection, select, update

from models.owed import AT_ONCE, News, owe
from models.schema import batches, jobs
from models.states import Gate, Outcome, State
from models.timeline import Entry, record


def is_intolerable(row: Any) -> bool:
    """True if more members of this batch have failed than it tolerates."""
    if row.tolerance_count is not None:
        return bool(row.failed > row.tolerance_count)
    tolerated = math.floor(row.tolerance_share * row.total + 1e-9)  # 0.29 × 100 is 28.999…96 in floats
    return bool(row.failed > tolerated)


def close(connection: Connection, row: Any, now: int) -> None:
    """Give the batch its outcome, tell its channels, and let go on what waited for it.

    Its row is locked and had no outcome, so all this happens once.
    """
    outcome = _outcome(row)
    ended = {"outcome": outcome, "finished_at_ms": now, "stop_reason": None}
    connection.execute(update(batches).where(batches.c.id == row.id).values(ended))
    record(connection, [Entry(row.tenant_id, None, row.id, outcome)], now)
    news = News(row.tenant_id, row.id, f"batch.{outcome}", row.channels)
    owe(connection, [news], now, told_at_ms=AT_ONCE)
    let_go_on(connection, row.id, outcome, now)


def let_go_on(connection: Connection, batch_id: str, outcome: str, now: int) -> None:
    """Open the gate of the jobs that await this batch.

    Jobs are locked before batches everywhere, and here the batch is locked already: a job that somebody is
    changing at this moment is left to the sweep.
    """
    waiting = select(jobs.c.id).where(jobs.c.awaits_batch_id == batch_id, jobs.c.gate == Gate.AWAITS)
    rows = connection.execute(
        update(jobs)
        .where(jobs.c.id.in_(waiting.with_for_update(skip_locked=True)))
        .values(gate=None)
        .returning(jobs.c.tenant_id, jobs.c.id, jobs.c.batch_id, jobs.c.state, jobs.c.generation)
    ).all()
    told = f"The batch that it waited for has ended: {outcome.replace('_', ' ')}."
    record(
        connection,
        [Entry(r.tenant_id, r.id, r.batch_id, State(r.state), r.generation, told) for r in rows],
        now,
    )


def _outcome(row: Any) -> Outcome:
    if is_intolerable(row):
        return Outcome.FAILED
    if row.cancel_requested or row.cancelled == row.total > 0:
        return Outcome.CANCELLED
    return Outcome.COMPLETED_WITH_FAILURES if row.failed or row.cancelled else Outcome.COMPLETED
