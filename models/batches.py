"""Batches: members let through the gate, counted as they end, and one outcome for them all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, literal_column, select, update

from models.credits import note_ended as note_metered
from models.credits import write_noted
from models.database import conclusions, once
from models.outcomes import close, is_intolerable
from models.owed import News, owe
from models.rounds import has_rounds_left, run_again
from models.schema import batches, jobs
from models.states import PENDING, TERMINAL, Gate, State
from models.timeline import Entry, record

COUNT = (
    update(batches)
    .where(batches.c.id == bindparam("which"))
    .values({state: batches.c[state] + bindparam(f"{state}_more") for state in TERMINAL})
    .values(moved_at_ms=bindparam("at"))
    .returning(*batches.c)
)
NOTED, ORPHANED = "ended members", "jobs cancelled while their batches were under way"
NOT_STARTED = "Not started: more members of its batch failed than are tolerated."
ABANDONED = "Cancelled with the job that waited for it."
# Written as a literal: SQLite uses a partial index only where it can read the condition in the query.
OPEN: ColumnElement[bool] = literal_column("jobs.finished_at_ms IS NULL")


@dataclass(frozen=True, slots=True)
class Ended:
    """A member that reached a terminal state in this transaction."""

    batch_id: str | None
    state: str


def note_ended(connection: Connection, ended: Iterable[Ended], now: int) -> None:
    """Members that ended in this transaction; they are counted at its end, whatever else it does.

    So every transaction locks jobs before batches, and batches in the order of their ids.
    """
    connection.info.setdefault(NOTED, []).extend((member, now) for member in ended if member.batch_id)


def note_orphans(connection: Connection, cancelled: Iterable[Any], now: int) -> None:
    """Of these jobs, cancelled in this transaction, the batches they opened end with them."""
    orphans = connection.info.setdefault(ORPHANED, {})
    orphans |= {row.id: now for row in cancelled if row.awaits_batch_id is not None}


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


def _settle(connection: Connection, row: Any, now: int) -> None:
    ended = row.completed + row.failed + row.cancelled
    if row.sealed and not row.reopened and not has_rounds_left(row) and is_intolerable(row):
        ended += cancel_pending(connection, row.id, NOT_STARTED, now)
    elif row.parallel_limit is not None and ended < row.total:
        _let_through(connection, row.id, row.parallel_limit)
    if row.sealed and row.outcome is None and ended >= row.total:
        if not run_again(connection, row, now):
            close(connection, row, now)
        elif row.parallel_limit is not None:
            _let_through(connection, row.id, row.parallel_limit)


def release(connection: Connection, batch_id: str) -> None:
    """Let members through the batch's gate until `parallel_limit` are under way."""
    row = locked(connection, batch_id)
    if row.parallel_limit is not None:
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


def cancel_all(connection: Connection, batch_id: str, reason: str, now: int) -> int:
    """Cancel every member that has not ended; gives how many ended at once, the others' workers are told."""
    left = select(jobs.c.id).where(jobs.c.batch_id == batch_id, OPEN)
    left = left.order_by(_as_they_lie(connection)).with_for_update()
    connection.execute(update(jobs).where(jobs.c.id.in_(left), OPEN).values(cancel_requested=True))
    count = cancel_pending(connection, batch_id, reason, now)
    is_open = (batches.c.id == batch_id, batches.c.outcome.is_(None))
    connection.execute(update(batches).where(*is_open).values(sealed=True, cancel_requested=True))
    settle(connection, batch_id, now)
    return count


def _as_they_lie(connection: Connection) -> ColumnElement[Any]:
    """The order in which a bulk update, such as that of a worker that ends many jobs, locks its rows.

    Whoever locks many in the same order cannot lock up with it.
    """
    return literal_column("jobs.ctid") if connection.dialect.name == "postgresql" else jobs.c.id


def cancel_pending(connection: Connection, batch_id: str, reason: str, now: int) -> int:
    """Cancel the members that no worker holds; their messages, if any are out, are fenced off.

    Jobs are locked before batches everywhere; here the batch may be locked already, so a member that
    another transaction is changing is left to the next count of this batch.
    """
    ended = {
        "state": State.CANCELLED,
        "generation": jobs.c.generation + 1,
        "lease_until_ms": None,
        "gate": None,
        "waits_for": None,
        "error_class": "cancelled",
        "error_message": reason,
        "finished_at_ms": now,
    }
    free = select(jobs.c.id).where(jobs.c.batch_id == batch_id, OPEN, jobs.c.state.in_(PENDING))
    rows = connection.execute(
        update(jobs)
        .where(jobs.c.id.in_(free.with_for_update(skip_locked=True)), jobs.c.state.in_(PENDING))
        .values(ended)
        .returning(*jobs.c)
    ).all()
    entries = [Entry(r.tenant_id, r.id, batch_id, State.CANCELLED, r.generation, reason) for r in rows]
    record(connection, entries, now)
    owe(connection, [News(r.tenant_id, r.id, f"job.{State.CANCELLED}", r.channels) for r in rows], now)
    note_metered(connection, rows, State.CANCELLED)
    note_orphans(connection, rows, now)
    count = {"cancelled": batches.c.cancelled + len(rows), "moved_at_ms": now}
    connection.execute(update(batches).where(batches.c.id == batch_id).values(count))
    return len(rows)
