"""The tables: what Gristmill remembers. Times are the database's own, in milliseconds since 1970 (UTC).

Integers of milliseconds rather than timestamps: SQLite and PostgreSQL then compare, add and index
them alike, and no row can hold a time without a zone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.states import State

Json = JSON().with_variant(JSONB(), "postgresql")
RowId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers only INTEGER keys by itself


def _ms(*, nullable: bool = False, default: int | None = None) -> Any:
    return Field(default=default, sa_type=BigInteger, nullable=nullable)


class Tenant(SQLModel, table=True):
    """Who owns things; nothing is ever shared between two."""

    __tablename__ = "tenants"
    id: str = Field(primary_key=True)
    name: str
    created_at_ms: int = _ms()


class ApiKey(SQLModel, table=True):
    """A bearer key, kept as its SHA-256 only; `prefix` is what a list shows of it."""

    __tablename__ = "api_keys"
    id: str = Field(primary_key=True)
    tenant_id: str = Field(foreign_key="tenants.id", index=True)
    name: str
    role: str  # viewer, operator or admin
    prefix: str
    digest: str = Field(unique=True)
    created_at_ms: int = _ms()
    revoked_at_ms: int | None = _ms(nullable=True)


class Content(SQLModel, table=True):
    """One piece of content; `version` is the SHA-256 of its canonical body."""

    __tablename__ = "contents"
    id: str = Field(primary_key=True)
    tenant_id: str = Field(foreign_key="tenants.id")
    kind: str
    version: str
    body: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    local_answer: dict[str, Any] | None = Field(default=None, sa_column=Column(Json))
    created_at_ms: int = _ms()
    __table_args__ = (Index("ix_contents_tenant", "tenant_id", "id"),)


class Batch(SQLModel, table=True):
    """Many jobs with one outcome. `sealed` is false while members are still being submitted."""

    __tablename__ = "batches"
    id: str = Field(primary_key=True)
    tenant_id: str = Field(foreign_key="tenants.id")
    analysis: str
    parallel_limit: int | None = None
    tolerance_share: float | None = None
    tolerance_count: int | None = None
    total: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    sealed: bool = False
    cancel_requested: bool = False
    reopened: bool = False  # failed members were retried: it is not stopped a second time
    fed_at_ms: int = _ms()  # when members last came, or it was made
    outcome: str | None = None
    created_at_ms: int = _ms()
    finished_at_ms: int | None = _ms(nullable=True)
    __table_args__ = (Index("ix_batches_tenant", "tenant_id", "id"),)


class Job(SQLModel, table=True):
    """One analysis of one content.

    `generation` is the fence: every sending bumps it, every write by a worker must match it.
    A pending job with a `lease_until_ms` is on its way through Redis; a running one is held by
    `holder`, or by nobody while it is handed from one worker to another.
    """

    __tablename__ = "jobs"
    id: str = Field(primary_key=True)
    tenant_id: str = Field(foreign_key="tenants.id")
    content_id: str = Field(foreign_key="contents.id")
    batch_id: str | None = Field(default=None, foreign_key="batches.id")
    external_id: str | None = None  # the `id` of the input row, given back with the answer
    analysis: str
    pipeline: str
    queue: str
    priority: int
    state: str = State.WAITING
    gate: str | None = None
    first_step: str
    step: str  # where its next message begins
    generation: int = 0
    holder: str | None = None
    lease_until_ms: int | None = _ms(nullable=True)
    sends: int = 0  # sendings since a worker last took it
    due_at_ms: int = _ms()
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
    dedup_key: str | None = None
    channels: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    created_at_ms: int = _ms()
    started_at_ms: int | None = _ms(nullable=True)
    finished_at_ms: int | None = _ms(nullable=True)
    __table_args__ = (
        Index(
            "ix_jobs_eligible",
            "priority",
            "due_at_ms",
            "id",
            sqlite_where=text("state = 'waiting' AND lease_until_ms IS NULL AND gate IS NULL"),
            postgresql_where=text("state = 'waiting' AND lease_until_ms IS NULL AND gate IS NULL"),
        ),
        Index(
            "ix_jobs_leased",
            "state",
            "lease_until_ms",
            sqlite_where=text("lease_until_ms IS NOT NULL"),
            postgresql_where=text("lease_until_ms IS NOT NULL"),
        ),
        Index(
            "ix_jobs_due",
            "due_at_ms",
            sqlite_where=text("state IN ('scheduled', 'retrying')"),
            postgresql_where=text("state IN ('scheduled', 'retrying')"),
        ),
        Index(
            "ix_jobs_gated",
            "batch_id",
            "id",
            sqlite_where=text("gate IS NOT NULL"),
            postgresql_where=text("gate IS NOT NULL"),
        ),
        Index(
            "uq_jobs_dedup",
            "tenant_id",
            "dedup_key",
            unique=True,
            sqlite_where=text("state NOT IN ('failed', 'cancelled')"),
            postgresql_where=text("state NOT IN ('failed', 'cancelled')"),
        ),
        Index(
            "ix_jobs_cancel",
            "id",
            sqlite_where=text("cancel_requested AND finished_at_ms IS NULL"),
            postgresql_where=text("cancel_requested AND finished_at_ms IS NULL"),
        ),
        Index("ix_jobs_ended", "tenant_id", "finished_at_ms", "id"),
        Index("ix_jobs_batch", "batch_id", "id"),
        Index("ix_jobs_tenant", "tenant_id", "id"),
    )


class Answer(SQLModel, table=True):
    """What an analysis found: one per job, with who made it and by which versions."""

    __tablename__ = "answers"
    job_id: str = Field(primary_key=True, foreign_key="jobs.id")
    tenant_id: str
    content_id: str
    analysis: str
    answer: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    schema_version: int
    prompt_version: int
    provider: str
    model: str
    degraded: bool = False
    created_at_ms: int = _ms()


class Reply(SQLModel, table=True):
    """A model's reply as it came, kept before anything looks at it; `key` makes it reusable.

    `accepted` is null until the reply was validated, then whether it fitted the schema.
    """

    __tablename__ = "replies"
    id: str = Field(primary_key=True)
    tenant_id: str
    key: str
    job_id: str = Field(index=True)
    generation: int
    provider: str
    model: str
    prompt_version: int
    text: str = Field(sa_type=Text)
    raw: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0
    latency_ms: int = 0
    finish: str
    accepted: bool | None = None
    created_at_ms: int = _ms()
    __table_args__ = (Index("ix_replies_key", "tenant_id", "key"),)


class Event(SQLModel, table=True):
    """The timeline: one row per transition. Messages here never hold content."""

    __tablename__ = "events"
    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    tenant_id: str
    job_id: str | None = None
    batch_id: str | None = None
    state: str
    generation: int = 0
    message: str | None = Field(default=None, sa_type=Text)
    at_ms: int = _ms()
    __table_args__ = (Index("ix_events_job", "job_id", "id"), Index("ix_events_batch", "batch_id", "id"))


class Delivery(SQLModel, table=True):
    """One message owed to one channel; its row is written with the event it tells of."""

    __tablename__ = "deliveries"
    id: str = Field(primary_key=True)
    tenant_id: str
    job_id: str = Field(foreign_key="jobs.id")
    event: str
    channel: str
    state: str = "pending"  # pending, sending, sent, failed
    attempts: int = 0
    lease_until_ms: int | None = _ms(nullable=True)
    told_at_ms: int | None = _ms(nullable=True)  # when its message was last sent by the sweep
    error_message: str | None = None
    created_at_ms: int = _ms()
    __table_args__ = (
        UniqueConstraint("job_id", "event", "channel", name="uq_deliveries_once"),
        Index(
            "ix_deliveries_open",
            "lease_until_ms",
            sqlite_where=text("state IN ('pending', 'sending')"),
            postgresql_where=text("state IN ('pending', 'sending')"),
        ),
    )


class IdempotencyKey(SQLModel, table=True):
    """Which job a caller's key stands for, and the digest of the request it came with."""

    __tablename__ = "idempotency_keys"
    tenant_id: str = Field(primary_key=True, foreign_key="tenants.id")
    key: str = Field(primary_key=True)
    request_digest: str
    job_id: str = Field(foreign_key="jobs.id")
    created_at_ms: int = _ms()


class Worker(SQLModel, table=True):
    """A worker process that was heard of; its threads size the window that admission fills."""

    __tablename__ = "workers"
    id: str = Field(primary_key=True)
    host: str
    pid: int
    threads: int
    started_at_ms: int = _ms()
    seen_at_ms: int = _ms()


class Mark(SQLModel, table=True):
    """A named moment shared by the fleet, such as the last sweep."""

    __tablename__ = "marks"
    name: str = Field(primary_key=True)
    at_ms: int = _ms()
