"""The feed: the timeline as a stream. Nothing in it is missed, doubled, or told before what came first.

PostgreSQL numbers an event before it commits, so a higher number may be seen before a lower one. Whoever
writes an event holds a lock on its table until the end of the transaction, though: once all who held one
when a number was seen are through, every number up to it is there or never will be. SQLite has one writer
at a time, and the events of one job come one after the other on both, for each changes the job's row first.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select, text

from models.schema import events

SETTLE_S = 0.25  # how long a reader waits for the writers that were there before it
LOOK_EVERY_S = 0.002
NEWEST = select(func.coalesce(func.max(events.c.id), 0))
WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' "
    "AND relation = 'events'::regclass "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@dataclass(frozen=True, slots=True)
class Which:
    """Whose events: one job's, or one batch's and its members', or a tenant's, or all there are."""

    tenant_id: str | None = None
    job_id: str | None = None
    batch_id: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A transition of a job, or of a batch where there is no `job_id`; `number` is its place in the feed."""

    number: int
    tenant_id: str
    job_id: str | None
    batch_id: str | None
    state: str
    generation: int
    message: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some events in their order, and the number after which to read on.

    `reached_end` says that there were no more of them when it was read.
    """

    events: list[Event]
    cursor: int
    reached_end: bool


def since(connection: Connection, cursor: int, which: Which, *, limit: int) -> Page:
    """The first `limit` events after that number, each once and in order, whoever writes meanwhile."""
    if which.job_id is not None:
        found = _read(connection, which, events.c.id > cursor, limit)
        return Page(found, found[-1].number if found else cursor, len(found) < limit)
    newest = settled(connection)
    if newest is None:
        return Page([], cursor, reached_end=False)
    found = _read(connection, which, events.c.id.between(cursor + 1, newest), limit)
    if len(found) == limit:
        return Page(found, found[-1].number, reached_end=False)
    return Page(found, max(newest, cursor), reached_end=True)


def newest_number(connection: Connection) -> int:
    """The highest number there is; lower ones may still come."""
    return int(connection.execute(NEWEST).scalar_one())


def settled(connection: Connection) -> int | None:
    """A number up to which all that will ever be there is there; None if a writer holds it open for long."""
    newest = newest_number(connection)
    if connection.dialect.name != "postgresql":
        return newest
    deadline = time.monotonic() + SETTLE_S
    before = _writers(connection)
    while before:
        if time.monotonic() > deadline:
            return None
        time.sleep(LOOK_EVERY_S)
        before &= _writers(connection)
    return newest


def _read(connection: Connection, which: Which, numbered: ColumnElement[bool], limit: int) -> list[Event]:
    query = select(*events.c).where(numbered, *_of(which)).order_by(events.c.id).limit(limit)
    return [Event(*row) for row in connection.execute(query)]


def _writers(connection: Connection) -> set[str]:
    return set(connection.execute(WRITERS).scalars())


def _of(which: Which) -> list[ColumnElement[bool]]:
    named = {events.c.tenant_id: which.tenant_id, events.c.job_id: which.job_id}
    named[events.c.batch_id] = which.batch_id
    return [column == value for column, value in named.items() if value is not None]
