"""Batches: members let through the gate, counted as they end, and one outcome for them all."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from models.credits import note_ended as note_metered
from models.credits import write_noted
from models.database import conclusions
from models.schema import batches, jobs
from models.states import PENDING, TERMINAL, Outcome, State
from models.timeline import Entry, record

COUNT = (
    update(batches)
    .where(batches.c.id == bindparam("which"))
    .values({state: batches.c[state] + bindparam(f"{state}_more") for state in TERMINAL})
    .returning(*batches.c)
)
NOTED = "ended members"
NOT_STARTED = "Not started: more members of its batch failed than are tolerated."


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
        row = connection.execute(COUNT, added | {"which": batch_id}).one()
        _settle(connection, row, now)


conclusions += [_count_noted, write_noted]  # in this order: a count may cancel members with credits


def settle(connection: Connection, batch_id: str, now: int) -> None:
    """After any change of its counts: stop the batch or let members through, and close it if done."""
    locked = select(*batches.c).where(batches.c.id == batch_id).with_for_update()
    _settle(connection, connection.execute(locked).one(), now)


def _settle(connection: Connection, row: Any, now: int) -> None:
    ended = row.completed + row.failed + row.cancelled
    if row.sealed and not row.reopened and _intolerable(row):
        ended += cancel_pending(connection, row.id, NOT_STARTED, now)
    elif row.parallel_limit is not None:
        release(connection, row.id)
    if row.sealed and row.outcome is None and ended >= row.total:
        _close(connection, row, now)


def release(connection: Connection, batch_id: str) -> None:
    """Let members through the batch's gate until `parallel_limit` are under way."""
    limited = select(batches.c.parallel_limit).where(batches.c.id == batch_id).with_for_update()
    limit = connection.execute(limited).scalar_one()
    if limit is None:
        return
    under_way = (
        select(jobs.c.id)
        .where(jobs.c.batch_id == batch_id, jobs.c.state.not_in(TERMINAL), jobs.c.gate.is_(None))
        .limit(limit)
    )
    room = limit - len(connection.execute(under_way).all())
    held = (
        select(jobs.c.id)
        .where(jobs.c.batch_id == batch_id, jobs.c.gate.is_not(None), jobs.c.state.in_(PENDING))
        .order_by(jobs.c.id)
        .limit(max(room, 0))
        .with_for_update(skip_locked=True)  # one that is being cancelled brings the next release itself
    )
    connection.execute(update(jobs).where(jobs.c.id.in_(held)).values(gate=None))


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
    free = select(jobs.c.id).where(jobs.c.batch_id == batch_id, jobs.c.state.in_(PENDING))
    rows = connection.execute(
        update(jobs)
        .where(jobs.c.id.in_(free.with_for_update(skip_locked=True)), jobs.c.state.in_(PENDING))
        .values(ended)
        .returning(*(jobs.c[name] for name in ("tenant_id", "id", "generation", "reserved_credits")))
    ).all()
    record(
        connection,
        [Entry(r.tenant_id, r.id, batch_id, State.CANCELLED, r.generation, reason) for r in rows],
        now,
    )
    note_metered(connection, rows, State.CANCELLED)
    count = {"cancelled": batches.c.cancelled + len(rows)}
    connection.execute(update(batches).where(batches.c.id == batch_id).values(count))
    return len(rows)


def _close(connection: Connection, row: Any, now: int) -> None:
    """Give the batch its outcome; its row is locked by the count before, so this happens once."""
    outcome = _outcome(row)
    ended = {"outcome": outcome, "finished_at_ms": now}
    connection.execute(update(batches).where(batches.c.id == row.id).values(ended))
    record(connection, [Entry(row.tenant_id, None, row.id, outcome)], now)


def _intolerable(row: Any) -> bool:
    if row.tolerance_count is not None:
        return bool(row.failed > row.tolerance_count)
    tolerated = math.floor(row.tolerance_share * row.total + 1e-9)  # 0.29 × 100 is 28.999…96 in floats
    return bool(row.failed > tolerated)


def _outcome(row: Any) -> Outcome:
    if _intolerable(row):
        return Outcome.FAILED
    if row.cancel_requested or row.cancelled == row.total > 0:
        return Outcome.CANCELLED
    return Outcome.COMPLETED_WITH_FAILURES if row.failed or row.cancelled else Outcome.COMPLETED
