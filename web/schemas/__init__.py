"""The shapes of the REST API's bodies, as OpenAPI describes them. Times are RFC 3339 in UTC."""

from __future__ import annotations

from web.schemas.jobs import (
    AN_ID,
    ID_FORM,
    AnalysisInfo,
    AnalysisList,
    Answer,
    Job,
    JobDetail,
    JobFault,
    JobPage,
    Moment,
    SubmittedJob,
    SubmittedStory,
    instant,
)
from web.schemas.monitoring import (
    Alive,
    AnalysisStats,
    FieldFault,
    Health,
    HealthCheck,
    HealthIssue,
    LlmTest,
    Problem,
    SpreadOut,
    Stats,
    ThroughputOut,
)
from web.schemas.submissions import NewJob, NewStory, Options

__all__ = [
    "AN_ID",
    "ID_FORM",
    "Alive",
    "AnalysisInfo",
    "AnalysisList",
    "AnalysisStats",
    "Answer",
    "FieldFault",
    "Health",
    "HealthCheck",
    "HealthIssue",
    "Job",
    "JobDetail",
    "JobFault",
    "JobPage",
    "LlmTest",
    "Moment",
    "NewJob",
    "NewStory",
    "Options",
    "Problem",
    "SpreadOut",
    "Stats",
    "SubmittedJob",
    "SubmittedStory",
    "ThroughputOut",
    "instant",
]
