"""Lookups: what users ask about their jobs, batches and answers. Every query names the tenant."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, tuple_

from errors import NotFound
from models.lanes import LaneKey, lane_key
from models.schema import answers, batches, contents, events, jobs
from models.states import PENDING, TERMINAL, State
from models.tables.columns import indexed

MOST_ROWS = 1_000  # of any list in one answer

# Built once: whoever waits for a job asks for it again and again.
STATE = select(jobs.c.state).where(jobs.c.tenant_id == bindparam("tenant"), jobs.c.id == bindparam("job"))


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs a list shows; `after` is the id of the last one already shown."""

    state: str | None = None
    analysis: str | None = None
    batch_id: str | None = None
    after: str | None = None
    fingerprint: str | None = None  # of failed jobs: their cause

    def clauses(self) -> list[ColumnElement[bool]]:
        """What a job's columns must be, but for its tenant's."""
        same = {"state": self.state, "analysis": self.analysis, "batch_id": self.batch_id}
        found: list[ColumnElement[bool]] = [
            jobs.c[name] == value for name, value in same.items() if value is not None
        ]
        if self.fingerprint is not None:
            # The state as a literal: SQLite uses a partial index only where it can read the condition.
            found += [indexed("jobs.state = 'failed'"), jobs.c.fingerprint == self.fingerprint]
        return found if self.after is None else [*found, jobs.c.id < self.after]


def job_row(connection: Connection, tenant_id: str, job_id: str) -> Any:
    """One job. Raises NotFound, also for another tenant's."""
    mine = (jobs.c.tenant_id == tenant_id, jobs.c.id == job_id)
    return _found(connection.execute(select(*jobs.c).where(*mine)).one_or_none(), "job", job_id)


def job_state(connection: Connection, tenant_id: str, job_id: str) -> str:
    """The state of one job. Raises NotFound, also for another tenant's."""
    state = connection.execute(STATE, {"tenant": tenant_id, "job": job_id}).scalar_one_or_none()
    return str(_found(state, "job", job_id))


def following(connection: Connection, tenant_id: str, batch_id: str) -> list[str]:
    """The jobs that begin when this batch has its outcome, or have begun since."""
    mine = (jobs.c.tenant_id == tenant_id, indexed("jobs.awaits_batch_id IS NOT NULL"))
    found = select(jobs.c.id).where(*mine, jobs.c.awaits_batch_id == batch_id).order_by(jobs.c.id)
    return list(connection.execute(found).scalars())


def batch_row(connection: Connection, tenant_id: str, batch_id: str) -> Any:
    """One batch. Raises NotFound, also for another tenant's."""
    mine = (batches.c.tenant_id == tenant_id, batches.c.id == batch_id)
    return _found(connection.execute(select(*batches.c).where(*mine)).one_or_none(), "batch", batch_id)


def content_row(connection: Connection, tenant_id: str, content_id: str) -> Any:
    """One content. Raises NotFound, also for another tenant's."""
    mine = (contents.c.tenant_id == tenant_id, contents.c.id == content_id)
    return _found(connection.execute(select(*contents.c).where(*mine)).one_or_none(), "content", content_id)


def answer_row(connection: Connection, tenant_id: str, job_id: str) -> Any | None:
    """A job's answer with its maker, or None while there is none."""
    mine = (answers.c.tenant_id == tenant_id, answers.c.job_id == job_id)
    return connection.execute(select(*answers.c).where(*mine)).one_or_none()


def list_jobs(connection: Connection, tenant_id: str, which: JobFilter, *, limit: int) -> list[Any]:
    """This tenant's jobs, newest first, up to `limit` (1 to 1,000) of them."""
    query = select(*jobs.c).where(jobs.c.tenant_id == tenant_id, *which.clauses())
    return list(connection.execute(query.order_by(jobs.c.id.desc()).limit(min(limit, MOST_ROWS))).all())


def is_member(tenant_id: str, batch_id: str) -> ColumnElement[bool]:
    """True of the members of this tenant's batch; found by it, where SQLite would go by the tenant."""
    mine = select(batches.c.id).where(batches.c.tenant_id == tenant_id, batches.c.id == batch_id)
    return jobs.c.batch_id == mine.scalar_subquery()


def list_members(
    connection: Connection, tenant_id: str, batch_id: str, *, after: str = "", limit: int = MOST_ROWS
) -> list[Any]:
    """A batch's members in the order they were submitted, each with its answer where it has one."""
    answered = [column.label(f"answer_{column.name}") for column in answers.c if column.name != "job_id"]
    query = (
        select(*jobs.c, *answered)
        .outerjoin(answers, answers.c.job_id == jobs.c.id)
        .where(is_member(tenant_id, batch_id), jobs.c.id > after)
    )
    return list(connection.execute(query.order_by(jobs.c.id).limit(limit)).all())


def lane_of_open_member(connection: Connection, tenant_id: str, batch_id: str) -> LaneKey | None:
    """Where one of a batch's members that have not ended stands in line; None when all have."""
    mine = (jobs.c.tenant_id == tenant_id, jobs.c.batch_id == batch_id, jobs.c.finished_at_ms.is_(None))
    lane_id: int | None = connection.execute(select(jobs.c.lane_id).where(*mine).limit(1)).scalar()
    return None if lane_id is None else lane_key(connection, lane_id)


def waiting_member(connection: Connection, tenant_id: str, batch_id: str) -> Any | None:
    """One of a batch's members that wait and are past its own gate; None where there is none."""
    mine = (jobs.c.tenant_id == tenant_id, jobs.c.batch_id == batch_id, jobs.c.finished_at_ms.is_(None))
    waits = (jobs.c.state.in_(PENDING), jobs.c.gate.is_(None))
    first = select(*jobs.c).where(*mine, *waits).order_by(jobs.c.gate, jobs.c.id).limit(1)  # as indexed
    return connection.execute(first).one_or_none()


def job_events(connection: Connection, tenant_id: str, job_id: str, *, after: int = 0) -> list[Any]:
    """A job's timeline after the event of that number."""
    mine = (events.c.tenant_id == tenant_id, events.c.job_id == job_id, events.c.id > after)
    return list(connection.execute(select(*events.c).where(*mine).order_by(events.c.id)).all())


def ended_members(
    connection: Connection,
    tenant_id: str,
    batch_id: str,
    *,
    after: tuple[int, str],
    states: Collection[State] = TERMINAL,
) -> list[Any]:
    """Members that ended like this after a (time, id), in the order they ended; a page of up to 1,000."""
    ended = tuple_(jobs.c.finished_at_ms, jobs.c.id) > after
    mine = (jobs.c.tenant_id == tenant_id, jobs.c.batch_id == batch_id, jobs.c.state.in_(states))
    query = select(jobs.c.id, jobs.c.finished_at_ms).where(*mine, ended)
    return list(connection.execute(query.order_by(jobs.c.finished_at_ms, jobs.c.id).limit(MOST_ROWS)).all())


def _found(row: Any | None, kind: str, wanted: str) -> Any:
    if row is None:
        raise NotFound(f"There is no {kind} {wanted[:40]!r} here.")
    return row
