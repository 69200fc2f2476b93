"""Crashes: a worker died holding a job. The job runs again, until it is plain that it does the killing.

Crashes are counted apart from failures, for a job that merely stood beside the one that killed
their worker has done nothing wrong.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from models.database import once
from models.ends import after_end, ended
from models.schema import jobs
from models.states import State
from models.timeline import Entry, record

MAX_CRASHES = 3  # deaths seen of the process in which it ran alone, from its second try on
MAX_LAPSES = 10  # leases that ended in silence: most are other people's kills, but not without end
AT_ONCE = 1_000  # rows changed by one statement, so no transaction grows long
ORPHANED = "Its worker died or fell silent; it waits to run again, alone in a process of its own."
QUARANTINED = f"Its worker died at least {MAX_CRASHES} times while holding it, so it is not tried again."


def count_crashes(
    connection: Connection, where: ColumnElement[bool], now: int, *, most: int = MAX_CRASHES
) -> tuple[int, int]:
    """Put the jobs back in line, or quarantine those whose count gets to `most`; gives how many of each.

    A job whose worker died once runs alone. If then the whole worker goes silent, the job can hardly be
    to blame: that happens when somebody kills workers again and again, and takes `MAX_LAPSES` of them.
    """
    last = jobs.c.crash_count >= most - 1
    told = ended(State.FAILED, now) | {"error_class": "internal", "error_message": QUARANTINED}
    again = back_in_line() | {"step": jobs.c.first_step}
    crashed = {"generation": jobs.c.generation + 1, "crash_count": jobs.c.crash_count + 1}
    quarantined = change_some(connection, where & last, told | crashed)
    after_end(connection, quarantined, State.FAILED, now)
    revived = change_some(connection, where & ~last, again | crashed)
    note(connection, revived, ORPHANED, now)
    return len(revived), len(quarantined)


def back_in_line() -> dict[str, Any]:
    """The values that make a running job wait again, with every older message fenced off."""
    free = {"holder": None, "lease_until_ms": None}
    return free | {"state": State.WAITING, "generation": jobs.c.generation + 1}


def change_some(connection: Connection, where: ColumnElement[bool], values: dict[str, Any]) -> list[Any]:
    """Change up to `AT_ONCE` matching jobs that no other transaction is changing; gives their rows."""
    found = select(jobs.c.id).where(where).limit(AT_ONCE).with_for_update(skip_locked=True)
    changed = update(jobs).where(jobs.c.id.in_(once(found)), where).values(values).returning(*jobs.c)
    return list(connection.execute(changed).all())


def note(connection: Connection, rows: list[Any], message: str | None, now: int) -> None:
    """Write the rows' present state into the timeline."""
    record(
        connection,
        [Entry(r.tenant_id, r.id, r.batch_id, r.state, r.generation, message) for r in rows],
        now,
    )
