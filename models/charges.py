"""Charges: what each reply cost or saved its job, and the sums of the day, in one transaction with the reply.

A reply that did not fit, or that refused, was paid for all the same and is charged. One that is read a
second time costs nothing, and what it had cost is counted as saved.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select

from models.inserting import insert_or
from models.schema import charges, spend

REALTIME, FLEX, BATCH = LANES = ("realtime", "flex", "batch")  # at once; cheaper and later; within a day
GROUPS = ("tenant_id", "day", "analysis", "model", "lane")
SUMS = ("calls", "reused", "input_tokens", "output_tokens", "cost_micro", "saved_micro")


@dataclass(frozen=True, slots=True)
class Charged:
    """One reply that one job used; `is_reused` where it had been paid for before."""

    tenant_id: str
    job_id: str
    reply_id: str
    analysis: str
    provider: str
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro: int = 0
    saved_micro: int = 0
    is_reused: bool = False
    lane: str = REALTIME


@dataclass(frozen=True, slots=True)
class Spent:
    """What one job has cost until now, and what was saved, in millionths of a US dollar."""

    cost_micro: int
    saved_micro: int


def charge(connection: Connection, charged: Sequence[Charged], now: int) -> None:
    """Write charges down and add them to their day's sums."""
    if not charged:
        return
    named = [name for name in Charged.__slots__ if name != "is_reused"]
    rows = [{name: getattr(one, name) for name in named} for one in charged]
    connection.execute(insert(charges), [row | {"at_ms": now} for row in rows])
    _add_up(connection, charged, day_of(now))


def day_of(at_ms: int) -> str:
    """The day, in UTC, of a time of the database."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")


def spent_by(connection: Connection, tenant_id: str, job_id: str) -> Spent:
    """What this job has cost and saved."""
    mine = (charges.c.tenant_id == tenant_id, charges.c.job_id == job_id)
    row = connection.execute(select(_sum("cost_micro"), _sum("saved_micro")).where(*mine)).one()
    return Spent(int(row[0]), int(row[1]))


def _sum(name: str) -> ColumnElement[Any]:
    return func.coalesce(func.sum(charges.c[name]), 0)


def _add_up(connection: Connection, charged: Sequence[Charged], day: str) -> None:
    """Add to the day's rows, in the order of their keys, so that no two writers wait for each other."""
    sums: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for one in charged:
        group = sums[one.tenant_id, day, one.analysis, one.model, one.lane]
        group["reused" if one.is_reused else "calls"] += 1
        if not one.is_reused:
            group["input_tokens"] += one.input_tokens
            group["output_tokens"] += one.output_tokens
        group["cost_micro"] += one.cost_micro
        group["saved_micro"] += one.saved_micro
    statement = insert_or(connection, spend)
    added = {name: spend.c[name] + statement.excluded[name] for name in SUMS}
    rows = [dict(zip(GROUPS, key, strict=True)) | {n: sums[key][n] for n in SUMS} for key in sorted(sums)]
    connection.execute(statement.on_conflict_do_update(index_elements=GROUPS, set_=added), rows)
