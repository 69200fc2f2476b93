"""`/v1/spend`: what the caller's tenant spent on models and saved, by day, analysis and model."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from errors import InvalidInput
from models.charges import day_of
from models.database import clock, reading
from models.spending import By, spending, total_spending
from web.auth import Viewer
from web.schemas import SpendLine, SpendOut, SpendSums

router = APIRouter(prefix="/spend", tags=["money"])

MOST_DAYS = 366
USUAL_DAYS = 30
Day = Annotated[date | None, Query(description="A day in UTC, such as 2026-11-24.")]

Parts = Annotated[list[By] | None, Query(description="What to part it by; by day if nothing is said.")]


@router.get("", summary="Read the spending")
def show_spend(
    caller: Viewer,
    first: Day = None,
    last: Day = None,
    by: Annotated[
        list[By] | None, Query(description="What to part it by; by day if nothing is said.")
    ] = None,
) -> SpendOut:
    """The last 30 days, if no days are named; 366 at most. Needs the role viewer."""
    parts: list[By] = list(dict.fromkeys(by or ("day",)))
    with reading() as connection:
        until = last or date.fromisoformat(day_of(clock(connection)))
        since = first or until - timedelta(days=min(USUAL_DAYS - 1, until.toordinal() - 1))
        if not 0 <= (until - since).days < MOST_DAYS:
            raise InvalidInput(f"first must not lie behind last, and at most {MOST_DAYS} days are shown.")
        days = (since.isoformat(), until.isoformat())
        found = spending(connection, caller.tenant_id, *days, parts)
        total = total_spending(connection, caller.tenant_id, *days)
    items = [SpendLine(**named, **asdict(sums)) for named, sums in found]
    return SpendOut(first=days[0], last=days[1], items=items, total=SpendSums(**asdict(total)))
