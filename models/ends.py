"""Ends: what every end of a job brings with it, and how jobs that no worker holds are cancelled.

The batches of jobs that ended are counted when all else of the transaction is done (`models.batches`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, update

from models.causes import fingerprint
from models.credits import note_ended as note_metered
from models.database import conclusions
from models.owed import News, owe
from models.schema import jobs
from models.states import State
from models.tables.columns import indexed
from models.timeline import Entry, record

NOTED, ORPHANED = "ended members", "jobs cancelled while their batches were under way"
ON_REQUEST = "Cancelled on request."
UNHELD = indexed(
    "(jobs.state IN ('scheduled', 'waiting', 'retrying') OR (jobs.state = 'running' AND jobs.holder IS NULL))"
)


@dataclass(frozen=True, slots=True)
class Ended:
    """A member that reached a terminal state in this transaction."""

    batch_id: str | None
    state: str


def note_ended(connection: Connection, ended: Iterable[Ended], now: int) -> None:
    """Members that ended in this transaction; they are counted at its end, whatever else it does.

    So every transaction locks jobs before batches, and batches in the order of their ids.
    """
    assert conclusions, "import models.batches, else nobody counts them"
    connection.info.setdefault(NOTED, []).extend((member, now) for member in ended if member.batch_id)


def note_orphans(connection: Connection, cancelled: Iterable[Any], now: int) -> None:
    """Of these jobs, cancelled in this transaction, the batches they opened end with them."""
    orphans = connection.info.setdefault(ORPHANED, {})
    orphans |= {row.id: now for row in cancelled if row.awaits_batch_id is not None}


def cancel(
    connection: Connection, *where: ColumnElement[bool], now: int, reason: str = ON_REQUEST
) -> list[Any]:
    """Cancel the matching jobs that no worker holds, for good: every message of theirs is fenced off."""
    told = {"error_class": "cancelled", "error_message": reason, "gate": None, "waits_for": None}
    fenced_off = {"generation": jobs.c.generation + 1}
    values = ended(State.CANCELLED, now) | told | fenced_off
    rows = connection.execute(update(jobs).where(*where, UNHELD).values(values).returning(*jobs.c)).all()
    after_end(connection, rows, State.CANCELLED, now)
    return list(rows)


def ended(state: State, now: int) -> dict[str, Any]:
    free = {"holder": None, "lease_until_ms": None, "waits_for": None}
    return free | {"state": state, "finished_at_ms": now}


def after_end(connection: Connection, rows: Sequence[Any], state: str, now: int) -> None:
    """What every end of a job brings with it: its timeline, its owed deliveries, its batch's count."""
    record(
        connection,
        [Entry(r.tenant_id, r.id, r.batch_id, state, r.generation, r.error_message) for r in rows],
        now,
    )
    owe(connection, [News(r.tenant_id, r.id, f"job.{state}", r.channels) for r in rows if r.channels], now)
    if state == State.CANCELLED:
        note_orphans(connection, rows, now)
    if state == State.FAILED:
        _name_causes(connection, rows)
    note_ended(connection, [Ended(r.batch_id, state) for r in rows], now)
    note_metered(connection, rows, state)


def _name_causes(connection: Connection, rows: Sequence[Any]) -> None:
    """Failures of one cause can be found, retried and discarded together; see `models.causes`."""
    told = [
        {"which": r.id, "cause": fingerprint(r.analysis, r.error_class, r.error_message or "")} for r in rows
    ]
    if told:
        named = update(jobs).where(jobs.c.id == bindparam("which")).values(fingerprint=bindparam("cause"))
        connection.execute(named, told)
