"""Stopping: the members of a batch that was cancelled, or failed too often, are cancelled a slice at a time.

One slice in each transaction, so that none grows long. Until the last member is, the batch's row says why it
is stopped, and admission passes its members over. Whoever cancels a batch goes on at once with the next; each
of its members that ends brings one, and so does each sweep: a crash leaves nothing half stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select, update

from models.claims import HELD
from models.database import once
from models.ends import cancel
from models.outcomes import is_intolerable
from models.rounds import has_rounds_left
from models.schema import batches, jobs
from models.states import PENDING
from models.tables.columns import indexed

NOT_STARTED = "Not started: more members of its batch failed than are tolerated."
SLICE = 500  # members cancelled in one transaction: with their events a thousand rows, some 100 ms
SLICED = "members that this transaction has cancelled"
OPEN = indexed("jobs.finished_at_ms IS NULL")
SENT = indexed("jobs.state = 'waiting' AND jobs.lease_until_ms IS NOT NULL")
BEING_STOPPED = select(batches.c.id).where(indexed("batches.stop_reason IS NOT NULL"))


@dataclass(frozen=True, slots=True)
class Stopped:
    """How many members have been cancelled in this transaction, and whether more of them are to be."""

    cancelled: int
    is_over: bool


def not_being_stopped() -> ColumnElement[bool]:
    """True of a job that is no member of a batch which is being stopped."""
    return jobs.c.batch_id.is_(None) | jobs.c.batch_id.not_in(BEING_STOPPED)


def stop_reason(row: Any) -> str | None:
    """Why this batch is to be stopped, or is being stopped; None if it goes on."""
    if row.stop_reason is not None:
        return str(row.stop_reason)
    is_judged = row.sealed and not row.reopened and not has_rounds_left(row)
    return NOT_STARTED if is_judged and is_intolerable(row) else None


def stop_slice(connection: Connection, row: Any, reason: str, now: int) -> int:
    """Cancel a slice of what no worker holds, and whatever is on its way to one; gives how many.

    They are counted when the transaction ends. Jobs are locked before batches everywhere; here the batch is
    locked already, so a member that another transaction is changing is left to the next slice.
    """
    mine = (jobs.c.batch_id == row.id, OPEN, jobs.c.state.in_(PENDING))
    unasked = (jobs.c.batch_id == row.id, HELD, ~jobs.c.cancel_requested)
    room = max(SLICE - connection.info.get(SLICED, 0), 0)
    waiting = select(jobs.c.id).where(*mine).order_by(jobs.c.gate, jobs.c.id).limit(room)  # as indexed
    stopped = 0
    for found in (select(jobs.c.id).where(*mine, SENT), waiting):
        stopped += len(cancel(connection, jobs.c.id.in_(_free(found)), now=now, reason=reason))
    connection.info[SLICED] = SLICE - room + stopped
    left: ColumnElement[bool] = select(jobs.c.id).where(*mine).exists()
    if row.cancel_requested:
        told = update(jobs).where(jobs.c.id.in_(_free(select(jobs.c.id).where(*unasked))), HELD)
        connection.execute(told.values(cancel_requested=True))
        left = left | select(jobs.c.id).where(*unasked).exists()
    rest = reason if connection.execute(select(left)).scalar_one() else None
    if rest != row.stop_reason:
        connection.execute(update(batches).where(batches.c.id == row.id).values(stop_reason=rest))
    return stopped


def _free(found: Select[tuple[str]]) -> Select[tuple[str]]:
    return once(found.with_for_update(skip_locked=True))
