"""The money: credits and their ledger, budgets, what each call cost, and the sums of each day."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from models.tables.columns import big, numbered, partial


class Account(SQLModel, table=True):
    """A tenant's credits that are neither spent nor reserved; a tenant without an account is not metered."""

    __tablename__ = "accounts"
    tenant_id: str = Field(primary_key=True, foreign_key="tenants.id")
    balance: int = big(default=0)
    __table_args__ = (CheckConstraint("balance >= 0", name="ck_accounts_never_negative"),)


class LedgerEntry(SQLModel, table=True):
    """One movement of credits, never changed: `amount` went into the balance, which then was `balance`."""

    __tablename__ = "ledger_entries"
    id: int | None = numbered()
    tenant_id: str
    job_id: str | None = Field(default=None, index=True)
    kind: str  # grant, reserve, settle or refund
    amount: int = big()
    balance: int = big()
    note: str | None = None
    request_key: str | None = None  # of the request that granted, so that its repetition does not
    at_ms: int = big()
    __table_args__ = (
        Index("ix_ledger_tenant", "tenant_id", "id"),
        partial(
            "uq_ledger_request",
            "tenant_id",
            "request_key",
            where="request_key IS NOT NULL",
            unique=True,
        ),
    )


class Budget(SQLModel, table=True):
    """The most that a tenant may spend on models in each `period` (`day` or `month`, UTC)."""

    __tablename__ = "budgets"
    tenant_id: str = Field(primary_key=True, foreign_key="tenants.id")
    period: str = Field(primary_key=True)
    limit_micro: int = big()


class Charge(SQLModel, table=True):
    """One reply that a job used: what it cost, or what was saved because it had been paid for already."""

    __tablename__ = "charges"
    id: int | None = numbered()
    tenant_id: str
    job_id: str = Field(index=True)
    reply_id: str
    analysis: str
    provider: str
    model: str
    lane: str = "realtime"
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro: int = big(default=0)
    saved_micro: int = big(default=0)
    at_ms: int = big()
    __table_args__ = (Index("ix_charges_age", "at_ms"),)


class Spend(SQLModel, table=True):
    """A day's charges (UTC, `2026-11-24`) by tenant, analysis, model and lane; written with each of them."""

    __tablename__ = "spend"
    tenant_id: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    analysis: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    lane: str = Field(primary_key=True)
    calls: int = 0
    reused: int = 0
    input_tokens: int = big(default=0)
    output_tokens: int = big(default=0)
    cost_micro: int = big(default=0)
    saved_micro: int = big(default=0)
