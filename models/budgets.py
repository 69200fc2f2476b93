"""Budgets: the most that a tenant may spend on models in a day or a month (UTC).

A job starts only if what was spent, what the jobs in flight are estimated at and its own estimate stay
within the budget together; else it waits for the next period. So a period's spending exceeds its budget
by no more than what the calls in flight cost above their estimates: each admission pays for one call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, case, delete, func, select

from errors import InvalidInput
from models.charges import day_of
from models.gates import Candidate, Refusal
from models.inserting import insert_or
from models.lanes import IN_FLIGHT, PARKED
from models.schema import budgets, jobs, lanes, spend

MOST_MICRO = 1_000_000_000_000_000  # a billion dollars


class Period(StrEnum):
    """What a budget is for; both begin at midnight UTC."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget and what is used of it, in millionths of a US dollar; it begins anew at `ends_at_ms`."""

    tenant_id: str
    period: Period
    limit_micro: int
    spent_micro: int
    in_flight_micro: int
    ends_at_ms: int

    @property
    def left_micro(self) -> int:
        return max(self.limit_micro - self.spent_micro - self.in_flight_micro, 0)


@dataclass
class BudgetGate:
    """Lets a job through whose estimate is left of the budget."""

    standing: Standing
    planned_micro: int = 0

    def refusal(self, job: Candidate, now: int) -> Refusal | None:
        left_micro = self.standing.left_micro - self.planned_micro
        if job.estimated_micro <= max(left_micro, 0):
            return None
        budget = f"budget of the {self.standing.period} ({usd(self.standing.limit_micro)})"
        needed = f"{usd(job.estimated_micro)}, as this job is estimated at"
        if job.estimated_micro > self.standing.limit_micro:
            return Refusal("budget", f"The whole {budget} is less than {needed}; raise it.", is_own=True)
        ends_at_ms = self.standing.ends_at_ms
        return Refusal("budget", f"Of the {budget} less is left than {needed}.", ends_at_ms)

    def take(self, job: Candidate) -> None:
        self.planned_micro += job.estimated_micro

    def save(self, connection: Connection, admitted: Collection[str], now: int) -> None:
        """Nothing: what is in flight is read from the jobs themselves."""


def usd(micro: int) -> str:
    """Millionths of a dollar for people: `$1.25`, with as many digits as it needs."""
    whole, part = divmod(micro, 1_000_000)
    return f"${whole:,}.{f'{part:06d}'.rstrip('0'):0<2}"


def budget_gates(
    connection: Connection, tenant_ids: Collection[str], now: int
) -> dict[str, list[BudgetGate]]:
    """The gates of those of these tenants that have a budget."""
    gates: dict[str, list[BudgetGate]] = {}
    for standing in standings(connection, tenant_ids, now):
        gates.setdefault(standing.tenant_id, []).append(BudgetGate(standing))
    return gates


def standings(connection: Connection, tenant_ids: Collection[str], now: int) -> list[Standing]:
    """The budgets of these tenants and how they stand.

    What is in flight is read before what was spent: a job that ends in between may count twice.
    """
    query = select(*budgets.c).where(budgets.c.tenant_id.in_(tenant_ids))
    found = connection.execute(query.order_by(budgets.c.tenant_id, budgets.c.period)).all()
    limited = {row.tenant_id for row in found}
    flying = _in_flight(connection, limited) if limited else {}
    spent = _spent(connection, limited, now) if limited else {}
    return [
        Standing(
            tenant_id=row.tenant_id,
            period=Period(row.period),
            limit_micro=row.limit_micro,
            spent_micro=spent.get((row.tenant_id, row.period), 0),
            in_flight_micro=flying.get(row.tenant_id, 0),
            ends_at_ms=_next(Period(row.period), now),
        )
        for row in found
    ]


def set_budget(connection: Connection, tenant_id: str, period: Period, limit_micro: int) -> None:
    """Let this tenant spend at most so much in each period, from now on."""
    if not 0 <= limit_micro <= MOST_MICRO:
        raise InvalidInput(f"A budget must lie between $0 and {usd(MOST_MICRO)}.")
    statement = insert_or(connection, budgets).values(
        tenant_id=tenant_id, period=period, limit_micro=limit_micro
    )
    replaced = {"limit_micro": statement.excluded.limit_micro}
    connection.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "period"], set_=replaced))


def drop_budget(connection: Connection, tenant_id: str, period: Period) -> None:
    """Let this tenant spend without a limit for that period."""
    mine = (budgets.c.tenant_id == tenant_id, budgets.c.period == period)
    connection.execute(delete(budgets).where(*mine))


def _in_flight(connection: Connection, tenant_ids: Collection[str]) -> dict[str, int]:
    """What the jobs that are sent, running or with a provider's batch are estimated at, by tenant."""
    total = func.sum(jobs.c.estimated_micro)
    mine = select(lanes.c.id).where(lanes.c.tenant_id.in_(tenant_ids))  # else SQLite would read all its jobs
    flying: Counter[str] = Counter()
    for where in (IN_FLIGHT, PARKED):
        query = select(jobs.c.tenant_id, total).where(where, jobs.c.lane_id.in_(mine))
        for tenant_id, micro in connection.execute(query.group_by(jobs.c.tenant_id)):
            flying[tenant_id] += int(micro)
    return flying


def _spent(connection: Connection, tenant_ids: Collection[str], now: int) -> dict[tuple[str, str], int]:
    today = day_of(now)
    of_today = func.sum(case((spend.c.day == today, spend.c.cost_micro), else_=0))
    query = select(spend.c.tenant_id, of_today, func.sum(spend.c.cost_micro)).where(
        spend.c.tenant_id.in_(tenant_ids), spend.c.day.between(f"{today[:8]}01", today)
    )
    found = {}
    for tenant_id, day_micro, month_micro in connection.execute(query.group_by(spend.c.tenant_id)):
        found[tenant_id, str(Period.DAY)] = int(day_micro)
        found[tenant_id, str(Period.MONTH)] = int(month_micro)
    return found


def _next(period: Period, now: int) -> int:
    """When the period of `now` is over."""
    today = datetime.fromtimestamp(now / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == Period.DAY:
        return int((today + timedelta(days=1)).timestamp() * 1000)
    return int((today.replace(day=28) + timedelta(days=4)).replace(day=1).timestamp() * 1000)
