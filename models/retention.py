"""Retention: what may go because it is old or because there are newer ones; nothing grows without bound.

Each function is one bounded transaction's worth and gives what it removed, by table; nothing removed
means that nothing is left to remove.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select, tuple_

from models import marks
from models.removal import (
    AT_ONCE,
    removable,
    remove_contents,
    remove_empty_batches,
    remove_some_jobs,
)
from models.schema import batches, charges, contents, editions, jobs, lanes, replies
from models.states import State

CLEANUP = "cleanup"
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Keep:
    """What stays: the newest `count` of each tenant's queue, and what ended no longer than `days` ago.

    None is no bound. Where both are given, what either of them lets go, goes.
    """

    completed_count: int | None = None
    completed_days: float | None = None
    failed_count: int | None = None
    failed_days: float | None = None
    replies_days: float | None = None
    contents_days: float | None = None  # what was ingested, since it was last seen

    def of(self, state: State) -> tuple[int | None, float | None]:
        """Count and days for jobs that ended in this state; cancelled ones are kept as completed ones are."""
        if state == State.FAILED:
            return self.failed_count, self.failed_days
        return self.completed_count, self.completed_days

    @property
    def longest_days(self) -> float | None:
        """The longest that anything is kept; None if anything is kept for ever."""
        if self.completed_days is None or self.failed_days is None:
            return None
        return max(self.completed_days, self.failed_days)


@dataclass(frozen=True, slots=True)
class Line:
    """Jobs that are counted together."""

    tenant_id: str
    queue: str
    state: State


def take_turn(connection: Connection, *, every_ms: int, now: int) -> bool:
    """True for one caller in each such time, however many ask."""
    return marks.take_turn(connection, CLEANUP, every_ms=every_ms, now=now)


def lines(connection: Connection, tenant_id: str | None, queue: str | None) -> list[Line]:
    """Every tenant's queues by state; only this tenant's, only this queue, where they are named."""
    query = select(lanes.c.tenant_id, lanes.c.queue).distinct().order_by(lanes.c.tenant_id, lanes.c.queue)
    if tenant_id is not None:
        query = query.where(lanes.c.tenant_id == tenant_id)
    if queue is not None:
        query = query.where(lanes.c.queue == queue)
    ends = (State.COMPLETED, State.CANCELLED, State.FAILED)
    return [Line(*row, state) for row in connection.execute(query) for state in ends]


def remove_some(connection: Connection, line: Line, keep: Keep, now: int) -> Counter[str]:
    """The oldest jobs of this line that are not to be kept."""
    where = _too_many_or_too_old(connection, line, keep, now)
    return Counter() if where is None else remove_some_jobs(connection, *_of(line), where)


def count_removable(connection: Connection, line: Line, keep: Keep, now: int) -> int:
    """How many jobs of this line `remove_some` would remove, were it called again and again."""
    where = _too_many_or_too_old(connection, line, keep, now)
    if where is None:
        return 0
    counted = select(func.count()).select_from(jobs).where(*_of(line), where, removable())
    return int(connection.execute(counted).scalar_one())


def remove_batches(connection: Connection, tenant_id: str | None, keep: Keep, now: int) -> Counter[str]:
    """Batches whose members are gone, and old ones that never had any."""
    emptied: ColumnElement[bool] = batches.c.total > 0
    if keep.longest_days is not None:
        emptied |= batches.c.finished_at_ms < ago(keep.longest_days, now)
    mine = () if tenant_id is None else (batches.c.tenant_id == tenant_id,)
    return remove_empty_batches(connection, emptied, *mine)


def remove_replies(connection: Connection, tenant_id: str | None, keep: Keep, now: int) -> Counter[str]:
    """What models said long ago, except to a job that has not ended."""
    found = _old_replies(tenant_id, keep, now).order_by(replies.c.created_at_ms).limit(ROWS_AT_ONCE)
    return Counter(replies=connection.execute(delete(replies).where(replies.c.id.in_(found))).rowcount)


def count_replies(connection: Connection, tenant_id: str | None, keep: Keep, now: int) -> int:
    """How many replies `remove_replies` would remove in the end."""
    old = _old_replies(tenant_id, keep, now).subquery()
    return int(connection.execute(select(func.count()).select_from(old)).scalar_one())


def remove_loose(connection: Connection, keep: Keep, now: int) -> Counter[str]:
    """Old contents that no job refers to, and old charges of jobs that are gone."""
    if keep.longest_days is None:
        return Counter()
    before_ms = ago(keep.longest_days, now)
    return Counter(
        contents=_remove_loose_contents(connection, before_ms),
        charges=_remove_old_charges(connection, before_ms),
    )


def _remove_loose_contents(connection: Connection, before_ms: int) -> int:
    used = select(jobs.c.id).where(jobs.c.content_id == contents.c.id).exists()
    stands = select(editions.c.key).where(editions.c.content_id == contents.c.id).exists()
    first = f"{before_ms * 1000:013x}"  # ids begin with the time they were made, so no other is looked at
    old = (contents.c.id < first, contents.c.created_at_ms < before_ms)
    found = select(contents.c.id).where(*old, ~used, ~stands)
    ids = connection.execute(found.order_by(contents.c.id).limit(AT_ONCE)).scalars().all()
    return remove_contents(connection, ids) if ids else 0


def _remove_old_charges(connection: Connection, before_ms: int) -> int:
    """Single charges of jobs that are gone; their days' sums stay."""
    kept = select(jobs.c.id).where(jobs.c.id == charges.c.job_id).exists()
    found = select(charges.c.id).where(charges.c.at_ms < before_ms, ~kept).order_by(charges.c.at_ms)
    old = delete(charges).where(charges.c.id.in_(found.limit(ROWS_AT_ONCE)))
    return connection.execute(old).rowcount


def _of(line: Line) -> tuple[ColumnElement[bool], ...]:
    return (jobs.c.tenant_id == line.tenant_id, jobs.c.queue == line.queue, jobs.c.state == line.state)


def _too_many_or_too_old(
    connection: Connection, line: Line, keep: Keep, now: int
) -> ColumnElement[bool] | None:
    """What of a line is not to be kept; None if all is."""
    count, days = keep.of(line.state)
    where: ColumnElement[bool] | None = None if days is None else jobs.c.finished_at_ms < ago(days, now)
    if count is None:
        return where
    ended = select(jobs.c.finished_at_ms, jobs.c.id).where(*_of(line), jobs.c.finished_at_ms.is_not(None))
    newest_first = ended.order_by(jobs.c.finished_at_ms.desc(), jobs.c.id.desc())
    first_too_many = connection.execute(newest_first.offset(count).limit(1)).one_or_none()
    if first_too_many is None:
        return where
    beyond = tuple_(jobs.c.finished_at_ms, jobs.c.id) <= tuple_(*first_too_many)
    return beyond if where is None else where | beyond


def _old_replies(tenant_id: str | None, keep: Keep, now: int) -> Any:
    before_ms = 0 if keep.replies_days is None else ago(keep.replies_days, now)
    asking = (jobs.c.id == replies.c.job_id, jobs.c.finished_at_ms.is_(None))
    old = (replies.c.created_at_ms < before_ms, ~select(jobs.c.id).where(*asking).exists())
    mine = () if tenant_id is None else (replies.c.tenant_id == tenant_id,)
    return select(replies.c.id).where(*old, *mine)


def ago(days: float, now: int) -> int:
    return now - int(days * 86_400_000)
