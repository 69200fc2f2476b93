"""What a caller sends to have something analysed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pipelines.entry import LONGEST_DELAY_S, MOST_FALLBACKS

SHORT_CHARS = 200
MOST_CHANNELS = 10

ShortText = Annotated[
    str, StringConstraints(min_length=1, max_length=SHORT_CHARS, pattern=r"^[^\x00-\x1f\x7f]+$")
]
LaneName = Literal["realtime", "flex", "batch"]
PriorityName = Literal["high", "normal", "low"]


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
    model: ShortText | None = Field(None, description="Who answers: `local` or `provider/model`.")
    lane: LaneName = Field("realtime", description="Or, at half the price and later: `flex` or `batch`.")
    fallbacks: list[ShortText] | None = Field(
        None,
        max_length=MOST_FALLBACKS,
        description="Who answers while the model is away, the first first; empty: nobody.",
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


class NewTool(Options):
    """A tool, with how its analysis is to be run. Unknown fields are ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "toolId": "loom-1",
                    "name": "Loom",
                    "url": "https://loom.example",
                    "description": "Loom is an open-source library for weaving tables together.",
                    "priority": "high",
                }
            ]
        }
    )
    tool_id: str | int | None = Field(
        None, alias="toolId", description="Your own id; comes back as the job's `external_id`."
    )
    name: str | None = Field(None, description="Without one, the description's first line.")
    url: str | None = None
    description: str = Field(description="What it is and does; at most 200,000 characters.")
    category: str | None = None
    deduplicate: bool = Field(
        True,
        description="Without a `dedup_key`, one analysis per tool; false asks for one more.",
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
