"""The results: answers, what models said, the timeline, and what is owed to channels."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from models.tables.columns import big, json_column, numbered, partial


class Answer(SQLModel, table=True):
    """What an analysis found: one per job, with who made it and by which versions.

    `flags`: categories of inappropriate content in what was analysed, such as `profanity (strong)`.

    `degraded`: somebody stood in for a model that was away; `redo_job_id` is the job that asks it again.
    `reply_ids` are the stored replies that it is made of, in the order of their questions: more than one
    where a reply was repaired, or a long content asked about in parts. Replies may be removed before it.
    """

    __tablename__ = "answers"
    job_id: str = Field(primary_key=True, foreign_key="jobs.id")
    tenant_id: str
    content_id: str
    analysis: str
    answer: dict[str, Any] = Field(sa_column=json_column())
    schema_version: int
    prompt_version: int
    provider: str
    model: str
    reply_ids: list[str] = Field(default_factory=list, sa_column=json_column())
    degraded: bool = False
    flags: list[str] | None = Field(default=None, sa_column=json_column(nullable=True))
    redo_job_id: str | None = None
    created_at_ms: int = big()
    __table_args__ = (partial("ix_answers_degraded", "job_id", where="degraded AND redo_job_id IS NULL"),)


class Reply(SQLModel, table=True):
    """A model's reply as it came, kept before anything looks at it; `key` makes it reusable.

    `accepted` is null until it is known whether the reply serves for an answer, by itself or with the repair
    that was asked for after it; one that does not is asked for anew.
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
    raw: dict[str, Any] = Field(sa_column=json_column())
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0
    cost_micro: int = big(default=0)
    latency_ms: int = 0
    finish: str
    accepted: bool | None = None
    created_at_ms: int = big()
    __table_args__ = (Index("ix_replies_key", "tenant_id", "key"), Index("ix_replies_age", "created_at_ms"))


class Question(SQLModel, table=True):
    """A question that a job is asking a model right now, so that nobody else asks it as well."""

    __tablename__ = "questions"
    tenant_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    job_id: str
    generation: int
    until_ms: int = big()


class Event(SQLModel, table=True):
    """The timeline: one row per transition. Messages here never hold content."""

    __tablename__ = "events"
    id: int | None = numbered()
    tenant_id: str
    job_id: str | None = None
    batch_id: str | None = None
    state: str
    generation: int = 0
    message: str | None = Field(default=None, sa_type=Text)
    at_ms: int = big()
    __table_args__ = (
        Index("ix_events_job", "job_id", "id"),
        Index("ix_events_batch", "batch_id", "id"),
        Index("ix_events_tenant", "tenant_id", "id"),
        {"sqlite_autoincrement": True},  # else the number of a removed newest event would come twice
    )


class Delivery(SQLModel, table=True):
    """One message owed to one channel by a job or a batch; its row is written with the event it tells of.

    `owner_id` is the id of that job or batch.
    """

    __tablename__ = "deliveries"
    id: str = Field(primary_key=True)
    tenant_id: str
    owner_id: str
    event: str  # job.completed, batch.failed, …
    channel: str
    state: str = "pending"  # pending, sending, sent, failed
    attempts: int = 0
    lease_until_ms: int | None = big(nullable=True)
    told_at_ms: int | None = big(nullable=True)  # when its message was last sent by the sweep
    error_message: str | None = None
    created_at_ms: int = big()
    __table_args__ = (
        Index("uq_deliveries_once", "owner_id", "event", "channel", unique=True),
        partial("ix_deliveries_open", "lease_until_ms", where="state IN ('pending', 'sending')"),
        Index("ix_deliveries_age", "created_at_ms"),
    )
