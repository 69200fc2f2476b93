"""The fleet: which worker processes were heard of, and with how many threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from models.inserting import insert_or
from models.schema import workers

FORGOTTEN_AFTER_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Member:
    """One worker process, as it reports itself."""

    id: str
    host: str
    pid: int
    threads: int


def report(connection: Connection, member: Member, now: int) -> None:
    """Say that this worker process is alive; those long silent are forgotten."""
    row = {"id": member.id, "host": member.host, "pid": member.pid, "threads": member.threads}
    statement = insert_or(connection, workers).on_conflict_do_update(
        index_elements=[workers.c.id], set_={"seen_at_ms": now, "threads": member.threads}
    )
    connection.execute(statement, row | {"started_at_ms": now, "seen_at_ms": now})
    connection.execute(delete(workers).where(workers.c.seen_at_ms < now - FORGOTTEN_AFTER_MS))


def leave(connection: Connection, member_id: str) -> None:
    """Say that this worker process stopped in good order."""
    connection.execute(delete(workers).where(workers.c.id == member_id))


def living(connection: Connection, *, since_ms: int) -> list[Any]:
    """The workers heard of since then: rows of id, host, pid, threads, seen_at_ms."""
    alive = select(*workers.c).where(workers.c.seen_at_ms > since_ms).order_by(workers.c.started_at_ms)
    return list(connection.execute(alive).all())
