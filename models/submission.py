"""Submitting: contents, jobs and batches enter in bulk; the rows are the outbox of everything after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from errors import Conflict
from models.batches import cancel_all, locked, release, settle
from models.charges import REALTIME
from models.database import clock, new_id
from models.ends import cancel
from models.idempotency import Token
from models.inserting import for_both, insert_many
from models.lanes import LOCAL, LaneKey, lane_ids
from models.originals import NewOriginal, keep_original
from models.prompt_pins import Pins, pins_for
from models.schema import batches, contents, jobs
from models.states import Gate, State
from models.tables.columns import indexed
from models.tenants import ensure_tenant
from models.timeline import Entry, record

TRIES = 5  # to find a dedup key either free or taken

# Built once: what every submission executes is not composed each time. RETURNING, because the row count of
# such an insert is not told by every driver.
INSERT_CONTENT, INSERT_JOB = insert(contents), insert(jobs)
INSERT_NEW_JOB = for_both(lambda into: into(jobs).on_conflict_do_nothing().returning(jobs.c.id))


@dataclass(frozen=True)
class NewJob:
    """What one job needs to exist. `delay_ms` counts from the database's now."""

    tenant_id: str
    analysis: str
    kind: str
    version: str
    body: dict[str, Any]
    pipeline: str
    first_step: str
    queue: str
    priority: int
    max_attempts: int
    timeout_ms: int
    model: str = LOCAL
    fallbacks: str | None = None
    call_lane: str = REALTIME
    prompt_version: int | None = None  # asked for; else the one its tenant has pinned, else the newest
    newest_prompt: int | None = None
    source: str = ""
    estimated_tokens: int = 0
    estimated_micro: int = 0
    price_credits: int = 0
    delay_ms: int = 0
    batch_id: str | None = None
    external_id: str | None = None
    dedup_key: str | None = None
    local_answer: dict[str, Any] | None = None
    channels: list[str] = field(default_factory=list)
    job_id: str = field(default_factory=new_id)
    content_id: str = field(default_factory=new_id)
    is_content_kept: bool = False  # its content is in the library already, under `content_id`
    original: NewOriginal | None = None  # the file that it is to read

    @property
    def lane(self) -> LaneKey:
        """The line in which it waits."""
        own = self.fallbacks or ""
        return LaneKey(self.tenant_id, self.queue, self.source, self.model, self.priority, own)


@dataclass(frozen=True)
class NewBatch:
    """What a batch needs to exist. Of the two tolerances one is given; `opened_by` is a job and its step.

    Of one `request` of a tenant there is one batch.
    """

    tenant_id: str
    analysis: str
    parallel_limit: int | None = None
    tolerance_share: float | None = None
    tolerance_count: int | None = None
    retry_rounds: int = 0
    channels: list[str] = field(default_factory=list)
    opened_by: tuple[str, str] | None = None
    request: Token | None = None
    batch_id: str = field(default_factory=new_id)


def submit_job(connection: Connection, new: NewJob) -> tuple[str, bool]:
    """Insert one job and its content; gives (job id, whether it is new).

    A live or completed job of this tenant with the same `dedup_key` is given back instead.
    """
    if known := _by_dedup_key(connection, new):
        return known, False
    now = clock(connection)
    row = _job_row(new, lane_ids(connection, [new.lane]), _pins(connection, [new]), now)
    _put_content(connection, new, now)
    statement = INSERT_NEW_JOB[connection.dialect.name]
    for _ in range(TRIES):
        if connection.execute(statement, row).scalar_one_or_none() is not None:
            record(connection, [_entered(new)], now)
            return new.job_id, True
        if known := _by_dedup_key(connection, new):  # another took the key first
            connection.execute(delete(contents).where(contents.c.id == new.content_id, ~contents.c.is_kept))
            return known, False
    raise Conflict("This dedup key was taken and freed again and again meanwhile; submit once more.")


def submit_members(connection: Connection, batch_id: str, members: Sequence[NewJob]) -> None:
    """Insert many members of one batch: one statement each for contents, jobs and timeline.

    With a `parallel_limit` every member enters behind the batch's gate; `release` lets them through.
    """
    now = clock(connection)
    row = locked(connection, batch_id)
    if row.sealed:
        raise Conflict("The batch takes no more members: it was cancelled, or sealed, meanwhile.")
    if not members:
        return
    gate = None if row.parallel_limit is None else Gate.BATCH
    fresh = [member for member in members if not member.is_content_kept]
    insert_many(connection, contents, [_content_row(connection, member, now) for member in fresh])
    lanes = lane_ids(connection, {member.lane for member in members})
    pins = _pins(connection, members)
    insert_many(connection, jobs, [_job_row(m, lanes, pins, now) | {"gate": gate} for m in members])
    record(connection, [_entered(m) for m in members], now)
    grown = {"total": batches.c.total + len(members), "fed_at_ms": now, "moved_at_ms": now}
    connection.execute(update(batches).where(batches.c.id == batch_id).values(grown))
    if gate:
        release(connection, batch_id)


def create_batch(connection: Connection, new: NewBatch) -> str:
    """A new, open batch; members may be added until it is sealed. Gives its id.

    Raises IntegrityError where its request has made one before.
    """
    ensure_tenant(connection, new.tenant_id)
    now = clock(connection)
    job_id, step = new.opened_by or (None, None)
    row = {
        "id": new.batch_id,
        "tenant_id": new.tenant_id,
        "analysis": new.analysis,
        "opened_by_job_id": job_id,
        "opened_by_step": step,
        "parallel_limit": new.parallel_limit,
        "tolerance_share": new.tolerance_share,
        "tolerance_count": new.tolerance_count,
        "retry_rounds": new.retry_rounds,
        "channels": new.channels,
        "request_key": new.request and new.request.key,
        "request_digest": new.request and new.request.request_digest,
        "created_at_ms": now,
        "fed_at_ms": now,
        "moved_at_ms": now,
    }
    connection.execute(insert(batches), row)
    return new.batch_id


def submit_follow_up(connection: Connection, batch_id: str, new: NewJob) -> None:
    """Insert a job that waits for the batch's outcome, and starts then whatever it is."""
    now = clock(connection)
    row = _job_row(new, lane_ids(connection, [new.lane]), _pins(connection, [new]), now)
    _put_content(connection, new, now)
    connection.execute(INSERT_JOB, row | {"gate": Gate.AWAITS, "awaits_batch_id": batch_id})
    record(connection, [_entered(new, "It waits for a batch to end.")], now)


def abandon_batch(connection: Connection, batch_id: str, reason: str) -> None:
    """Its submission broke off: nothing of it stays, neither members nor what was to follow them.

    Its request may come again.
    """
    now = clock(connection)
    following = (jobs.c.awaits_batch_id == batch_id, jobs.c.gate == Gate.AWAITS)
    cancel(connection, *following, now=now, reason=reason)
    cancel_all(connection, batch_id, reason, now)
    forgotten = {"request_key": None, "request_digest": None}
    connection.execute(update(batches).where(batches.c.id == batch_id).values(forgotten))


def seal_batch(connection: Connection, batch_id: str) -> None:
    """No more members will come; a batch whose members are all done already ends here."""
    connection.execute(update(batches).where(batches.c.id == batch_id).values(sealed=True))
    settle(connection, batch_id, clock(connection))


def has_live_key(alias: str = "jobs") -> ColumnElement[bool]:
    """True of a job that has a dedup key for itself, as long as it has neither failed nor been cancelled."""
    return indexed(f"{alias}.state NOT IN ('failed', 'cancelled') AND {alias}.dedup_key IS NOT NULL")


def _by_dedup_key(connection: Connection, new: NewJob) -> str | None:
    if new.dedup_key is None:
        return None
    mine = (jobs.c.tenant_id == new.tenant_id, jobs.c.dedup_key == new.dedup_key, has_live_key())
    return connection.execute(select(jobs.c.id).where(*mine)).scalar()


def _pins(connection: Connection, new: Sequence[NewJob]) -> Pins:
    """The prompt versions that the tenant of these jobs has pinned; only where a model is to be asked."""
    return pins_for(connection, new[0].tenant_id) if any(job.model != LOCAL for job in new) else {}


def _put_content(connection: Connection, new: NewJob, now: int) -> None:
    if not new.is_content_kept:
        connection.execute(INSERT_CONTENT, _content_row(connection, new, now))


def _content_row(connection: Connection, new: NewJob, now: int) -> dict[str, Any]:
    original_id = keep_original(connection, new.original, now) if new.original else None
    return {
        "id": new.content_id,
        "tenant_id": new.tenant_id,
        "kind": new.kind,
        "version": new.version,
        "body": new.body,
        "local_answer": new.local_answer,
        "is_kept": False,
        "original_id": original_id,
        "created_at_ms": now,
    }


def _job_row(new: NewJob, lanes: Mapping[LaneKey, int], pins: Pins, now: int) -> dict[str, Any]:
    return {
        "id": new.job_id,
        "tenant_id": new.tenant_id,
        "content_id": new.content_id,
        "batch_id": new.batch_id,
        "external_id": new.external_id,
        "analysis": new.analysis,
        "pipeline": new.pipeline,
        "queue": new.queue,
        "lane_id": lanes[new.lane],
        "model": new.model,
        "fallbacks": new.fallbacks,
        "call_lane": new.call_lane,
        "prompt_version": new.prompt_version or pins.get(new.analysis, new.newest_prompt),
        "priority": new.priority,
        "estimated_tokens": new.estimated_tokens,
        "estimated_micro": new.estimated_micro,
        "price_credits": new.price_credits,
        "state": _first_state(new),
        "first_step": new.first_step,
        "step": new.first_step,
        "due_at_ms": now + new.delay_ms,
        "max_attempts": new.max_attempts,
        "timeout_ms": new.timeout_ms,
        "dedup_key": new.dedup_key,
        "channels": new.channels,
        "created_at_ms": now,
    }


def _first_state(new: NewJob) -> State:
    return State.SCHEDULED if new.delay_ms > 0 else State.WAITING


def _entered(new: NewJob, message: str | None = None) -> Entry:
    return Entry(new.tenant_id, new.job_id, new.batch_id, _first_state(new), message=message)
