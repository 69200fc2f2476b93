"""What prompts are in force, and how good answers were: pins, and the runs of evaluations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from models.tables.columns import Json, big, json_column


class PromptPin(SQLModel, table=True):
    """The version of an analysis's prompt that a tenant wants, in place of the newest."""

    __tablename__ = "prompt_pins"
    tenant_id: str = Field(primary_key=True, foreign_key="tenants.id")
    analysis: str = Field(primary_key=True)
    version: int
    pinned_at_ms: int = big()


class Evaluation(SQLModel, table=True):
    """One run: an analysis measured against labelled rows; never changed once it is stored.

    `outcomes` has what each row told, in the file's order and null for a row without an answer; they hold
    labels and numbers, never the content. It is null itself for a file of very many rows.
    """

    __tablename__ = "evaluations"
    id: str = Field(primary_key=True)
    tenant_id: str = Field(foreign_key="tenants.id")
    name: str | None = None  # what a person called it
    analysis: str
    file_name: str
    file_digest: str  # SHA-256 of the rows: two runs of one digest and label may be compared row by row
    label: str  # the dotted path of the label in a row
    field: str  # and of what it is compared with in an answer
    metric: str
    answerer: str  # `local` or `provider/model`
    prompt_version: int | None = None  # null where the local analyser answered: it has no prompt
    schema_version: int
    rows: int  # with an answer
    unanswered: int
    figures: dict[str, float] = Field(sa_column=json_column())
    outcomes: list[Any] | None = Field(default=None, sa_column=Column(Json))
    cost_micro: int = big(default=0)
    saved_micro: int = big(default=0)
    batch_id: str | None = None  # whose jobs answered; none for a run without jobs
    created_at_ms: int = big()
    __table_args__ = (Index("ix_evaluations_tenant", "tenant_id", "id"),)
