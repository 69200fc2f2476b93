"""`/v1/credits`: the caller's tenant's account and its ledger."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from models.credits import get_balance, grant, list_entries
from models.database import reading, transact
from web.api.shared import BAD_BODY, Refusals
from web.auth import Admin, Viewer
from web.dispatcher import dispatcher
from web.json_body import StrictRoute
from web.schemas import Credits, Grant, LedgerLine, Problem, instant
from web.submitting import IdempotencyKey

router = APIRouter(prefix="/credits", tags=["money"], route_class=StrictRoute)

MOST_PER_PAGE = 200
FIRST_PAGE = 50
USED_KEY: Refusals = {
    409: {"model": Problem, "description": "This Idempotency-Key granted another amount before."}
}
Cursor = Annotated[int | None, Query(ge=1, le=2**62, description="`next` of the page before.")]


@router.get("", summary="Look at the credits")
def show_credits(
    caller: Viewer, cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = FIRST_PAGE
) -> Credits:
    """The balance and the ledger, newest first. Needs the role viewer."""
    return _account(caller.tenant_id, cursor, limit)


@router.post("", responses={**BAD_BODY, **USED_KEY}, summary="Grant credits")
def grant_credits(given: Grant, caller: Admin, idempotency_key: IdempotencyKey = None) -> Credits:
    """From the first grant on the tenant's work is metered. Needs the role admin."""
    more = (caller.tenant_id, given.amount, given.note)
    transact(lambda connection: grant(connection, *more, request_key=idempotency_key))
    dispatcher.poke()
    return _account(caller.tenant_id, None, FIRST_PAGE)


def _account(tenant_id: str, before: int | None, limit: int) -> Credits:
    with reading() as connection:
        balance = get_balance(connection, tenant_id)
        rows = list_entries(connection, tenant_id, before=before, limit=limit + 1)
    following = rows[limit - 1].id if len(rows) > limit else None
    return Credits(balance=balance, items=[_line(row) for row in rows[:limit]], next=following)


def _line(row: Any) -> LedgerLine:
    told = {name: getattr(row, name) for name in ("id", "kind", "amount", "balance", "job_id", "note")}
    return LedgerLine(**told, at=instant(row.at_ms))
