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
idempotency_keys = _core(tables.IdempotencyKey)

contents = _core(tables.Content)
batches = _core(tables.Batch)
lanes = _core(tables.Lane)
jobs = _core(tables.Job)

originals = _core(tables.Original)
original_chunks = _core(tables.OriginalChunk)
editions = _core(tables.Edition)

answers = _core(tables.Answer)
replies = _core(tables.Reply)
questions = _core(tables.Question)
events = _core(tables.Event)
deliveries = _core(tables.Delivery)

vendor_batches = _core(tables.VendorBatch)
vendor_items = _core(tables.VendorItem)

prompt_pins = _core(tables.PromptPin)
evaluations = _core(tables.Evaluation)

limits = _core(tables.Limit)
breakers = _core(tables.Breaker)
workers = _core(tables.Worker)
marks = _core(tables.Mark)

accounts = _core(tables.Account)
ledger_entries = _core(tables.LedgerEntry)
budgets = _core(tables.Budget)
charges = _core(tables.Charge)
spend = _core(tables.Spend)

metadata = SQLModel.metadata
