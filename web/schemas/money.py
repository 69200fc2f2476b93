"""Money: estimates, spending, credits and budgets. Money is in whole millionths of a US dollar (`_micro`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from models.budgets import MOST_MICRO, Period
from models.credits import MOST_GRANTED, Kind
from web.schemas.submissions import ShortText

MOST_ROWS = 10_000


class BudgetOut(BaseModel):
    """One budget, and how it stands."""

    period: Period
    limit_micro: int
    spent_micro: int
    in_flight_micro: int = Field(description="What the jobs that run now are estimated at.")
    left_micro: int
    ends_at: datetime = Field(description="When it begins anew: at midnight UTC.")


class BudgetList(BaseModel):
    items: list[BudgetOut]
    next: None = None


class BudgetLimit(BaseModel):
    """How much may be spent in each period."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"limit_micro": 5_000_000}]})
    limit_micro: int = Field(ge=0, le=MOST_MICRO)


class RowsToEstimate(BaseModel):
    """A batch that is not submitted, only estimated."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"analysis": "text.sentiment", "rows": [{"text": "Works well, arrived late."}]}]
        },
    )
    analysis: ShortText = Field(description="One of those that `GET /v1/analyses` lists.")
    rows: list[dict[str, Any] | str] = Field(
        max_length=MOST_ROWS, description="Contents, as in a batch; a text stands for `{text}`."
    )


class Estimate(BaseModel):
    """What it would cost if no row repeats another, and what stands in its way."""

    analysis: str
    answerer: str = Field(examples=["openai/gpt-5-mini"], description="`local` costs nothing.")
    jobs: int
    tokens: int
    cost_micro: int
    credits: int
    price_known: bool = Field(description="False: nobody knows the model's price, and it counts as 0.")
    balance: int | None = Field(description="Credits in the account; null for a tenant that is not metered.")
    budgets: list[BudgetOut]
    obstacles: list[str] = Field(description="Why some of it would have to wait; empty if nothing would.")


class SpendSums(BaseModel):
    """Calls that were made, and answers that needed none."""

    calls: int
    reused: int
    input_tokens: int
    output_tokens: int
    cost_micro: int
    saved_micro: int


class SpendLine(SpendSums):
    """One part; null where it was not parted by that."""

    day: str | None = Field(None, examples=["2026-11-24"])
    analysis: str | None = None
    model: str | None = None


class SpendOut(BaseModel):
    """What was spent and saved in these days (UTC), both included."""

    first: str
    last: str
    items: list[SpendLine]
    total: SpendSums


class Grant(BaseModel):
    """Credits to give."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"amount": 1_000}]})
    amount: int = Field(ge=0, le=MOST_GRANTED, description="0 only opens the account.")
    note: ShortText | None = Field(None, description="What for; it stands in the ledger.")


class LedgerLine(BaseModel):
    """One movement: `amount` went into the balance, which then was `balance`."""

    id: int
    kind: Kind
    amount: int
    balance: int
    job_id: str | None
    note: str | None
    at: datetime


class Credits(BaseModel):
    """A tenant's account; `balance` is null for one that is not metered."""

    balance: int | None
    items: list[LedgerLine] = Field(description="The ledger, newest first.")
    next: int | None = Field(description="Give it as `cursor` to get the page after this one.")
