"""What was given to providers to be answered within a day: their batches, and the questions in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.tables.columns import big, json_column


class VendorBatch(SQLModel, table=True):
    """One batch at a provider. Its own id is in the provider's metadata, so that it is found again there.

    `tries` counts submissions that were begun: from the second on, it may be there already.
    """

    __tablename__ = "vendor_batches"
    id: str = Field(primary_key=True)
    asked: str  # provider/model
    state: str = "new"  # new, sent, cancelling, ended
    tries: int = 0
    vendor_id: str | None = None
    items: int = 0
    outcome: str | None = None  # in the provider's word: completed, expired, failed, cancelled
    created_at_ms: int = big()
    ended_at_ms: int | None = big(nullable=True)
    __table_args__ = (Index("ix_vendor_batches_state", "state", "id"),)


class VendorItem(SQLModel, table=True):
    """A question that waits to be, or is, in a provider's batch; gone once it is answered or given up.

    `body` is the request as the provider takes it, and the id is its `custom_id` there.
    """

    __tablename__ = "vendor_items"
    id: str = Field(primary_key=True)
    tenant_id: str
    key: str
    job_id: str
    generation: int
    analysis: str
    asked: str  # provider/model
    prompt_version: int
    body: dict[str, Any] = Field(sa_column=json_column())
    size_bytes: int = 0
    vendor_batch_id: str | None = None
    created_at_ms: int = big()
    __table_args__ = (
        Index("uq_vendor_items_question", "tenant_id", "key", unique=True),
        Index("ix_vendor_items_batch", "vendor_batch_id", "id"),
    )
