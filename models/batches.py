"""Batches: members let through the gate, counted as they end, and one outcome for them all."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from models.credits import write_noted
from models.database import clock, conclusions, once
from models.ends import NOTED, ORPHANED, Ended
from models.outcomes import close
from models.rounds import run_again
from models.schema import batches, jobs
from models.states import PENDING, TERMINAL, Gate
from models.stopping import BEING_STOPPED, OPEN, Stopped, stop_reason, stop_slice

COUNT = (
    update(batches)
    .where(batches.c.id == bindparam("which"))
    .values({state: batches.c[state] + bindparam(f"{state}_more") for state in TERMINAL})
    .values(moved_at_ms=bindparam("at"))
    .returning(*batches.c)
)
ABANDONED = "Cancelled with the job that waited for it."


def _conclude(connection: Connection) -> None:
    """End what this transaction has orphaned, and count what it has ended; either may bring more of both."""
    while connection.info.get(NOTED) or connection.info.get(ORPHANED):
        _cancel_orphans(connection)
        _count_noted(connection)


conclusions += [_conclude, write_noted]  # in this order: a count may cancel members with credits


def _cancel_orphans(connection: Connection) -> None:
    orphans: dict[str, int] = connection.info.pop(ORPHANED, {})
    if orphans:
        opened = (batches.c.opened_by_job_id.in_(orphans), batches.c.outcome.is_(None))
        rows = connection.execute(
            select(batches.c.id, batches.c.opened_by_job_id).where(*opened).order_by(batches.c.id)
        ).all()
        for row in rows:
            cancel_all(connection, row.id, ABANDONED, orphans[row.opened_by_job_id])


def _count_noted(connection: Connection) -> None:
    """Count the members that ended, and settle their batches."""
    noted: list[tuple[Ended, int]] = connection.info.pop(NOTED, [])
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    for member, _ in noted:
        assert member.batch_id is not None
        tally[member.batch_id][member.state] += 1
    now = noted[-1][1] if noted else 0
    for batch_id in sorted(tally):
        added = {f"{state}_more": tally[batch_id][state] for state in TERMINAL}
        row = connection.execute(COUNT, added | {"which": batch_id, "at": now}).one()
        _settle(connection, row, now)


def locked(connection: Connection, batch_id: str) -> Any:
    """The batch's row, locked until the transaction ends.

    Not against rows that refer to it: PostgreSQL lets whoever writes a member twice hold on to its batch.
    """
    mine = select(*batches.c).where(batches.c.id == batch_id)
    return connection.execute(mine.with_for_update(key_share=True)).one()


def settle(connection: Connection, batch_id: str, now: int) -> None:
    """After any change of its counts: stop the batch or let members through, and close it if done."""
    _settle(connection, locked(connection, batch_id), now)


def _settle(connection: Connection, row: Any, now: int) -> int:
    """As `settle`, of a batch whose row is locked; gives how many members it has cancelled."""
    stopped, ended = 0, row.completed + row.failed + row.cancelled
    if reason := stop_reason(row):
        stopped = stop_slice(connection, row, reason, now)
    elif row.parallel_limit is not None and ended < row.total:
        _let_through(connection, row.id, row.parallel_limit)
    if row.sealed and row.outcome is None and ended >= row.total:
        if not run_again(connection, row, now):
            close(connection, row, now)
        elif row.parallel_limit is not None:
            _let_through(connection, row.id, row.parallel_limit)
    return stopped


def release(connection: Connection, batch_id: str) -> None:
    """Let members through the batch's gate until `parallel_limit` are under way."""
    row = locked(connection, batch_id)
    if row.parallel_limit is not None and row.stop_reason is None:
        _let_through(connection, batch_id, row.parallel_limit)


def _let_through(connection: Connection, batch_id: str, limit: int) -> None:
    """As `release`, of a batch whose row is locked. Members that have ended are not looked at."""
    mine = (jobs.c.batch_id == batch_id, OPEN)
    as_indexed = (jobs.c.gate, jobs.c.id)  # else a planner may well read all members, ended ones too
    passed = [
        select(func.count())
        .select_from(select(jobs.c.id).where(*mine, gate).order_by(*as_indexed).limit(limit).subquery())
        .scalar_subquery()
        for gate in (jobs.c.gate.is_(None), jobs.c.gate.between(Gate.AWAITS, Gate.AWAITS))
    ]
    under_way = connection.execute(select(passed[0] + passed[1])).scalar_one()
    held = (
        select(jobs.c.id)
        .where(*mine, jobs.c.gate.between(Gate.BATCH, Gate.BATCH), jobs.c.state.in_(PENDING))
        .order_by(*as_indexed)
        .limit(max(limit - under_way, 0))
        .with_for_update(skip_locked=True)  # one that is being cancelled brings the next release itself
    )
    connection.execute(update(jobs).where(jobs.c.id.in_(once(held))).values(gate=None))


def cancel_all(connection: Connection, batch_id: str, reason: str, now: int) -> Stopped:
    """Cancel every member that has not ended: the first slice of them here, the others with `stop_more`.

    From here on none of them is admitted any more. The workers of those that run are told.
    """
    is_open = (batches.c.id == batch_id, batches.c.outcome.is_(None))
    told = {"sealed": True, "cancel_requested": True, "stop_reason": reason}
    connection.execute(update(batches).where(*is_open).values(told))
    return _go_on(connection, batch_id, now)


def stop_more(connection: Connection, batch_id: str) -> Stopped:
    """The next slice of a batch that is being stopped."""
    return _go_on(connection, batch_id, clock(connection))


def being_stopped(connection: Connection, most: int = 100) -> list[str]:
    """Batches of which more members are to be cancelled."""
    return list(connection.execute(BEING_STOPPED.order_by(batches.c.id).limit(most)).scalars())


def _go_on(connection: Connection, batch_id: str, now: int) -> Stopped:
    cancelled = _settle(connection, locked(connection, batch_id), now)
    return Stopped(cancelled, locked(connection, batch_id).stop_reason is None)
