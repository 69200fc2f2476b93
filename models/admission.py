"""Admission: the one gate every job passes, decided in SQL before a message exists.

Redis only ever holds what is about to run, so waiting costs nothing and a lost Redis loses next to
nothing. Admissions take turns over the whole fleet; each fills the window once, in bulk:

    by priority, but one in ten goes to whoever has waited longest, once that is ten minutes
    then by the tenant whose last turn is longest ago, one job a turn
    then first in, first out, as far as the gates allow (`models.gatehouse`)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    bindparam,
    case,
    func,
    select,
    text,
    update,
)

from models.crashes import change_some, note
from models.database import clock
from models.gatehouse import Gatehouse
from models.gates import Candidate
from models.lanes import ELIGIBLE, Lane, in_flight, open_lanes
from models.picking import Picked, Read, pick
from models.schema import jobs, tenants
from models.states import State
from models.stopping import not_being_stopped
from models.tables.columns import indexed
from models.window import Window

ADMISSION_LOCK = 0x6715  # any constant: PostgreSQL's advisory lock for whose turn it is
LONGEST_DOUBLING = 5  # an untaken message is waited for 1, 2, 4 … 32 leases before it is sent anew

# Statistics lag behind a queue: with a backlog that came since, PostgreSQL would read all of its rows.
TAKE_TURN = text("SELECT set_config('enable_seqscan', 'off', true), pg_advisory_xact_lock(:key)")

DUE = indexed("jobs.state IN ('scheduled', 'retrying')")
NEXT_DUE = select(func.min(jobs.c.due_at_ms)).where(DUE)

# Built once: what every admission executes is not composed each time.
CANDIDATE = ("id", "due_at_ms", "analysis", "estimated_tokens", "estimated_micro", "price_credits")
TRIES = (jobs.c.failure_count + jobs.c.limit_count).label("tries")
IN_LINE: Select[Any] = (
    select(
        *(jobs.c[name] for name in (*CANDIDATE, "reserved_credits", "redoes_job_id")),
        TRIES,
        jobs.c.crash_count,
    )
    .where(ELIGIBLE, jobs.c.lane_id == bindparam("lane"), not_being_stopped())
    .order_by(jobs.c.due_at_ms, jobs.c.id)
    .limit(bindparam("many"))
)
# How long a message may go untaken: doubled for each time before, for all workers may be busy.
DOUBLINGS = case((jobs.c.sends > LONGEST_DOUBLING, LONGEST_DOUBLING), else_=jobs.c.sends)
PATIENCE_MS = bindparam("lease", type_=BigInteger).op("<<")(DOUBLINGS)
LEASE = (
    update(jobs)
    .where(jobs.c.id.in_(bindparam("picked", expanding=True)), ELIGIBLE)
    .values(
        generation=jobs.c.generation + 1,
        sends=jobs.c.sends + 1,
        stand_in=bindparam("answered_by"),
        lease_until_ms=bindparam("sent_at", type_=BigInteger) + PATIENCE_MS,
    )
    .returning(jobs.c.id, jobs.c.generation, jobs.c.pipeline, jobs.c.step)
)
NOTE_TURN = update(tenants).where(tenants.c.id == bindparam("which")).values(turn=bindparam("at_turn"))

NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Admitted:
    """A job whose message is to be sent now; the message carries its id and generation only."""

    job_id: str
    generation: int
    pipeline: str
    step: str


@dataclass(frozen=True, slots=True)
class Round:
    """What one admission let through, and when the next can let through more without anything ending.

    `ahead` is how many are sent or running beyond the threads there are.
    """

    admitted: list[Admitted]
    again_at_ms: int | None
    now_ms: int
    ahead: int

    @property
    def again_in_ms(self) -> int | None:
        return None if self.again_at_ms is None else max(self.again_at_ms - self.now_ms, 0)


def admit(
    connection: Connection, *, lease_ms: int, worker_alive_ms: int, stand_ins: Mapping[str, str] = NOBODY
) -> Round:
    """Fill the window with the jobs whose turn it is.

    `stand_ins` says for which analyses somebody answers while their model is away: a chain of `local` and
    other models, of whom the first that is not away does. The others wait.
    Each gets a new generation and a lease on its message: if no worker takes it in time, it is
    admitted again. The caller commits first and sends after; a lost sending is the lease's matter.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(TAKE_TURN, {"key": ADMISSION_LOCK})
    now = clock(connection)
    next_due_ms = _wake(connection, now)
    lanes = open_lanes(connection)
    flying = in_flight(connection)
    window = Window(connection, sum(flying.values()), now, worker_alive_ms)
    room = window.room if lanes else 0
    gates = Gatehouse(connection, [lane.key for lane in lanes], flying, now, admits=True)
    picked = pick(_reader(connection), lanes, gates, room, window.turns, now, stand_ins)
    if unprobed := gates.lanes_without_probe(lanes):  # nobody in them was picked, so nobody is twice
        pick(_reader(connection), unprobed, gates, room, window.turns, now, stand_ins, picked)
    rows = _send(connection, picked, lease_ms, now)
    gates.save({row.id for row in rows})
    _note_turns(connection, picked, window.turns)
    window.save(connection, admitted=len(rows), turns=len(picked.jobs))
    later = [at_ms for at_ms in (picked.again_at_ms, next_due_ms) if at_ms is not None]
    admitted = [Admitted(row.id, row.generation, row.pipeline, row.step) for row in rows]
    return Round(admitted, min(later, default=None), now, window.ahead(len(rows)))


def _wake(connection: Connection, now: int) -> int | None:
    """Let in scheduled starts and retries whose time has come; gives when the next one's comes."""
    next_due_ms: int | None = connection.execute(NEXT_DUE).scalar()
    if next_due_ms is None or next_due_ms > now:
        return next_due_ms
    rows = change_some(
        connection, DUE & (jobs.c.due_at_ms <= now), {"state": State.WAITING, "waits_for": None}
    )
    note(connection, rows, None, now)
    return connection.execute(NEXT_DUE).scalar()


def _reader(connection: Connection) -> Read:
    """Reads the next candidates of a lane, in order, after the last one read."""

    def read(
        lane: Lane, after: Candidate | None, many: int, only: Collection[str] | None, without_lonely: bool
    ) -> list[Candidate]:
        query = IN_LINE
        if without_lonely:
            query = query.where(jobs.c.crash_count == 0)
        if only is not None:
            query = query.where(jobs.c.analysis.in_(sorted(only)), jobs.c.redoes_job_id.is_(None))
        if after is not None:
            beyond = (jobs.c.due_at_ms > after.due_at_ms) | (
                (jobs.c.due_at_ms == after.due_at_ms) & (jobs.c.id > after.job_id)
            )
            query = query.where(jobs.c.due_at_ms >= after.due_at_ms, beyond)
        rows = connection.execute(query, {"lane": lane.id, "many": many}).all()
        return [Candidate(row.id, row.due_at_ms, lane.key, *row[2:]) for row in rows]

    return read


def _send(connection: Connection, picked: Picked, lease_ms: int, now: int) -> list[Any]:
    """Lease the picked jobs' messages; gives their rows in the order in which they are to go."""
    if not picked.jobs:
        return []
    order = {job.job_id: place for place, job in enumerate(picked.jobs)}
    by_stand_in: dict[str | None, list[str]] = {}
    for job in picked.jobs:
        by_stand_in.setdefault(picked.stand_ins.get(job.job_id), []).append(job.job_id)
    rows: list[Any] = []
    for stand_in, ids in by_stand_in.items():
        told = {"picked": ids, "answered_by": stand_in, "sent_at": now, "lease": lease_ms}
        rows += connection.execute(LEASE, told).all()
    return sorted(rows, key=lambda row: order[row.id])


def _note_turns(connection: Connection, picked: Picked, turns: int) -> None:
    if picked.last_turns:
        told = [{"which": t, "at_turn": turns + turn} for t, turn in sorted(picked.last_turns.items())]
        connection.execute(NOTE_TURN, told if len(told) > 1 else told[0])
