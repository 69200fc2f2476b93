"""Figures, verdicts and problems: how it goes, and what went wrong."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from models.states import State

HealthState = Literal["healthy", "degraded", "unhealthy"]


class ThroughputOut(BaseModel):
    """Completed jobs."""

    last_minute: int
    last_hour: int
    last_day: int


class SpreadOut(BaseModel):
    """Milliseconds; null without a completed job."""

    p50_ms: int | None
    p95_ms: int | None


class AnalysisStats(BaseModel):
    """The last day of one analysis."""

    analysis: str
    completed: int
    failed: int
    error_rate: float = Field(ge=0, le=1, description="failed / (completed + failed)")


class Stats(BaseModel):
    """This tenant's figures. Wait and run are those of the newest 1,000 completed jobs."""

    jobs: dict[State, int]
    throughput: ThroughputOut
    wait: SpreadOut = Field(description="From being due to the last start.")
    run: SpreadOut = Field(description="From the last start to the end.")
    analyses: list[AnalysisStats]


class HealthIssue(BaseModel):
    """One thing that is not as it should be, and what to do."""

    component: Literal["database", "broker", "workers", "jobs"]
    severity: Literal["degraded", "unhealthy"]
    message: str
    recommendation: str


class HealthCheck(BaseModel):
    """One thing that was looked at."""

    component: str
    ok: bool
    detail: str


class Health(BaseModel):
    """The verdict with its causes."""

    status: HealthState
    issues: list[HealthIssue]
    checks: list[HealthCheck]


class LlmTest(BaseModel):
    """What one small real call to the configured provider found."""

    ok: bool
    provider: str
    model: str
    api: str
    latency_ms: int
    message: str
    error_class: str
    suggestion: str


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


class FieldFault(BaseModel):
    """One field that does not fit."""

    field: str
    message: str


class Problem(BaseModel):
    """Any error (RFC 9457)."""

    type: str = Field(examples=["/docs#error-not_found"])
    title: str
    status: int
    detail: str
    error_class: str = Field(examples=["not_found"])
    suggestion: str
    errors: list[FieldFault] | None = None
