"""`/v1/budgets`: what the caller's tenant may spend on models per day and month."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from models.budgets import Period, Standing, drop_budget, set_budget, standings
from models.database import clock, reading, transact
from web.api.shared import BAD_BODY
from web.auth import Admin, Viewer
from web.dispatcher import dispatcher
from web.json_body import StrictRoute
from web.schemas import BudgetLimit, BudgetList, BudgetOut, instant

router = APIRouter(prefix="/budgets", tags=["money"], route_class=StrictRoute)


@router.get("", summary="Look at the budgets")
def show_budgets(caller: Viewer) -> BudgetList:
    """Each with what is spent, under way and left. Needs the role viewer."""
    return BudgetList(items=budgets_of(caller.tenant_id))


@router.put("/{period}", responses=BAD_BODY, summary="Set a budget")
def set_one(period: Period, budget: BudgetLimit, caller: Admin) -> BudgetList:
    """In force at once; jobs beyond it wait for the next period. Needs the role admin."""
    transact(lambda connection: set_budget(connection, caller.tenant_id, period, budget.limit_micro))
    dispatcher.poke()
    return BudgetList(items=budgets_of(caller.tenant_id))


@router.delete("/{period}", summary="Lift a budget")
def lift(period: Period, caller: Admin) -> BudgetList:
    """No limit for that period from now on, whether or not there was one. Needs the role admin."""
    transact(lambda connection: drop_budget(connection, caller.tenant_id, period))
    dispatcher.poke()
    return BudgetList(items=budgets_of(caller.tenant_id))


def budgets_of(tenant_id: str) -> list[BudgetOut]:
    """A tenant's budgets as they stand."""
    with reading() as connection:
        return [budget_out(standing) for standing in standings(connection, [tenant_id], clock(connection))]


def budget_out(standing: Standing) -> BudgetOut:
    told: dict[str, Any] = {
        name: getattr(standing, name)
        for name in ("period", "limit_micro", "spent_micro", "in_flight_micro", "left_micro")
    }
    return BudgetOut(**told, ends_at=instant(standing.ends_at_ms))
