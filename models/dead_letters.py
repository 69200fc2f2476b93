"""Dead letters: a tenant's failed jobs by cause, so that hundreds of them can be judged as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select, tuple_

from errors import NotFound
from models.schema import jobs
from models.tables.columns import indexed

FAILED = indexed("jobs.state = 'failed' AND jobs.fingerprint IS NOT NULL")
LAST_SEEN = func.max(jobs.c.finished_at_ms)


@dataclass(frozen=True, slots=True)
class Cause:
    """Failed jobs of one cause; the sample is the newest of them."""

    fingerprint: str
    count: int
    first_seen_ms: int
    last_seen_ms: int
    sample_job_id: str
    analysis: str
    error_class: str
    message: str


def list_causes(
    connection: Connection, tenant_id: str, *, after: tuple[int, str] | None = None, limit: int = 50
) -> list[Cause]:
    """This tenant's causes, the one seen last first; `after` is (last seen, fingerprint) of one shown."""
    query = _grouped(tenant_id).order_by(LAST_SEEN.desc(), jobs.c.fingerprint.desc()).limit(limit)
    if after is not None:
        query = query.having(tuple_(LAST_SEEN, jobs.c.fingerprint) < after)
    return _causes(connection, query)


def cause_of(connection: Connection, tenant_id: str, fingerprint: str) -> Cause:
    """One cause. Raises NotFound, also for another tenant's."""
    found = _causes(connection, _grouped(tenant_id).where(jobs.c.fingerprint == fingerprint))
    if not found:
        raise NotFound(f"No failed job here has the fingerprint {fingerprint[:40]!r}; it may be mended.")
    return found[0]


def _grouped(tenant_id: str) -> Select[Any]:
    first = func.min(jobs.c.finished_at_ms)
    columns = (jobs.c.fingerprint, func.count(), first, LAST_SEEN, func.max(jobs.c.id))
    return select(*columns).where(FAILED, jobs.c.tenant_id == tenant_id).group_by(jobs.c.fingerprint)


def _causes(connection: Connection, query: Select[Any]) -> list[Cause]:
    groups = connection.execute(query).all()
    named = ("id", "analysis", "error_class", "error_message")
    wanted = select(*(jobs.c[name] for name in named)).where(jobs.c.id.in_([group[4] for group in groups]))
    samples = {row.id: row for row in connection.execute(wanted)}
    return [_cause(group, samples[group[4]]) for group in groups]


def _cause(group: Any, sample: Any) -> Cause:
    fingerprint, count, first_ms, last_ms, job_id = group
    told = (sample.analysis, sample.error_class, sample.error_message or "")
    return Cause(fingerprint, count, first_ms, last_ms, job_id, *told)
