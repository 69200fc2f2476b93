"""The tables: what Gristmill remembers, by theme. `models.schema` has them for statements."""

from __future__ import annotations

from models.tables.gates import Breaker, Limit, Mark, Worker
from models.tables.library import Edition, Original, OriginalChunk
from models.tables.measuring import Evaluation, PromptPin
from models.tables.money import Account, Budget, Charge, LedgerEntry, Spend
from models.tables.owners import ApiKey, IdempotencyKey, Tenant
from models.tables.results import Answer, Delivery, Event, Question, Reply
from models.tables.vendor import VendorBatch, VendorItem
from models.tables.work import Batch, Content, Job, Lane

__all__ = [
    "Account",
    "Answer",
    "ApiKey",
    "Batch",
    "Breaker",
    "Budget",
    "Charge",
    "Content",
    "Delivery",
    "Edition",
    "Evaluation",
    "Event",
    "IdempotencyKey",
    "Job",
    "Lane",
    "LedgerEntry",
    "Limit",
    "Mark",
    "Original",
    "OriginalChunk",
    "PromptPin",
    "Question",
    "Reply",
    "Spend",
    "Tenant",
    "VendorBatch",
    "VendorItem",
    "Worker",
]
