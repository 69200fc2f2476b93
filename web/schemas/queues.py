"""Queues as they are shown and changed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from models.limits import LONGEST_PERIOD_MS, MOST
from models.states import State


class Queue(BaseModel):
    """One queue. Limits, their use and what is in flight are the whole fleet's; null: no limit."""

    name: str = Field(examples=["ai_analysis"])
    jobs: dict[State, int] = Field(description="Your tenant's jobs in it, by state.")
    in_flight: int = Field(description="Jobs of all tenants that are sent or running.")
    concurrency: int | None = Field(description="So many jobs run at once.")
    rate: int | None = Field(description="So many jobs start in each period.")
    period_ms: int
    used: int = Field(description="How many started in the period that ends now.")
    paused: bool
    by_default: list[Literal["concurrency", "rate"]] = Field(
        description="Limits that nobody set; they count only jobs that ask a model."
    )


class QueueList(BaseModel):
    items: list[Queue]
    next: None = None


class QueueChange(BaseModel):
    """What to change; what is left out stays as it is, and 0 takes a limit away."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"concurrency": 5, "rate": 60}]}
    )
    concurrency: int | None = Field(None, ge=0, le=MOST)
    rate: int | None = Field(None, ge=0, le=MOST)
    period_ms: int | None = Field(None, ge=100, le=LONGEST_PERIOD_MS)
