"""Prompts: the versions of what an analysis tells a model, and which one is pinned."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PromptVersion(BaseModel):
    """One version; `digest` is the beginning of its words' SHA-256."""

    version: int
    digest: str
    instructions: str = Field(description="The system message; the content follows it, fenced as data.")


class PromptVersions(BaseModel):
    """An analysis's prompts as the caller's tenant has them."""

    analysis: str
    newest: int
    pinned: int | None = Field(description="Null: none is, and the newest is in force.")
    in_force: int = Field(description="What new jobs get.")
    items: list[PromptVersion]
    next: None = None


class PromptPin(BaseModel):
    """The version that new jobs are to get."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 1}]})
    version: int = Field(ge=1, le=1_000_000)


class PromptDiff(BaseModel):
    """How two versions differ."""

    analysis: str
    old: int
    new: int
    diff: str
