"""Proofs: what the database says of the jobs a test submitted. Nothing here asks a worker."""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from models.database import clock, reading
from models.schema import answers, batches, deliveries, events, jobs
from models.states import TERMINAL
from settings import get_settings


@dataclass(frozen=True)
class Held:
    """A job in a worker's hands, or its message on the way, at the moment of a fault."""

    job_id: str
    generation: int
    lease_until_ms: int


@dataclass(frozen=True)
class Proof:
    """Everything that must be nothing, and what else is worth telling."""

    accepted: int
    states: Counter[str]
    open: int  # neither completed, failed nor cancelled
    doubled: list[str]  # jobs that completed more than once
    unanswered: list[str]  # completed without an answer, or answered without having completed
    miscounted: list[str]  # batches whose counts are not their members'
    misdelivered: list[str]  # jobs and batches whose deliveries are not one per event and channel
    retried: int  # attempts that failed
    crashed: int  # jobs whose worker died at least once
    crashes: int  # such deaths, of all jobs together

    def assert_sound(self, accepted: int) -> None:
        """Nothing lost, nothing doubled, nothing miscounted, nothing left open."""
        assert self.accepted == accepted, self
        assert self.open == 0, self
        assert not self.doubled, self
        assert not self.unanswered, self
        assert not self.miscounted, self
        assert not self.misdelivered, self

    def assert_all_completed(self, accepted: int) -> None:
        """Sound, and no innocent job failed."""
        self.assert_sound(accepted)
        assert self.states == {"completed": accepted}, self


def proof() -> Proof:
    """The proof for all jobs in the database."""
    with reading() as connection:
        rows = connection.execute(select(*jobs.c)).all()
        completions = _count_events(connection, "completed")
        answered = set(connection.execute(select(answers.c.job_id)).scalars())
        owed = connection.execute(select(*deliveries.c)).all()
        groups = connection.execute(select(*batches.c)).all()
    completed = {row.id for row in rows if row.state == "completed"}
    return Proof(
        accepted=len(rows),
        states=Counter(row.state for row in rows),
        open=sum(row.state not in TERMINAL for row in rows),
        doubled=[job_id for job_id, times in completions.items() if times > 1],
        unanswered=sorted(completed ^ answered),
        miscounted=[group.id for group in groups if not _counted_right(group, rows)],
        misdelivered=_misdelivered(rows, groups, owed),
        retried=sum(row.failure_count for row in rows),
        crashed=sum(row.crash_count > 0 for row in rows),
        crashes=sum(row.crash_count for row in rows),
    )


def held_by(pid: int) -> list[Held]:
    """The jobs that the worker with this process id holds now."""
    mine = (jobs.c.state == "running", jobs.c.holder.like(f"%:{pid}:%"))
    with reading() as connection:
        return _helds(connection.execute(select(*jobs.c).where(*mine)).all())


def on_their_way() -> list[Held]:
    """The jobs whose messages are in the broker, or offered from one worker to another."""
    sent = (jobs.c.lease_until_ms.is_not(None), jobs.c.holder.is_(None))
    with reading() as connection:
        return _helds(connection.execute(select(*jobs.c).where(*sent)).all())


def running_now() -> int:
    with reading() as connection:
        return int(
            connection.execute(
                select(func.count()).select_from(jobs).where(jobs.c.state == "running")
            ).scalar_one()
        )


def open_now() -> int:
    with reading() as connection:
        left = select(func.count()).select_from(jobs).where(jobs.c.state.not_in(TERMINAL))
        return int(connection.execute(left).scalar_one())


def now_ms() -> int:
    with reading() as connection:
        return clock(connection)


def transaction_is_stuck() -> bool:
    """True where SQLite's only writer is a process that was stopped in the middle of its transaction.

    PostgreSQL itself ends such a transaction after a lease; there, what was under way is waited for.
    """
    if not get_settings().is_sqlite:
        time.sleep(0.5)
        return False
    file = get_settings().sql_url.removeprefix("sqlite:///")
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=0.5)) as probe:
            probe.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    return not _turn_comes(Path(f"{file}-turn"))


def _turn_comes(file: Path) -> bool:
    """True if the writers' turn is free within half a second; a process stopped in its turn keeps it."""
    with file.open("a") as handle:
        for _ in range(50):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            time.sleep(0.01)
    return False


def lateness_ms(lost: Iterable[Held]) -> list[int]:
    """How long after its lease's end each job ran again; jobs that did not have to are left out."""
    since = {held.job_id: held for held in lost}
    late: dict[str, int] = {}
    with reading() as connection:
        begun = (
            select(*events.c)
            .where(events.c.state == "running", events.c.job_id.in_(since))
            .order_by(events.c.id)
        )
        for row in connection.execute(begun):
            held = since[row.job_id]
            if row.generation > held.generation:
                late.setdefault(row.job_id, row.at_ms - held.lease_until_ms)
    return sorted(late.values())


def timeline(job_ids: Sequence[str]) -> list[Any]:
    """The events of these jobs in the order they were written."""
    with reading() as connection:
        wanted = select(*events.c).where(events.c.job_id.in_(job_ids)).order_by(events.c.id)
        return list(connection.execute(wanted).all())


def most_at_once(job_ids: Sequence[str]) -> int:
    """The most of these jobs that were running at one moment, by the timeline."""
    running: set[str] = set()
    most = 0
    for event in timeline(job_ids):
        if event.state == "running":
            running.add(event.job_id)
        else:
            running.discard(event.job_id)
        most = max(most, len(running))
    return most


def _helds(rows: Iterable[Any]) -> list[Held]:
    return [Held(row.id, row.generation, row.lease_until_ms) for row in rows]


def _count_events(connection: Any, state: str) -> dict[str, int]:
    rows = connection.execute(
        select(events.c.job_id, func.count())
        .where(events.c.state == state, events.c.job_id.is_not(None))
        .group_by(events.c.job_id)
    )
    return {row[0]: row[1] for row in rows}


def _counted_right(group: Any, rows: Sequence[Any]) -> bool:
    members = Counter(row.state for row in rows if row.batch_id == group.id)
    counted = (group.completed, group.failed, group.cancelled, group.total)
    return counted == (
        members["completed"],
        members["failed"],
        members["cancelled"],
        members.total(),
    )


def _misdelivered(rows: Sequence[Any], groups: Sequence[Any], owed: Sequence[Any]) -> list[str]:
    """Jobs and batches that ended without exactly one delivery of their end to each of their channels."""
    told = Counter((row.owner_id, row.event, row.channel) for row in owed)
    wanted = Counter(
        (row.id, f"job.{row.state}", channel)
        for row in rows
        if row.state in TERMINAL
        for channel in row.channels
    )
    wanted.update(
        (group.id, f"batch.{group.outcome}", channel)
        for group in groups
        if group.outcome is not None
        for channel in group.channels
    )
    return sorted({key[0] for key in (told - wanted) | (wanted - told)})
