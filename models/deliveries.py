"""Deliveries: what is owed to which channel, once per event, claimed before it is sent.

A worker that dies between sending and marking leaves the row claimed; it is sent again when that
claim ends. So a channel hears at least once, always with the same delivery id to tell doubles by.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from models.database import clock
from models.schema import deliveries

OPEN = ("pending", "sending")
MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Owed:
    """One delivery this worker has claimed."""

    id: str
    tenant_id: str
    job_id: str
    event: str
    channel: str
    attempts: int


def claim_deliveries(connection: Connection, job_id: str, *, lease_ms: int) -> list[Owed]:
    """Take this job's open deliveries whose claim, if any, has ended."""
    now = clock(connection)
    free = deliveries.c.lease_until_ms.is_(None) | (deliveries.c.lease_until_ms < now)
    taken = (
        update(deliveries)
        .where(deliveries.c.job_id == job_id, deliveries.c.state.in_(OPEN), free)
        .values(state="sending", attempts=deliveries.c.attempts + 1, lease_until_ms=now + lease_ms)
    )
    rows = connection.execute(taken.returning(*deliveries.c)).all()
    return [Owed(r.id, r.tenant_id, r.job_id, r.event, r.channel, r.attempts) for r in rows]


def settle_delivery(connection: Connection, owed: Owed, *, error: str | None, retry_in_ms: int) -> None:
    """Mark a claimed delivery sent, or to be tried again, or failed after its last attempt."""
    if error is None:
        state, until = "sent", None
    elif owed.attempts >= MAX_ATTEMPTS:
        state, until = "failed", None
    else:
        state, until = "pending", clock(connection) + retry_in_ms
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == owed.id, deliveries.c.attempts == owed.attempts)
        .values(state=state, lease_until_ms=until, error_message=error)
    )


def overdue_jobs(connection: Connection, *, older_than_ms: int, limit: int = 500) -> list[str]:
    """Jobs with open deliveries that nobody is sending: their `notify` message is to be sent again."""
    now = clock(connection)
    idle = deliveries.c.lease_until_ms.is_(None) & (deliveries.c.created_at_ms < now - older_than_ms)
    ended = deliveries.c.lease_until_ms < now
    open_ones = select(deliveries.c.job_id).where(deliveries.c.state.in_(OPEN), idle | ended)
    return list(connection.execute(open_ones.distinct().limit(limit)).scalars())
