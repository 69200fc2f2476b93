"""The tables as SQLAlchemy Core sees them: what the hot statements are written with."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table
from sqlmodel import SQLModel

from models import tables


def _core(model: type[SQLModel]) -> Table:
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


tenants = _core(tables.Tenant)
api_keys = _core(tables.ApiKey)
contents = _core(tables.Content)
batches = _core(tables.Batch)
jobs = _core(tables.Job)
answers = _core(tables.Answer)
replies = _core(tables.Reply)
events = _core(tables.Event)
deliveries = _core(tables.Delivery)
idempotency_keys = _core(tables.IdempotencyKey)
workers = _core(tables.Worker)
marks = _core(tables.Mark)
metadata = SQLModel.metadata
