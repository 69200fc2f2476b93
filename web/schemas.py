"""The shapes of the REST API's bodies, as OpenAPI describes them. Times are RFC 3339 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.states import State
from pipelines.entry import LONGEST_DELAY_S

ID_FORM = "^[0-9a-f]{26}$"
AN_ID = "066f3c2a51b2e0a1b2c3d4e5f6"
SHORT_CHARS = 200
MOST_CHANNELS = 10

ShortText = Annotated[
    str, StringConstraints(min_length=1, max_length=SHORT_CHARS, pattern=r"^[^\x00-\x1f\x7f]+$")
]
PriorityName = Literal["high", "normal", "low"]
HealthState = Literal["healthy", "degraded", "unhealthy"]


class Options(BaseModel):
    """How a job is to be run; everything has a default."""

    priority: PriorityName = "normal"
    delay_s: float = Field(0, ge=0, le=LONGEST_DELAY_S, allow_inf_nan=False, description="Start no sooner.")
    dedup_key: ShortText | None = Field(
        None, description="A live or completed job with this key is given back instead of a new one."
    )
    notify: list[ShortText] = Field(
        default_factory=list, max_length=MOST_CHANNELS, description="Channels, such as `file:done.jsonl`."
    )


class NewStory(Options):
    """A story, with how its enhancement is to be run. Unknown fields are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "A battery that charges in a minute",
                    "text": "The maker says its cell charges in a minute. Nobody outside has measured it.",
                    "sector_tag": "energy",
                    "priority": "high",
                }
            ]
        }
    )
    title: str | None = Field(None, description="Without one, the text's first line; at most 500 characters.")
    text: str = Field(description="At most 200,000 characters.")
    url: str | None = None
    sector_tag: str | None = None
    impact_tags: list[str] = Field(default_factory=list)
    id: str | int | None = Field(None, description="Your own id; comes back as the job's `external_id`.")
    deduplicate: bool = Field(
        True, description="Without a `dedup_key`, one enhancement per story; false asks for one more."
    )


class NewJob(Options):
    """One analysis of one content. Unknown fields of the content are ignored, others are refused."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"analysis": "text.sentiment", "content": {"text": "Works well, arrived late."}}]
        },
    )
    analysis: ShortText = Field(description="One of those that `GET /v1/analyses` lists.")
    content: dict[str, Any] = Field(description="The fields of the analysis's content; `id` comes back.")
    deduplicate: bool = Field(
        False,
        description="True: a job of this analysis for this same content is given back, if there is one.",
    )


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
    created_at: datetime


class Job(BaseModel):
    """One job as a list shows it."""

    id: str = Field(examples=[AN_ID])
    analysis: str = Field(examples=["story.enhance"])
    content_id: str
    batch_id: str | None
    external_id: str | None
    state: State
    priority: PriorityName
    progress: int = Field(ge=0, le=100)
    stage: str | None = Field(description="The step it is at: fetch, score, persist or notify.")
    attempts: int = Field(description="Attempts that ended or are under way.")
    max_attempts: int
    crash_count: int = Field(description="Workers that died while they held it; not counted as attempts.")
    cancel_requested: bool
    error: JobFault | None
    created_at: datetime
    due_at: datetime = Field(description="When it may start, or start again.")
    started_at: datetime | None
    finished_at: datetime | None


class JobDetail(Job):
    """One job with all there is to know of it."""

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


def instant(at_ms: int | None) -> datetime | None:
    """The database's milliseconds as an aware time."""
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)
