"""`/v1/batches/estimate`: what a batch would cost, before it is submitted."""

from __future__ import annotations

from fastapi import APIRouter

from pipelines.entry import analysis_named
from pipelines.quote import quote
from web.api.budgets import budget_out
from web.api.shared import BAD_BODY
from web.auth import Viewer
from web.json_body import StrictRoute
from web.schemas import Estimate, RowsToEstimate

router = APIRouter(prefix="/batches", tags=["money"], route_class=StrictRoute)


@router.post("/estimate", responses=BAD_BODY, summary="Estimate a batch")
def estimate_batch(asked: RowsToEstimate, caller: Viewer) -> Estimate:
    """Tokens, money and credits, and what the tenant has left. Stores nothing. Needs the role viewer."""
    told = quote(analysis_named(asked.analysis), asked.rows, tenant=caller.tenant_id)
    return Estimate(
        analysis=told.analysis,
        answerer=told.answerer,
        jobs=told.jobs,
        tokens=told.tokens,
        cost_micro=told.micro,
        credits=told.credits,
        price_known=told.is_price_known,
        balance=told.balance,
        budgets=[budget_out(standing) for standing in told.budgets],
        obstacles=told.obstacles,
    )
