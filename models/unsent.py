"""Unsent: what admission let through and nobody began goes back, and its rates do not count it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, literal, tuple_, update

from models.claims import Fence, fenced
from models.gatehouse import limit_keys
from models.lanes import lane_key
from models.limits import Key, return_unused
from models.schema import jobs
from models.states import State
from models.stopping import SENT
from models.timeline import Entry, record

AT_ONCE = 1_000  # named in one statement
PUT_OFF = "Put off by its worker, which cannot run it now; nothing is counted."


def unsend(connection: Connection, sent: Sequence[tuple[str, int]], sent_at_ms: int) -> None:
    """Make jobs wait again whose messages could not be sent, unless they have moved on."""
    rows: list[Any] = []
    for begin in range(0, len(sent), AT_ONCE):
        stuck = tuple_(jobs.c.id, jobs.c.generation).in_(sent[begin : begin + AT_ONCE]) & SENT
        freed = update(jobs).where(stuck).values(lease_until_ms=None, sends=0)
        told = (jobs.c.lane_id, jobs.c.stand_in, jobs.c.estimated_tokens)
        rows += connection.execute(freed.returning(*told)).all()
    _return_rates(connection, rows, sent_at_ms)


def put_off(
    connection: Connection, held: Iterable[tuple[Fence, int]], *, holder: str, now: int
) -> set[Fence]:
    """Return jobs that this worker cannot run, each to start again in so many ms; gives those it held."""
    waits: dict[int, list[Fence]] = defaultdict(list)
    for fence, wait_ms in held:
        waits[wait_ms].append(fence)
    rows: list[Any] = []
    for wait_ms, fences in waits.items():
        again = {
            "state": State.SCHEDULED,
            "holder": None,
            "lease_until_ms": None,
            "step": jobs.c.first_step,
            "generation": jobs.c.generation + 1,
            "due_at_ms": literal(now + wait_ms, BigInteger),
        }
        changed = update(jobs).where(fenced(fences, holder)).values(again).returning(*jobs.c)
        rows += connection.execute(changed).all()
    told = [Entry(r.tenant_id, r.id, r.batch_id, r.state, r.generation, PUT_OFF) for r in rows]
    record(connection, told, now)
    for row in rows:
        _return_rates(connection, [row], row.started_at_ms)
    return {Fence(row.id, row.generation - 1) for row in rows}


def _return_rates(connection: Connection, rows: Sequence[Any], counted_at_ms: int) -> None:
    """What was counted for these jobs at that time counts no more, else nothing could take their place."""
    keys = {lane_id: lane_key(connection, lane_id) for lane_id in {row.lane_id for row in rows}}
    unused: Counter[Key] = Counter()
    for row in rows:
        for key in limit_keys(keys[row.lane_id].answered_by(row.stand_in)):
            unused[key] += row.estimated_tokens if key[0] == "model" else 1
    return_unused(connection, unused, counted_at_ms)
