"""Spending: what a tenant spent and saved, by day, analysis and model, from the sums of each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from models.charges import SUMS
from models.schema import spend

By = Literal["day", "analysis", "model"]
MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Sums:
    """Calls that were made, and answers that needed none; money in millionths of a US dollar."""

    calls: int
    reused: int
    input_tokens: int
    output_tokens: int
    cost_micro: int
    saved_micro: int


def total_spending(connection: Connection, tenant_id: str, first: str, last: str) -> Sums:
    """All of it from one day to another (`2026-11-24`, UTC), both included."""
    row = connection.execute(select(*_sums()).where(*_within(tenant_id, first, last))).one()
    return _read(row)


def spending(
    connection: Connection, tenant_id: str, first: str, last: str, by: Sequence[By]
) -> list[tuple[dict[str, str], Sums]]:
    """The same, parted by these, in their order; at most `MOST_ROWS` rows."""
    groups = [spend.c[name] for name in by]
    query = select(*groups, *_sums()).where(*_within(tenant_id, first, last))
    rows = connection.execute(query.group_by(*groups).order_by(*groups).limit(MOST_ROWS)).all()
    return [({name: getattr(row, name) for name in by}, _read(row)) for row in rows]


def _within(tenant_id: str, first: str, last: str) -> tuple[Any, ...]:
    return (spend.c.tenant_id == tenant_id, spend.c.day.between(first, last))


def _sums() -> list[Any]:
    return [func.coalesce(func.sum(spend.c[name]), 0).label(name) for name in SUMS]


def _read(row: Any) -> Sums:
    return Sums(**{name: int(getattr(row, name)) for name in SUMS})
