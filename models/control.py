"""Control: cancel and retry, as people and programs ask for it. Every change names the tenant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, literal, select, update
from sqlalchemy.exc import IntegrityError

from errors import Conflict, NotFound
from models.batches import cancel_all, release
from models.breakers import llm_breaker, try_at_once
from models.claims import Fence
from models.database import clock
from models.ends import ON_REQUEST, cancel
from models.lanes import LOCAL
from models.rounds import afresh
from models.schema import batches, jobs, replies
from models.states import Gate, State
from models.stopping import BEING_STOPPED, NOT_STARTED, Stopped, not_being_stopped
from models.submission import has_live_key
from models.timeline import Entry, record

STOPPING = "The batch is still being stopped; ask again when that is over, in a moment."
KEY_TAKEN = "Another job has this one's dedup key by now; look at that one."


def cancel_job(connection: Connection, tenant_id: str, job_id: str) -> str:
    """Cancel a job: at once if no worker holds it, else its worker is told; gives the state it is in now.

    Raises NotFound; Conflict if the job has ended in another way.
    """
    now_or_soon = cancel_jobs(connection, tenant_id, jobs.c.id == job_id)
    if now_or_soon[0]:
        return State.CANCELLED
    if now_or_soon[1]:
        return State.RUNNING
    state = _state(connection, tenant_id, job_id)
    if state != State.CANCELLED:
        raise Conflict(f"The job is {state}; only a job that has not ended can be cancelled.")
    return state


def cancel_jobs(connection: Connection, tenant_id: str, *where: ColumnElement[bool]) -> tuple[int, int]:
    """Cancel what has not ended; gives how many ended at once, and how many workers were told to let go."""
    mine = (jobs.c.tenant_id == tenant_id, *where)
    rows = cancel(connection, *mine, now=clock(connection))
    asked = update(jobs).where(*mine, jobs.c.state == State.RUNNING).values(cancel_requested=True)
    return len(rows), connection.execute(asked).rowcount


def cancel_batch(connection: Connection, tenant_id: str, batch_id: str) -> Stopped:
    """Cancel every member that has not ended, a slice of them here (`models.stopping`). Raises NotFound."""
    now = clock(connection)
    mine = (batches.c.tenant_id == tenant_id, batches.c.id == batch_id)
    if connection.execute(select(batches.c.id).where(*mine)).one_or_none() is None:
        raise NotFound(f"There is no batch {batch_id[:40]!r} here.")
    return cancel_all(connection, batch_id, ON_REQUEST, now)


def retry_job(connection: Connection, tenant_id: str, job_id: str) -> Fence:
    """Let a failed job run again from its beginning, with all its attempts.

    Raises NotFound; Conflict if it has not failed, or another job has taken its dedup key since.
    """
    with taken_key_told():
        rows = _retry(connection, (jobs.c.tenant_id == tenant_id, jobs.c.id == job_id))
    if not rows:
        state = _state(connection, tenant_id, job_id)
        if state == State.FAILED:
            stopping = connection.execute(select(jobs.c.id).where(jobs.c.id == job_id, ~not_being_stopped()))
            raise Conflict(STOPPING if stopping.first() else KEY_TAKEN)
        raise Conflict(f"The job is {state}; only a failed job can be retried.")
    return Fence(rows[0].id, rows[0].generation)


def retry_failed(connection: Connection, tenant_id: str, batch_id: str) -> int:
    """Let a batch's failed members run again, and those that were not started; gives how many.

    The batch is open until they have ended, and is not stopped a second time. Raises Conflict while it is
    being stopped.
    """
    mine = (jobs.c.tenant_id == tenant_id, jobs.c.batch_id == batch_id)
    if connection.execute(
        BEING_STOPPED.where(batches.c.tenant_id == tenant_id, batches.c.id == batch_id)
    ).first():
        raise Conflict(STOPPING)
    not_started = (*mine, jobs.c.error_message == NOT_STARTED)
    return len(_retry(connection, mine)) + len(_retry(connection, not_started, State.CANCELLED))


def retry_jobs(connection: Connection, tenant_id: str, job_ids: Sequence[str]) -> int:
    """As `retry_job`, for those of many that may be retried; gives how many.

    Of two with one dedup key the newer is.
    """
    mine = (jobs.c.tenant_id == tenant_id, jobs.c.id.in_(job_ids))
    newer = jobs.alias()
    same = (newer.c.tenant_id == jobs.c.tenant_id, newer.c.dedup_key == jobs.c.dedup_key)
    twin = select(newer.c.id).where(*same, newer.c.id.in_(job_ids), newer.c.id > jobs.c.id)
    return len(_retry(connection, (*mine, ~twin.exists())))


def _retry(
    connection: Connection, where: tuple[ColumnElement[bool], ...], was: State = State.FAILED
) -> list[Any]:
    now = clock(connection)
    ended = (*where, jobs.c.state == was, ~key_is_taken(), not_being_stopped())
    _forget_refusals(connection, select(jobs.c.id).where(*ended))
    again = afresh(now) | {"gate": gate_of_batch()}
    rows = connection.execute(update(jobs).where(*ended).values(again).returning(*jobs.c)).all()
    reopen(connection, rows, was, "Retried on request.", now)
    return list(rows)


def reopen(connection: Connection, rows: Sequence[Any], was: State, message: str, now: int) -> None:
    """What it brings with it that ended jobs run again: their timeline, and their batches' counts."""
    try_at_once(connection, {llm_breaker(r.model) for r in rows if r.model != LOCAL}, now)
    again = [Entry(r.tenant_id, r.id, r.batch_id, r.state, r.generation, message) for r in rows]
    record(connection, again, now)
    for batch_id in sorted({r.batch_id for r in rows if r.batch_id}):
        count = sum(r.batch_id == batch_id for r in rows)
        _take_back_outcome(connection, batch_id, message, now)
        uncounted = {"reopened": True, was.value: batches.c[was.value] - count}
        connection.execute(update(batches).where(batches.c.id == batch_id).values(uncounted))
        release(connection, batch_id)


def _take_back_outcome(connection: Connection, batch_id: str, message: str, now: int) -> None:
    """The batch goes on, and its timeline says so where it had ended."""
    closed = (batches.c.id == batch_id, batches.c.outcome.is_not(None))
    goes_on = update(batches).where(*closed).values(outcome=None, finished_at_ms=None)
    for row in connection.execute(goes_on.returning(batches.c.tenant_id)).all():
        record(connection, [Entry(row.tenant_id, None, batch_id, State.RUNNING, message=message)], now)


def _forget_refusals(connection: Connection, which: Select[Any]) -> None:
    """A person who retries these jobs wants the model asked again, not its earlier refusal read once more."""
    unjudged = (replies.c.job_id.in_(which), replies.c.accepted.is_(None))
    connection.execute(update(replies).where(*unjudged).values(accepted=False))


@contextmanager
def taken_key_told() -> Iterator[None]:
    """Raises Conflict where another job takes the dedup key in the moment after `key_is_taken` has looked."""
    try:
        yield
    except IntegrityError:
        raise Conflict(KEY_TAKEN) from None


def key_is_taken() -> ColumnElement[bool]:
    """True of a job whose dedup key another one has now that lives or has completed."""
    other = jobs.alias("other")
    same = (other.c.tenant_id == jobs.c.tenant_id, other.c.dedup_key == jobs.c.dedup_key)
    return select(other.c.id).where(*same, other.c.id != jobs.c.id, has_live_key("other")).exists()


def gate_of_batch() -> ColumnElement[Any]:
    """Where a job that runs again waits: a member of a batch with a parallel_limit at its gate, as ever."""
    limited = (batches.c.id == jobs.c.batch_id, batches.c.parallel_limit.is_not(None))
    return select(literal(Gate.BATCH.value)).where(*limited).correlate(jobs).scalar_subquery()


def _state(connection: Connection, tenant_id: str, job_id: str) -> str:
    mine = (jobs.c.tenant_id == tenant_id, jobs.c.id == job_id)
    state: str | None = connection.execute(select(jobs.c.state).where(*mine)).scalar()
    if state is None:
        raise NotFound(f"There is no job {job_id[:40]!r} here.")
    return state
