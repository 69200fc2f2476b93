"""Deliveries: what is owed to which channel, once per event, claimed before it is sent.

A worker that dies between sending and marking leaves the row claimed; it is sent again when that
claim ends. So a channel hears at least once, always with the same delivery id to tell doubles by.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select, update

from models.database import clock
from models.schema import deliveries
from models.tables.columns import indexed

OPEN = indexed("deliveries.state IN ('pending', 'sending')")
MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Owed:
    """One delivery this worker has claimed."""

    id: str
    tenant_id: str
    owner_id: str
    event: str
    channel: str
    attempts: int


def claim_deliveries(connection: Connection, owner_id: str, *, lease_ms: int) -> list[Owed]:
    """Take the open deliveries of a job or batch whose claim, if any, has ended."""
    now = clock(connection)
    free = deliveries.c.lease_until_ms.is_(None) | (deliveries.c.lease_until_ms < now)
    taken = (
        update(deliveries)
        .where(deliveries.c.owner_id == owner_id, OPEN, free, _has_tries_left())
        .values(state="sending", attempts=deliveries.c.attempts + 1, lease_until_ms=now + lease_ms)
    )
    rows = connection.execute(taken.returning(*deliveries.c)).all()
    return [Owed(r.id, r.tenant_id, r.owner_id, r.event, r.channel, r.attempts) for r in rows]


def _has_tries_left() -> ColumnElement[bool]:
    return deliveries.c.attempts < MAX_ATTEMPTS


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


def take_overdue(connection: Connection, *, older_than_ms: int, lease_ms: int, limit: int = 500) -> list[str]:
    """Jobs and batches with open deliveries that nobody is sending, whose `notify` message is to be sent now.

    Each is left alone for `lease_ms` then, so that messages do not pile up while workers are busy.
    """
    now = clock(connection)
    given_up = (OPEN, deliveries.c.lease_until_ms < now, ~_has_tries_left())
    connection.execute(update(deliveries).where(*given_up).values(state="failed", lease_until_ms=None))
    told_ms = func.coalesce(deliveries.c.told_at_ms, deliveries.c.created_at_ms - lease_ms + older_than_ms)
    idle = deliveries.c.lease_until_ms.is_(None) | (deliveries.c.lease_until_ms < now)
    due = (OPEN, idle, told_ms < now - lease_ms)
    found = select(deliveries.c.id).where(*due).limit(limit)
    told = update(deliveries).where(deliveries.c.id.in_(found)).values(told_at_ms=now)
    return sorted(set(connection.execute(told.returning(deliveries.c.owner_id)).scalars()))
