"""Evaluations: runs of analyses against labelled rows. Money is in millionths of a US dollar."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class EvaluationOut(BaseModel):
    """One run; its `figures` are those of its metric."""

    id: str
    name: str | None
    analysis: str
    file_name: str
    label: str = Field(examples=["label.sentiment"], description="Where the labels stand in the rows.")
    metric: str
    field: str = Field(description="What of the answers is compared with the labels.")
    answerer: str = Field(examples=["openai/gpt-5-mini"], description="`local`, or a provider and its model.")
    prompt_version: int | None = Field(description="Null for local answers: they have no prompt.")
    schema_version: int
    rows: int = Field(description="Rows with an answer; only these are measured.")
    unanswered: int
    figures: dict[str, float]
    headline: str = Field(description="The figure by which runs are compared.")
    cost_micro: int
    saved_micro: int
    created_at: datetime


class EvaluationPage(BaseModel):
    """One page, newest first; `next` is null on the last."""

    items: list[EvaluationOut]
    next: str | None = Field(description="Give it as `cursor` to get the page after this one.")


class EvaluationDifference(BaseModel):
    """Two runs side by side: the second's headline figure less the first's."""

    first: EvaluationOut
    second: EvaluationOut
    difference: float
    low: float = Field(description="95 % of resamples of the rows had a difference from `low` to `high`.")
    high: float
    sure: bool = Field(description="True: the interval has no 0 in it.")
