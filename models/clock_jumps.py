"""Clock jumps: what a sweep does when the database's own clock, the only one that counts, was put elsewhere.

Put forward, all leases end at once, as after an outage, and nobody is to blame: whoever lives gets a grace
to renew. What was delayed starts sooner, by as much as the clock was put forward.

Put back, every moment that was to come would be that much further away; so it is put back as well. A job is
late by one sweep at most, and a rate may be used up once more than its period allows.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, update

from models.claims import HELD
from models.deliveries import OPEN
from models.schema import batches, deliveries, jobs, workers
from models.tables.columns import indexed

LEASED = indexed("jobs.lease_until_ms IS NOT NULL")
DELAYED = indexed("jobs.state IN ('scheduled', 'retrying')")
IN_LINE = indexed("jobs.state = 'waiting'")


def excuse(connection: Connection, now: int, grace_ms: int) -> None:
    """Nobody could be heard of for long: living workers get `grace_ms`, and batches being fed their time."""
    late = (HELD, jobs.c.lease_until_ms < now)
    connection.execute(update(jobs).where(*late).values(lease_until_ms=now + grace_ms))
    connection.execute(update(batches).where(~batches.c.sealed).values(fed_at_ms=now))


def put_back(connection: Connection, last: int, now: int) -> None:
    """The clock went back from `last`, or later, to `now`.

    What lay in the future then does so by as much now; what was written since the jump is left alone.
    Who stands in line keeps his place before those who come now.
    """
    by_ms = last - now
    began = func.coalesce(jobs.c.started_at_ms, jobs.c.created_at_ms)
    is_older = (jobs.c.due_at_ms > last) | ((jobs.c.due_at_ms > now) & (began > now))
    moved = {
        jobs.c.lease_until_ms: LEASED & (jobs.c.lease_until_ms > last),
        jobs.c.due_at_ms: (DELAYED & is_older) | (IN_LINE & (jobs.c.due_at_ms > now)),
        deliveries.c.lease_until_ms: deliveries.c.lease_until_ms > last,
        workers.c.seen_at_ms: workers.c.seen_at_ms > now,
    }
    for column, where in moved.items():
        connection.execute(update(column.table).where(where).values({column: column - by_ms}))
    told = func.coalesce(deliveries.c.told_at_ms, deliveries.c.created_at_ms)
    owed = (OPEN, told > now)
    connection.execute(update(deliveries).where(*owed).values(told_at_ms=told - by_ms))
