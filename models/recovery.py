"""Recovery: what a lost message, a dead worker or a wiped Redis left open is put back in line.

Any number of processes may sweep at once: one of them gets the turn, and every change is a
conditional update, so a second sweep finds nothing left to do.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from models.claims import HELD
from models.clock_jumps import excuse, put_back
from models.crashes import AT_ONCE, MAX_LAPSES, back_in_line, change_some, count_crashes, note
from models.database import clock, once
from models.ends import UNHELD, cancel
from models.inserting import insert_or
from models.nesting import free_followers
from models.questions import free_questions
from models.redo import submit_redos
from models.schema import batches, jobs, marks
from models.stopping import SENT
from models.submission import seal_batch
from models.tables.columns import indexed

SWEEP = "sweep"

ASKED = indexed("jobs.cancel_requested AND jobs.finished_at_ms IS NULL")
ABANDONED_AFTER_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Swept:
    """How many jobs a sweep put back (`revived`), sent again, quarantined, or had redone by another."""

    revived: int = 0
    resent: int = 0
    quarantined: int = 0
    redone: int = 0


def take_turn(connection: Connection, *, every_ms: int, grace_ms: int) -> bool:
    """True for the one caller whose turn it is to sweep.

    If nobody swept for a long time (the database or the whole fleet was away, or its clock was put
    forward), living workers first get `grace_ms` to renew their leases: an outage must not look like so
    many crashes. If the clock was put back, all that was to come is put back with it.
    """
    connection.execute(insert_or(connection, marks).on_conflict_do_nothing(), {"name": SWEEP, "value": 0})
    last = connection.execute(
        select(marks.c.value).where(marks.c.name == SWEEP).with_for_update()
    ).scalar_one()
    now = clock(connection)  # after whoever had the lock before us, or it would seem to have gone back
    if 0 <= now - last < every_ms:
        return False
    connection.execute(update(marks).where(marks.c.name == SWEEP).values(value=now))
    if now < last:
        put_back(connection, last, now)
    elif now - last > grace_ms + every_ms:
        excuse(connection, now, grace_ms)
    return True


def sweep(connection: Connection) -> Swept:
    """One pass over everything whose time is up. The caller admits and sends afterwards."""
    now = clock(connection)
    orphaned = HELD & (jobs.c.lease_until_ms < now) & jobs.c.holder.is_not(None)
    revived, quarantined = count_crashes(connection, orphaned, now, most=MAX_LAPSES)
    resent = _free_unclaimed(connection, now)
    _cancel_asked(connection, now)
    free_questions(connection, now)
    _seal_abandoned(connection, now)
    free_followers(connection, now)
    return Swept(revived, resent, quarantined, submit_redos(connection, now))


def _free_unclaimed(connection: Connection, now: int) -> int:
    """A message that no worker took in time: the job waits for a new one. Nobody is to blame."""
    over = jobs.c.lease_until_ms < now
    rows = change_some(connection, SENT & over, {"lease_until_ms": None})
    rows += change_some(connection, HELD & over & jobs.c.holder.is_(None), back_in_line())
    note(connection, rows, "Its message was not taken in time; it is sent again.", now)
    return len(rows)


def _cancel_asked(connection: Connection, now: int) -> None:
    """Jobs whose worker died, or gave them back, between being asked to cancel and hearing of it."""
    free = select(jobs.c.id).where(ASKED, UNHELD).limit(AT_ONCE).with_for_update(skip_locked=True)
    cancel(connection, jobs.c.id.in_(once(free)), now=now)


def _seal_abandoned(connection: Connection, now: int) -> None:
    """Batches whose submitter died between two chunks: what came of them is all that will come."""
    silent = (~batches.c.sealed, batches.c.fed_at_ms < now - ABANDONED_AFTER_MS)
    abandoned = select(batches.c.id).where(*silent).order_by(batches.c.id).limit(AT_ONCE)
    for batch_id in connection.execute(abandoned).scalars().all():
        seal_batch(connection, batch_id)


def free_all_sent(connection: Connection) -> int:
    """Redis was wiped: no message that was on its way is there any more, so none is waited for."""
    return connection.execute(update(jobs).where(SENT).values(lease_until_ms=None, sends=0)).rowcount
