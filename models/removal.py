"""Removal: deletes ended jobs and batches with all that hangs on them; the one place that knows what does.

Kept are what a model said, which serves other jobs as well, and the account of what was paid; both age
by themselves. A batch keeps its counts: they tell what happened, not what is still stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, Connection, Table, delete, select

from models.deliveries import OPEN
from models.schema import answers, batches, contents, deliveries, editions, events, idempotency_keys, jobs
from models.tables.columns import indexed

AT_ONCE = 200  # jobs in one transaction: with all that hangs on them, about a thousand rows

ENDED = indexed("jobs.finished_at_ms IS NOT NULL")
HANGING: tuple[tuple[Table, Column[str]], ...] = (
    (answers, answers.c.job_id),
    (events, events.c.job_id),
    (deliveries, deliveries.c.owner_id),
    (idempotency_keys, idempotency_keys.c.job_id),
)


def remove_some_jobs(
    connection: Connection, *where: ColumnElement[bool], limit: int = AT_ONCE
) -> Counter[str]:
    """Delete up to `limit` matching jobs that may go, oldest first; gives how many rows of which table.

    Left are jobs that have not ended, that still owe a channel a notice, whose batch is not over or is
    still to be read by a job that waited for it, or that another transaction is changing.
    """
    found = (
        select(jobs.c.id, jobs.c.content_id)
        .where(*where, removable())
        .order_by(jobs.c.finished_at_ms, jobs.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # from here on nothing new can refer to them
    )
    rows = connection.execute(found).all()
    ids = [row.id for row in rows]
    if not ids:
        return Counter()
    gone = Counter({str(table.name): _delete(connection, table, c.in_(ids)) for table, c in HANGING})
    gone["jobs"] = _delete(connection, jobs, jobs.c.id.in_(ids))
    gone["contents"] = remove_contents(connection, [row.content_id for row in rows])
    return gone


def removable() -> ColumnElement[bool]:
    """True of a job that has ended, is no member of a batch in use and owes nobody a notice."""
    reader = jobs.alias()
    follows = (reader.c.awaits_batch_id == batches.c.id, reader.c.finished_at_ms.is_(None))
    in_use = batches.c.outcome.is_(None) | select(reader.c.id).where(*follows).exists()
    needed = select(batches.c.id).where(batches.c.id == jobs.c.batch_id, in_use)
    return ENDED & ~needed.exists() & ~_owes(jobs.c.id)


def remove_contents(connection: Connection, ids: Sequence[str]) -> int:
    """Delete those of these contents that no job refers to and that stand nowhere; gives how many."""
    wanted = sorted(set(ids))
    locked = select(contents.c.id).where(contents.c.id.in_(wanted)).order_by(contents.c.id).with_for_update()
    connection.execute(locked)  # a job that is just being made for one of them is seen from here on
    used = select(jobs.c.id).where(jobs.c.content_id == contents.c.id).exists()
    stands = select(editions.c.key).where(editions.c.content_id == contents.c.id).exists()
    return _delete(connection, contents, contents.c.id.in_(wanted), ~used, ~stands)


def remove_empty_batches(
    connection: Connection, *where: ColumnElement[bool], limit: int = AT_ONCE
) -> Counter[str]:
    """Delete up to `limit` matching batches that have ended and have no member left."""
    member = select(jobs.c.id).where(jobs.c.batch_id == batches.c.id).exists()
    awaited = select(jobs.c.id).where(jobs.c.awaits_batch_id == batches.c.id).exists()
    found = (
        select(batches.c.id)
        .where(batches.c.outcome.is_not(None), ~member, ~awaited, ~_owes(batches.c.id), *where)
        .order_by(batches.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = connection.execute(found).scalars().all()
    if not ids:
        return Counter()
    return Counter(
        deliveries=_delete(connection, deliveries, deliveries.c.owner_id.in_(ids)),
        events=_delete(connection, events, events.c.batch_id.in_(ids), events.c.job_id.is_(None)),
        batches=_delete(connection, batches, batches.c.id.in_(ids)),
    )


def _owes(owner_id: Column[str]) -> ColumnElement[bool]:
    owed = (deliveries.c.owner_id == owner_id, OPEN)
    return select(deliveries.c.id).where(*owed).exists()


def _delete(connection: Connection, table: Table, *where: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(*where)).rowcount
