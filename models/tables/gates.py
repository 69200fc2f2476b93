"""What admission looks at: limits, circuit breakers, and the moments and members of the fleet."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from models.tables.columns import big, json_column


class Limit(SQLModel, table=True):
    """What one queue, source, tenant or model may do; null is what nobody set, 0 no limit.

    `spent` is what was used in the running period, by slice: see `models.rates`. `lowered_to` is the
    rate that a provider's 429 brought it down to at `lowered_at_ms`, from where it recovers slowly;
    `not_before_ms` is until when it asked everybody to wait.
    """

    __tablename__ = "limits"
    scope: str = Field(primary_key=True)  # queue, source, tenant, model, or default: what a queue may call
    name: str = Field(primary_key=True)
    concurrency: int | None = None
    rate: int | None = None  # jobs, or for a model tokens, in each period
    period_ms: int = big(default=60_000)
    paused: bool = False
    spent: dict[str, int] = Field(default_factory=dict, sa_column=json_column())
    lowered_to: int | None = None
    lowered_at_ms: int | None = big(nullable=True)
    not_before_ms: int | None = big(nullable=True)


class Breaker(SQLModel, table=True):
    """The circuit breaker of one provider or source, shared by the fleet.

    `failures` counts those in a row. While `open`, nothing is let through before `retry_at_ms`; then one
    probe is (`half_open`), and what becomes of it closes the breaker or opens it for longer. `opened_at_ms`
    is when the outage began.
    """

    __tablename__ = "breakers"
    name: str = Field(primary_key=True)
    state: str = "closed"
    failures: int = 0
    openings: int = 0  # in a row, each longer than the one before
    opened_at_ms: int | None = big(nullable=True)
    retry_at_ms: int | None = big(nullable=True)
    error_class: str | None = None
    probe_job_id: str | None = None


class Worker(SQLModel, table=True):
    """A worker process that was heard of; its threads size the window that admission fills."""

    __tablename__ = "workers"
    id: str = Field(primary_key=True)
    host: str
    pid: int
    threads: int
    started_at_ms: int = big()
    seen_at_ms: int = big()


class Mark(SQLModel, table=True):
    """A number that the fleet shares: when it last swept, how many jobs were in flight, …"""

    __tablename__ = "marks"
    name: str = Field(primary_key=True)
    value: int = big()
