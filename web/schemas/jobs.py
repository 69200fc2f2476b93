"""Jobs and their answers as they are shown, in lists and singly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from models.states import State
from web.schemas.submissions import PriorityName

ID_FORM = "^[0-9a-f]{26}$"
AN_ID = "066f3c2a51b2e0a1b2c3d4e5f6"


class JobFault(BaseModel):
    """Why a job's last attempt failed."""

    error_class: str = Field(examples=["rate_limit"])
    message: str
    suggestion: str
    retryable: bool


class Moment(BaseModel):
    """One line of a timeline."""

    state: State
    at: datetime
    message: str | None


class Answer(BaseModel):
    """What an analysis found, and who made it."""

    job_id: str = Field(examples=[AN_ID])
    content_id: str
    analysis: str
    answer: dict[str, Any] = Field(description="As the analysis's `answer_schema` says.")
    provider: str = Field(examples=["local"])
    model: str
    prompt_version: int
    schema_version: int
    degraded: bool = Field(description="True: made by the fallback because the model was away.")
    flags: list[str] = Field(description="Inappropriate content in what was analysed, by category.")
    created_at: datetime


class Job(BaseModel):
    """One job as a list shows it."""

    id: str = Field(examples=[AN_ID])
    analysis: str = Field(examples=["story.enhance"])
    model: str = Field(description="Who is to answer: `local` or `provider/model`.")
    content_id: str
    batch_id: str | None
    external_id: str | None
    state: State
    priority: PriorityName
    progress: int = Field(ge=0, le=100)
    stage: str | None = Field(
        description="The step it is at (fetch, score, persist, notify); of a long content as `score 2 of 7`."
    )
    attempts: int = Field(description="Attempts that ended or are under way.")
    max_attempts: int
    crash_count: int = Field(description="Workers that died while they held it; not counted as attempts.")
    cancel_requested: bool
    error: JobFault | None
    created_at: datetime
    due_at: datetime = Field(description="When it may start, or start again.")
    started_at: datetime | None
    finished_at: datetime | None


class Waiting(BaseModel):
    """What holds a job back."""

    gate: str = Field(
        description="schedule, backoff, question, batch, workers, window, turn, credits, budget, or a limit "
        "such as `queue ai_analysis`."
    )
    reason: str
    until: datetime | None = Field(description="When that may change by itself; null: nobody knows.")


class JobDetail(Job):
    """One job with all there is to know of it. Money is in millionths of a US dollar."""

    waiting: Waiting | None = Field(description="Why it does not run yet; null if it runs or has ended.")
    estimated_tokens: int = Field(description="Input and output, before the call; 0 for a local answer.")
    estimated_micro: int
    cost_micro: int = Field(description="What its calls cost until now.")
    saved_micro: int = Field(description="What they would have cost, had the replies not been there already.")
    price_credits: int
    timeline: list[Moment]
    answer: Answer | None


class SubmittedJob(Job):
    """The job that answers a submission."""

    existing: bool = Field(description="True: it was there already, by its dedup or idempotency key.")


class SubmittedStory(BaseModel):
    """A story that was taken: its local scores at once, its enhancement as a job."""

    content_id: str
    local_answer: dict[str, Any] | None
    job: SubmittedJob


class JobPage(BaseModel):
    """One page, newest first; `next` is null on the last."""

    items: list[Job]
    next: str | None = Field(description="Give it as `cursor` to get the page after this one.")


class Event(BaseModel):
    """One transition of a job, or of a batch where `job_id` is null."""

    id: int = Field(description="Its place among all events; rises, with gaps.")
    job_id: str | None
    batch_id: str | None
    state: str = Field(description="A job's state or a batch's outcome.", examples=["running"])
    at: datetime
    message: str | None


class EventPage(BaseModel):
    """Events, oldest first; `next` is null when there are no more for now."""

    items: list[Event]
    next: int | None = Field(description="Give it as `cursor` to get the page after this one.")


class AnalysisInfo(BaseModel):
    """One analysis: what it takes and what it answers."""

    name: str
    title: str
    queue: str
    prompt_version: int
    schema_version: int
    content: str = Field(description="The kind of content.", examples=["story"])
    content_schema: dict[str, Any]
    answer_schema: dict[str, Any]


class AnalysisList(BaseModel):
    items: list[AnalysisInfo]
    next: None = None


def instant(at_ms: int | None) -> datetime | None:
    """The database's milliseconds as an aware time."""
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)
