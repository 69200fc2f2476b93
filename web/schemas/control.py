"""Failed jobs by cause, and actions on many jobs at once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.bulk import Action
from models.states import State
from web.schemas.jobs import ID_FORM
from web.schemas.submissions import ShortText

FINGERPRINT_FORM = "^[0-9a-f]{16}$"
Fingerprint = Annotated[str, StringConstraints(pattern=FINGERPRINT_FORM)]


class ErrorCause(BaseModel):
    """Failed jobs of one cause: the same failure, whatever ids, numbers, quotes and paths it names."""

    fingerprint: str = Field(examples=["9f2c4e0a1b3d5c77"])
    analysis: str
    error_class: str
    message: str = Field(description="Of the newest of them.")
    suggestion: str
    retryable: bool
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    sample_job_id: str


class ErrorPage(BaseModel):
    """One page, what was seen last first; `next` is null on the last."""

    items: list[ErrorCause]
    next: str | None = Field(description="Give it as `cursor` to get the page after this one.")


class Replay(BaseModel):
    """From which step an ended job is to run again."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, json_schema_extra={"examples": [{"from": "score"}]}
    )
    step: ShortText = Field(alias="from", description="fetch, score (asks anew) or persist.")


class Which(BaseModel):
    """Which jobs: those that all of it holds for; at least one part must be given."""

    model_config = ConfigDict(extra="forbid")
    state: State | None = None
    analysis: ShortText | None = None
    batch: Annotated[str, StringConstraints(pattern=ID_FORM)] | None = None
    fingerprint: Fingerprint | None = None


class BulkAction(BaseModel):
    """What to do to which jobs; with `dry_run` they are only counted."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"action": "cancel", "filter": {"state": "waiting"}, "dry_run": True}]
        },
    )
    action: Action
    filter: Which
    dry_run: bool = False


class BulkDone(BaseModel):
    """How many jobs the filter named, and how many of them were changed."""

    action: Action
    matched: int
    changed: int
    left: int = Field(description="Not looked at yet, for there are so many: ask again for those.")
    dry_run: bool
