"""Admission: the one gate every job passes, decided in SQL before a message exists.

Redis only ever holds a window of what is about to run, so waiting costs nothing and a lost Redis
loses next to nothing. Admissions take turns over the whole fleet; each fills the window once.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    case,
    func,
    literal,
    literal_column,
    select,
    text,
    update,
)

from models.database import clock
from models.schema import jobs, workers

ADMISSION_LOCK = 0x6715  # any constant: PostgreSQL's advisory lock for whose turn it is
MINIMUM_WINDOW = 16  # what is sent ahead when no worker was heard of yet
WINDOW_PER_THREAD = 4  # enough to keep a thread fed while the next admission is on its way
LONGEST_DOUBLING = 5  # an untaken message is waited for 1, 2, 4 … 32 leases before it is sent anew

# Written as literals: SQLite uses a partial index only where it can read the condition in the query.
ELIGIBLE: ColumnElement[bool] = literal_column(
    "jobs.state = 'waiting' AND jobs.lease_until_ms IS NULL AND jobs.gate IS NULL"
)
ON_ITS_WAY: ColumnElement[bool] = literal_column("jobs.state = 'waiting' AND jobs.lease_until_ms IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A job whose message is to be sent now; the message carries its id and generation only."""

    job_id: str
    generation: int
    pipeline: str
    step: str


def admit(connection: Connection, *, lease_ms: int, worker_alive_ms: int) -> list[Admitted]:
    """Fill the window with the jobs whose turn it is: by priority, then by who is due longest.

    Each gets a new generation and a lease on its message: if no worker takes it in time, it is
    admitted again. The caller commits first and sends after; a lost sending is the lease's matter.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADMISSION_LOCK})
    now = clock(connection)
    room = _window(connection, now - worker_alive_ms) - _on_its_way(connection)
    if room <= 0:
        return []
    order = (jobs.c.priority, jobs.c.due_at_ms, jobs.c.id)
    turn = select(jobs.c.id).where(ELIGIBLE).order_by(*order).limit(room)
    rows = connection.execute(
        update(jobs)
        .where(jobs.c.id.in_(turn), ELIGIBLE)
        .values(
            generation=jobs.c.generation + 1,
            sends=jobs.c.sends + 1,
            lease_until_ms=literal(now, BigInteger) + _patience_ms(lease_ms),
        )
        .returning(*order, jobs.c.generation, jobs.c.pipeline, jobs.c.step)
    ).all()
    return [Admitted(r.id, r.generation, r.pipeline, r.step) for r in sorted(rows)]


def _patience_ms(lease_ms: int) -> ColumnElement[int]:
    """How long a message may go untaken: doubled for each time before, for all workers may be busy."""
    doublings = case((jobs.c.sends > LONGEST_DOUBLING, LONGEST_DOUBLING), else_=jobs.c.sends)
    return literal(lease_ms, BigInteger).op("<<")(doublings)


def _window(connection: Connection, alive_since_ms: int) -> int:
    alive = workers.c.seen_at_ms > alive_since_ms
    threads = connection.execute(select(func.sum(workers.c.threads)).where(alive)).scalar_one()
    return max(MINIMUM_WINDOW, WINDOW_PER_THREAD * int(threads or 0))


def _on_its_way(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(jobs).where(ON_ITS_WAY)).scalar_one())
