"""Redoing: what a stand-in answered while a model was away is asked of the model itself, when it is back.

An answer's `redo_job_id` is set in the transaction that submits that job, so no answer is redone twice, and
the next sweep looks only at those that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    insert,
    not_,
    select,
    update,
)

from models.breakers import CLOSED, OPEN
from models.database import new_id
from models.lanes import LaneKey, lane_ids
from models.marks import get_mark, set_mark
from models.schema import answers, breakers, jobs, lanes
from models.states import Priority, State
from models.tables.columns import indexed
from models.timeline import Entry, record

AT_ONCE = 100  # of a sweep: nobody waits for them
LOOKED_AT = 1_000  # answers of a sweep, in turn, however many there are of models that are still away
TURN = "redo"
TURN_DIGITS = 13  # an id begins with its time in microseconds, which fits into a mark

DEGRADED = indexed("answers.degraded AND answers.redo_job_id IS NULL")
COPIED = (
    *("tenant_id", "content_id", "external_id", "analysis", "pipeline", "queue", "model", "first_step"),
    *("prompt_version", "estimated_tokens", "estimated_micro", "max_attempts", "timeout_ms"),
)
NOTED = (
    update(answers).where(answers.c.job_id == bindparam("of_job")).values(redo_job_id=bindparam("redone_by"))
)


def submit_redos(connection: Connection, now: int) -> int:
    """A job of low priority for each degraded answer whose model may be asked again; gives how many.

    They cost no credits, for the jobs whose answers they replace have been paid for.
    """
    found = _degraded(connection, now)
    if not found:
        return 0
    keys = {row.id: LaneKey(row.tenant_id, row.queue, row.source, row.model, Priority.LOW) for row in found}
    known = lane_ids(connection, set(keys.values()))
    rows = [_job_row(row, known[keys[row.id]], now) for row in found]
    connection.execute(insert(jobs), rows)
    connection.execute(NOTED, [{"of_job": row["redoes_job_id"], "redone_by": row["id"]} for row in rows])
    told = "Asks the model again for what was answered in its place while it was away."
    record(connection, [Entry(r["tenant_id"], r["id"], None, State.WAITING, 0, told) for r in rows], now)
    return len(rows)


def _degraded(connection: Connection, now: int) -> list[Any]:
    """Completed jobs with a degraded answer that nobody redoes yet and whose provider is not away."""
    reached = get_mark(connection, TURN) or 0
    seen = _next_in_turn(connection, reached)
    query = (
        select(jobs.c.id, *(jobs.c[name] for name in COPIED), lanes.c.source)
        .join(answers, answers.c.job_id == jobs.c.id)
        .join(lanes, lanes.c.id == jobs.c.lane_id)
        .where(
            DEGRADED, answers.c.job_id.in_(seen), jobs.c.state == State.COMPLETED, *_not_away(connection, now)
        )
        .order_by(answers.c.job_id)
        .limit(AT_ONCE)
    )
    rows = connection.execute(query.with_for_update(of=answers, skip_locked=True)).all() if seen else []
    if len(rows) == AT_ONCE:
        _note_turn(connection, rows[-1].id)
    elif reached or len(seen) == LOOKED_AT:
        _note_turn(connection, seen[-1] if len(seen) == LOOKED_AT else None)
    return list(rows)


def _next_in_turn(connection: Connection, reached: int) -> Sequence[str]:
    behind = answers.c.job_id > f"{reached:0{TURN_DIGITS}x}" + "f" * TURN_DIGITS
    query = select(answers.c.job_id).where(DEGRADED).order_by(answers.c.job_id).limit(LOOKED_AT)
    return connection.execute(query.where(behind) if reached else query).scalars().all()


def _note_turn(connection: Connection, last: str | None) -> None:
    """The next sweep looks at what is behind this job's answer; after the last one at the first again."""
    set_mark(connection, TURN, int(last[:TURN_DIGITS], 16) if last else 0)


def _not_away(connection: Connection, now: int) -> list[ColumnElement[bool]]:
    """Its breaker is closed, or it is time for a probe: without one it would never close."""
    may_try = and_(breakers.c.state == OPEN, breakers.c.retry_at_ms <= now)
    away = select(breakers.c.name).where(breakers.c.state != CLOSED, not_(may_try))
    names = connection.execute(away).scalars().all()
    providers = [name.partition(":")[2] for name in names if name.startswith("llm:")]
    return [~jobs.c.model.startswith(f"{provider}/", autoescape=True) for provider in providers]


def _job_row(row: Any, lane_id: int, now: int) -> dict[str, Any]:
    own = {
        "id": new_id(),
        "redoes_job_id": row.id,
        "lane_id": lane_id,
        "priority": Priority.LOW,
        "state": State.WAITING,
        "step": row.first_step,
        "channels": [],
        "due_at_ms": now,
        "created_at_ms": now,
    }
    return own | {name: getattr(row, name) for name in COPIED}


def replace_degraded(connection: Connection, redone: dict[str, dict[str, Any]]) -> None:
    """Put new answers, by the id of the job that they redo, in place of the degraded ones."""
    if not redone:
        return
    columns = (
        "answer",
        "schema_version",
        "prompt_version",
        "provider",
        "model",
        "reply_ids",
        "created_at_ms",
    )
    values = {name: bindparam(f"new_{name}", type_=answers.c[name].type) for name in columns}
    statement = update(answers).where(answers.c.job_id == bindparam("of_job"), answers.c.degraded)
    rows = [
        {"of_job": job_id, **{f"new_{name}": row[name] for name in columns}}
        for job_id, row in sorted(redone.items())
    ]
    connection.execute(statement.values(**values, degraded=False), rows)
