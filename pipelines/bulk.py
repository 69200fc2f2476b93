"""Bulk actions as people ask for them: counted first, then done chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from models import bulk
from models.bulk import Action, Chunk, Many
from models.database import reading, transact
from models.lookups import JobFilter
from pipelines.dispatch import dispatch

TRIES = 3  # of a chunk: a submission may take a retried job's dedup key at the same moment


@dataclass(frozen=True, slots=True)
class Done:
    """How many jobs the filter named, how many were changed, and how many were not looked at yet."""

    matched: int
    changed: int
    left: int


def count(tenant: str, action: Action, which: JobFilter) -> Many:
    """How many jobs the action would be tried on. Raises InvalidInput."""
    with reading() as connection:
        return bulk.count(connection, tenant, action, which)


def act(
    tenant: str,
    action: Action,
    which: JobFilter,
    *,
    most: int | None = None,
    let_start: Callable[[], object] = dispatch,
    tell: Callable[[int], object] = lambda _: None,
) -> Done:
    """Do it to all of them, or to about `most`; `tell` hears after each chunk how many were looked at.

    Jobs that cannot be changed (a dedup key that another has, a notice still owed) are left as they are.
    """
    many = count(tenant, action, which)
    seen = changed = 0
    after = ""
    while most is None or seen < most:
        chunk = _chunk(tenant, action, which, after, many.newest)
        if not chunk.seen:
            break
        seen, changed, after = seen + chunk.seen, changed + chunk.changed, chunk.last
        tell(seen)
        if action == Action.RETRY:
            let_start()
    return Done(many.count, changed, max(many.count - seen, 0))


def _chunk(tenant: str, action: Action, which: JobFilter, after: str, newest: str) -> Chunk:
    for tries_left in reversed(range(TRIES)):
        try:
            return transact(
                lambda connection: bulk.act(connection, tenant, action, which, after=after, newest=newest)
            )
        except IntegrityError:
            if not tries_left:
                raise
    raise AssertionError("unreachable")
