"""Batches: what a caller sends to have many contents analysed, and how a batch and its members are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.entry import MOST_FALLBACKS
from web.schemas.jobs import AN_ID, Answer, Job
from web.schemas.submissions import MOST_CHANNELS, LaneName, PriorityName, ShortText

MOST_FOLLOW_UPS = 10

OutcomeName = Literal["completed", "completed_with_failures", "failed", "cancelled"]


class BatchOptions(BaseModel):
    """How a batch is to be run: fields of a JSON body, parameters in the address of a streamed one."""

    model_config = ConfigDict(extra="forbid")
    analysis: ShortText = Field(description="One of those that `GET /v1/analyses` lists.")
    priority: PriorityName = "normal"
    parallel_limit: int | None = Field(None, ge=1, description="At most so many members at once.")
    failure_tolerance: int | float = Field(
        0.2, ge=0, description="How many may fail: a share with a point (0.2), or a count without one (5)."
    )
    retry_failed: int = Field(0, ge=0, le=100, description="How often what failed runs again by itself.")
    notify: list[ShortText] = Field(
        default_factory=list, max_length=MOST_CHANNELS, description="Channels that hear of the batch's end."
    )
    notify_members: list[ShortText] = Field(
        default_factory=list, max_length=MOST_CHANNELS, description="Channels that hear of each member's end."
    )
    model: ShortText | None = Field(None, description="Who answers: `local` or `provider/model`.")
    lane: LaneName = Field("realtime", description="Or, at half the price and later: `flex` or `batch`.")
    fallbacks: list[ShortText] | None = Field(
        None, max_length=MOST_FALLBACKS, description="Who answers while the model is away, the first first."
    )


class FollowUp(BaseModel):
    """One analysis that begins when the batch has its outcome, whatever that is."""

    model_config = ConfigDict(extra="forbid")
    analysis: ShortText = Field(description="One of those that `GET /v1/analyses` lists.")
    content: dict[str, Any] = Field(description="The fields of the analysis's content.")
    priority: PriorityName = "normal"
    notify: list[ShortText] = Field(
        default_factory=list, max_length=MOST_CHANNELS, description="Channels that hear of this job's end."
    )


class NewBatch(BatchOptions):
    """A batch whose rows fit into one body; more come as JSONL, see the call."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"analysis": "text.sentiment", "rows": [{"id": "1", "text": "Works well."}]}]
        },
    )
    rows: list[dict[str, Any] | str] = Field(description="Contents of the analysis, or plain texts.")
    then: list[FollowUp] = Field(
        default_factory=list,
        max_length=MOST_FOLLOW_UPS,
        description="Jobs that begin once, when the batch has ended, in whatever way.",
    )


class Batch(BaseModel):
    """One batch as a list shows it."""

    id: str = Field(examples=[AN_ID])
    analysis: str = Field(examples=["text.sentiment"])
    outcome: OutcomeName | None = Field(description="Null while it runs.")
    submitted: bool = Field(description="False while members are still being submitted.")
    total: int
    completed: int
    failed: int
    cancelled: int
    progress: int = Field(ge=0, le=100)
    parallel_limit: int | None
    failure_tolerance: int | float
    retry_failed: int
    rounds_used: int = Field(description="How often what failed has run again.")
    cancel_requested: bool
    created_at: datetime
    finished_at: datetime | None


class BatchDetail(Batch):
    """One batch with when it may end."""

    eta_s: float | None = Field(description="Seconds until it ends at its pace so far; null if hidden.")
    eta_hidden: str | None = Field(description="Why nothing can be said: too early, paused, stalled, …")


class SubmittedBatch(BatchDetail):
    """The batch that answers a submission."""

    then: list[str] = Field(description="The ids of the jobs that follow it.")
    existing: bool = Field(description="True: it was there already, by its idempotency key.")


class BatchPage(BaseModel):
    """One page, newest first; `next` is null on the last."""

    items: list[Batch]
    next: str | None = Field(description="Give it as `cursor` to get the page after this one.")


class BatchMember(BaseModel):
    """One member: its job, and its answer where it has one."""

    job: Job
    answer: Answer | None


class BatchMemberPage(BaseModel):
    """One page of members in the order of their rows; `next` is null on the last."""

    items: list[BatchMember]
    next: str | None = Field(description="Give it as `cursor` to get the page after this one.")


class RetriedBatch(BaseModel):
    """The batch, open again, and how many of its members run again."""

    retried: int
    batch: BatchDetail
