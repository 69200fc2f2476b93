"""Reports: statistics and lists that the web shows. Every query but those of the fleet names the tenant.

Percentiles are taken over a bounded number of the newest jobs, in one way on both databases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, func, select

from models.database import clock
from models.headings import heading
from models.lookups import JobFilter
from models.schema import api_keys, contents, jobs
from models.states import State
from models.tenants import Caller

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
SAMPLED = 1_000  # of the newest completed jobs, for the percentiles
TITLE_CHARS = 120


@dataclass(frozen=True, slots=True)
class Throughput:
    """Jobs that ended well in the last minute, hour and day."""

    last_minute: int
    last_hour: int
    last_day: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Half of the jobs took at most `p50_ms`, 95 of 100 at most `p95_ms`; None without any."""

    p50_ms: int | None
    p95_ms: int | None


def throughput(connection: Connection, tenant_id: str) -> Throughput:
    """This tenant's completed jobs by when they finished, on the database's clock."""
    now = clock(connection)
    sums = [_count_since(now - span) for span in (MINUTE_MS, HOUR_MS, DAY_MS)]
    done = (jobs.c.state == State.COMPLETED, jobs.c.finished_at_ms > now - DAY_MS)
    row = connection.execute(select(*sums).where(jobs.c.tenant_id == tenant_id, *done)).one()
    return Throughput(*(int(value or 0) for value in row))


def ended_by_analysis(connection: Connection, tenant_id: str) -> dict[str, tuple[int, int]]:
    """(completed, failed) of this tenant's last day, by analysis."""
    since = clock(connection) - DAY_MS
    query = (
        select(
            jobs.c.analysis,
            func.sum(case((jobs.c.state == State.COMPLETED, 1), else_=0)),
            func.sum(case((jobs.c.state == State.FAILED, 1), else_=0)),
        )
        .where(jobs.c.tenant_id == tenant_id, jobs.c.finished_at_ms > since)
        .group_by(jobs.c.analysis)
        .order_by(jobs.c.analysis)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in connection.execute(query)}


def wait_and_run(connection: Connection, tenant_id: str) -> tuple[Spread, Spread]:
    """How long the newest completed jobs waited for their last start, and ran from there."""
    columns = [jobs.c[f"{name}_at_ms"] for name in ("created", "due", "started", "finished")]
    rows = connection.execute(
        select(*columns)
        .where(jobs.c.tenant_id == tenant_id, jobs.c.state == State.COMPLETED)
        .order_by(jobs.c.id.desc())
        .limit(SAMPLED)
    ).all()
    begun = [row for row in rows if row.started_at_ms is not None]
    waits = [max(r.started_at_ms - max(r.created_at_ms, r.due_at_ms), 0) for r in begun]
    return _spread(waits), _spread([max(r.finished_at_ms - r.started_at_ms, 0) for r in begun])


def oldest_waiting_ms(connection: Connection, tenant_id: str) -> int:
    """How long this tenant's longest waiting job has been due; 0 with none."""
    mine = (jobs.c.tenant_id == tenant_id, jobs.c.state == State.WAITING)
    first = connection.execute(select(func.min(jobs.c.due_at_ms)).where(*mine)).scalar_one()
    return 0 if first is None else max(clock(connection) - int(first), 0)


def titled_jobs(connection: Connection, tenant_id: str, which: JobFilter, *, limit: int) -> list[Any]:
    """This tenant's jobs, newest first, each with the head of its content's title or text as `title`."""
    query = (
        select(*jobs.c, heading(TITLE_CHARS).label("title"))
        .join(contents, contents.c.id == jobs.c.content_id)
        .where(jobs.c.tenant_id == tenant_id, contents.c.tenant_id == tenant_id)
    )
    return list(
        connection.execute(query.where(*which.clauses()).order_by(jobs.c.id.desc()).limit(limit)).all()
    )


def key_holder(connection: Connection, key_id: str) -> tuple[Caller, str] | None:
    """Who holds the key of that id, and the key's digest (to check a session by); None once revoked."""
    alive = (api_keys.c.id == key_id, api_keys.c.revoked_at_ms.is_(None))
    row = connection.execute(select(*api_keys.c).where(*alive)).one_or_none()
    return None if row is None else (Caller(row.id, row.tenant_id, row.role), row.digest)


def _count_since(since_ms: int) -> Any:
    return func.sum(case((jobs.c.finished_at_ms > since_ms, 1), else_=0))


def _spread(values_ms: Sequence[int]) -> Spread:
    ordered = sorted(values_ms)
    if not ordered:
        return Spread(None, None)
    last = len(ordered) - 1
    return Spread(ordered[last // 2], ordered[round(last * 0.95)])
