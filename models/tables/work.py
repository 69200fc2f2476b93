"""The work: contents, batches and jobs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.states import State
from models.tables.columns import Json, big, json_column, numbered, partial


class Content(SQLModel, table=True):
    """One piece of content, or what a task was told to do; `version` is the SHA-256 of its canonical body.

    A kept one is in the library: there once for each tenant, and not removed with the last job about it.
    `original_id` is the file that a task is to read.
    """

    __tablename__ = "contents"
    id: str = Field(primary_key=True)
    tenant_id: str
    kind: str
    version: str
    body: dict[str, Any] = Field(sa_column=json_column())
    local_answer: dict[str, Any] | None = Field(default=None, sa_column=Column(Json))
    is_kept: bool = False
    original_id: str | None = None
    created_at_ms: int = big()
    __table_args__ = (
        Index("ix_contents_tenant", "tenant_id", "id"),
        partial("uq_contents_kept", "tenant_id", "kind", "version", where="is_kept", unique=True),
        partial("ix_contents_kept", "tenant_id", "id", where="is_kept"),
        partial("ix_contents_original", "original_id", where="original_id IS NOT NULL"),
    )


class Batch(SQLModel, table=True):
    """Many jobs with one outcome. `sealed` is false while members are still being submitted.

    Failed members are run again `retry_rounds` times before the outcome is given. A batch that is part of
    a job was opened by a step of that job's, which waits for it: one batch for each job and step.
    """

    __tablename__ = "batches"
    id: str = Field(primary_key=True)
    tenant_id: str = Field(foreign_key="tenants.id")
    analysis: str
    opened_by_job_id: str | None = None
    opened_by_step: str | None = None
    parallel_limit: int | None = None
    tolerance_share: float | None = None
    tolerance_count: int | None = None
    retry_rounds: int = 0
    rounds_used: int = 0
    channels: list[str] = Field(default_factory=list, sa_column=json_column())
    total: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    sealed: bool = False
    cancel_requested: bool = False
    stop_reason: str | None = None  # why its members are being cancelled; null once all of them are
    reopened: bool = False  # failed members were retried: it is not stopped a second time
    fed_at_ms: int = big()  # when members last came, or it was made
    moved_at_ms: int = big()  # when members last came or ended
    outcome: str | None = None
    request_key: str | None = None  # of the request that made it, so that its repetition does not
    request_digest: str | None = None
    created_at_ms: int = big()
    finished_at_ms: int | None = big(nullable=True)
    __table_args__ = (
        partial(
            "uq_batches_opened",
            "opened_by_job_id",
            "opened_by_step",
            where="opened_by_job_id IS NOT NULL AND NOT cancel_requested",
            unique=True,
        ),
        partial(
            "uq_batches_request", "tenant_id", "request_key", where="request_key IS NOT NULL", unique=True
        ),
        partial("ix_batches_stopping", "id", where="stop_reason IS NOT NULL"),
        Index("ix_batches_tenant", "tenant_id", "id"),
    )


class Lane(SQLModel, table=True):
    """One line in which jobs wait, first in first out: everything in it passes the same gates.

    `source` is empty where the content came from none; `model` is `local` or `provider/model`, followed
    by the chain of its jobs' own fallbacks, if they have any.
    """

    __tablename__ = "lanes"
    id: int | None = numbered()
    tenant_id: str = Field(foreign_key="tenants.id")
    queue: str
    source: str = ""
    model: str = "local"
    priority: int
    __table_args__ = (
        UniqueConstraint("tenant_id", "queue", "source", "model", "priority", name="uq_lanes_once"),
    )


class Job(SQLModel, table=True):
    """One analysis of one content, or one run of a task; `analysis` is the name of either.

    `generation` is the fence: every sending bumps it, every write by a worker must match it.
    A pending job with a `lease_until_ms` is on its way through Redis; a running one is held by
    `holder`, or by nobody while it is handed from one worker to another.
    """

    __tablename__ = "jobs"
    id: str = Field(primary_key=True)
    tenant_id: str
    content_id: str = Field(foreign_key="contents.id")
    batch_id: str | None = None
    awaits_batch_id: str | None = Field(default=None, foreign_key="batches.id")  # goes on at its end
    redoes_job_id: str | None = None  # the job whose degraded answer this one's replaces
    external_id: str | None = None  # the `id` of the input row, given back with the answer
    analysis: str
    pipeline: str
    queue: str
    lane_id: int
    model: str = "local"  # who is to answer: `local` or `provider/model`
    stand_in: str | None = None  # who answers instead, while that one is away
    fallbacks: str | None = None  # a chain of its own of those who may, `a/b>local`; null: as configured
    prompt_version: int | None = None  # chosen at submission; null of jobs that are older: the newest
    call_lane: str = "realtime"  # how its model is asked: realtime, flex or batch
    priority: int
    state: str = State.WAITING
    gate: str | None = None
    first_step: str
    step: str  # where its next message begins
    generation: int = 0
    holder: str | None = None
    lease_until_ms: int | None = big(nullable=True)
    sends: int = 0  # sendings since a worker last took it
    due_at_ms: int = big()
    waits_for: str | None = None  # the key of a question that another job is asking now
    failure_count: int = 0
    limit_count: int = 0  # times it waited for somebody's limit; uses up no attempt
    crash_count: int = 0  # workers that died holding it; apart from failures
    max_attempts: int = 3
    timeout_ms: int = 300_000
    progress: int = 0
    stage: str | None = None
    cancel_requested: bool = False
    error_class: str | None = None
    error_message: str | None = Field(default=None, sa_type=Text)
    fingerprint: str | None = None  # of the cause of its failure
    dedup_key: str | None = None
    channels: list[str] = Field(default_factory=list, sa_column=json_column())
    estimated_tokens: int = 0  # input and output together, as estimated before the call
    estimated_micro: int = big(default=0)  # their price, in millionths of a US dollar
    price_credits: int = 0
    reserved_credits: int = 0  # what of the price is reserved on its tenant's account now
    created_at_ms: int = big()
    started_at_ms: int | None = big(nullable=True)
    finished_at_ms: int | None = big(nullable=True)
    __table_args__ = (
        partial(
            "ix_jobs_lane",
            "lane_id",
            "due_at_ms",
            "id",
            where="state = 'waiting' AND lease_until_ms IS NULL AND gate IS NULL",
        ),
        partial("ix_jobs_in_flight", "lane_id", where="lease_until_ms IS NOT NULL"),
        partial("ix_jobs_leased", "state", "lease_until_ms", where="lease_until_ms IS NOT NULL"),
        partial("ix_jobs_due", "due_at_ms", where="state IN ('scheduled', 'retrying')"),
        partial(
            "ix_jobs_open_members",
            "batch_id",
            "gate",
            "id",
            where="batch_id IS NOT NULL AND finished_at_ms IS NULL",
        ),
        partial("ix_jobs_awaits", "awaits_batch_id", where="awaits_batch_id IS NOT NULL"),
        partial("ix_jobs_parked", "lane_id", where="gate = 'vendor'"),
        partial("ix_jobs_waits_for", "tenant_id", "waits_for", where="waits_for IS NOT NULL"),
        partial(
            "uq_jobs_dedup",
            "tenant_id",
            "dedup_key",
            where="state NOT IN ('failed', 'cancelled') AND dedup_key IS NOT NULL",
            unique=True,
        ),
        partial("ix_jobs_cancel", "id", where="cancel_requested AND finished_at_ms IS NULL"),
        partial("ix_jobs_cause", "tenant_id", "fingerprint", "id", where="state = 'failed'"),
        partial(
            "ix_jobs_done",
            *("tenant_id", "queue", "state", "finished_at_ms", "id"),
            where="finished_at_ms IS NOT NULL",
        ),
        Index("ix_jobs_ended", "tenant_id", "finished_at_ms", "id"),
        Index("ix_jobs_batch", "batch_id", "id"),
        Index("ix_jobs_tenant", "tenant_id", "id"),
        Index("ix_jobs_content", "content_id"),
    )
