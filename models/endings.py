"""Endings: how an attempt ends, with every effect that belongs to it in the same transaction.

The job's row is changed first, under its fence; only for the rows that changed does anything else
happen. So an answer, a count or an owed delivery can neither be lost nor doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Table, bindparam, tuple_, update

from models.breakers import BadCall
from models.calls import note_failed
from models.claims import HELD, Fence, fenced
from models.ends import after_end, cancel, ended
from models.inserting import for_both
from models.lanes import lane_ids, lane_key
from models.redo import replace_degraded
from models.schema import answers, jobs, replies
from models.states import State
from models.timeline import Entry, record


@dataclass(frozen=True, slots=True)
class Finish:
    """A job's answer, and who made it."""

    fence: Fence
    answer: dict[str, Any]
    schema_version: int
    prompt_version: int
    provider: str
    model: str
    degraded: bool = False
    reply_ids: Sequence[str] = ()  # the stored replies that it is made of
    flags: Sequence[str] = ()  # what the content filter says of the content


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt ended; with `retry_in_ms` there is another, else the job has failed.

    `counts` is false where it only waited for somebody's limit: that uses up no attempt. `call` is set
    where the attempt ended in a call to somebody outside. `reply_ids` are stored replies that did not fit.
    `answerers`: who is asked from now on, and the chain behind, for the one who was asked never will answer.
    """

    fence: Fence
    error_class: str
    message: str
    retry_in_ms: int | None
    reply_ids: Sequence[str] = ()
    counts: bool = True
    call: BadCall | None = None
    answerers: tuple[str, str] | None = None


# Built once: what a busy worker executes hundreds of times a second is not composed each time.
COMPLETE = (
    update(jobs)
    .where(
        tuple_(jobs.c.id, jobs.c.generation).in_(bindparam("held", expanding=True)),
        jobs.c.holder == bindparam("by_holder"),
        HELD,
    )
    .values(
        state=State.COMPLETED,
        holder=None,
        lease_until_ms=None,
        finished_at_ms=bindparam("ended_at"),
        progress=100,
        error_class=None,
        error_message=None,
    )
    .returning(
        *(jobs.c[name] for name in ("id", "generation", "tenant_id", "batch_id", "content_id", "analysis")),
        *(jobs.c[name] for name in ("channels", "error_message", "reserved_credits", "redoes_job_id")),
    )
)


def _replacing(insert_into: Callable[[Table], Any]) -> Any:
    """Stores an answer in the place of the one that a replayed job had before."""
    statement = insert_into(answers)
    new = {column.name: statement.excluded[column.name] for column in answers.c if column.name != "job_id"}
    return statement.on_conflict_do_update(index_elements=["job_id"], set_=new)


STORE = for_both(_replacing)


def finish(connection: Connection, finishes: Sequence[Finish], *, holder: str, now: int) -> set[Fence]:
    """Complete the jobs still held: answer, timeline, batch count and owed deliveries, or nothing."""
    by_fence = {f.fence: f for f in finishes}
    held = [(f.job_id, f.generation) for f in by_fence]
    rows = connection.execute(COMPLETE, {"held": held, "by_holder": holder, "ended_at": now}).all()
    if not rows:
        return set()
    won = {Fence(r.id, r.generation): r for r in rows}
    stored = {f: _answer_row(by_fence[f], r, now) for f, r in won.items()}
    connection.execute(STORE[connection.dialect.name], list(stored.values()))
    replace_degraded(connection, {r.redoes_job_id: stored[f] for f, r in won.items() if r.redoes_job_id})
    _judge_replies(connection, [reply_id for f in won for reply_id in by_fence[f].reply_ids], accepted=True)
    after_end(connection, rows, State.COMPLETED, now)
    return set(won)


def fail(connection: Connection, failures: Sequence[Failure], *, holder: str, now: int) -> set[Fence]:
    """End the attempts still held: to be tried again at a time, or for good."""
    lost: set[Fence] = set()
    spared = note_failed(connection, [failure.call for failure in failures if failure.call], now)
    for failure in failures:  # failures are few; each has its own class, message and delay
        if failure.fence.job_id in spared:  # it waits at the breaker's gate
            failure = replace(failure, retry_in_ms=0, counts=False)
        row = connection.execute(
            update(jobs)
            .where(fenced([failure.fence], holder))
            .values(_failed(failure, now))
            .returning(*jobs.c)
        ).one_or_none()
        if row is None:
            continue
        lost.add(failure.fence)
        _judge_replies(connection, failure.reply_ids, accepted=False)
        if failure.retry_in_ms is None:
            after_end(connection, [row], row.state, now)
        else:
            told = failure.message + _change_lane(connection, row, failure.answerers)
            entry = Entry(row.tenant_id, row.id, row.batch_id, row.state, row.generation, told)
            record(connection, [entry], now)
            if row.cancel_requested:
                cancel(connection, jobs.c.id == row.id, now=now)
    return lost


def _change_lane(connection: Connection, row: Any, answerers: tuple[str, str] | None) -> str:
    """Let others answer this job; gives the words for its timeline."""
    if answerers is None:
        return ""
    model, fallbacks = answerers
    key = replace(lane_key(connection, row.lane_id), model=model, fallbacks=fallbacks)
    others = {"model": model, "fallbacks": fallbacks, "lane_id": lane_ids(connection, [key])[key]}
    connection.execute(update(jobs).where(jobs.c.id == row.id).values(others))
    return f" {model} is asked from now on." if model != row.model else ""


def _failed(failure: Failure, now: int) -> dict[str, Any]:
    told = {
        "failure_count": jobs.c.failure_count + int(failure.counts),
        "limit_count": jobs.c.limit_count + int(not failure.counts),
        "error_class": failure.error_class,
        "error_message": failure.message,
    }
    if failure.retry_in_ms is None:
        state = State.CANCELLED if failure.error_class == "cancelled" else State.FAILED
        return told | ended(state, now)
    again = {"state": State.RETRYING, "holder": None, "lease_until_ms": None, "step": jobs.c.first_step}
    return told | again | {"due_at_ms": now + failure.retry_in_ms}


def _answer_row(finish: Finish, row: Any, now: int) -> dict[str, Any]:
    return {
        "job_id": row.id,
        "tenant_id": row.tenant_id,
        "content_id": row.content_id,
        "analysis": row.analysis,
        "answer": finish.answer,
        "schema_version": finish.schema_version,
        "prompt_version": finish.prompt_version,
        "provider": finish.provider,
        "model": finish.model,
        "reply_ids": list(finish.reply_ids),
        "degraded": finish.degraded,
        "flags": list(finish.flags) or None,
        "created_at_ms": now,
    }


def _judge_replies(connection: Connection, reply_ids: Sequence[str], *, accepted: bool) -> None:
    if reply_ids:
        connection.execute(update(replies).where(replies.c.id.in_(reply_ids)).values(accepted=accepted))
