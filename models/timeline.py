"""The timeline: every transition of a job or batch as one row, written with the transition itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from models.inserting import insert_many
from models.schema import events


@dataclass(frozen=True, slots=True)
class Entry:
    """One transition; `message` says why, and never holds content."""

    tenant_id: str
    job_id: str | None
    batch_id: str | None
    state: str
    generation: int = 0
    message: str | None = None


def record(connection: Connection, entries: Sequence[Entry], now: int) -> None:
    """Write the entries in order, in one statement."""
    if entries:
        rows = [
            {
                "tenant_id": e.tenant_id,
                "job_id": e.job_id,
                "batch_id": e.batch_id,
                "state": e.state,
                "generation": e.generation,
                "message": e.message,
                "at_ms": now,
            }
            for e in entries
        ]
        insert_many(connection, events, rows)
