"""`/livez` and `/readyz`: what an orchestrator asks, without a key and without detail about tenants."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

from fastapi import APIRouter

from web.health import unready
from web.problems import HttpProblem
from web.schemas import Alive, Problem

router = APIRouter(tags=["probes"])

LONGEST_S = 3.0
_looker = ThreadPoolExecutor(1, thread_name_prefix="readyz")  # a stalled look holds this thread only
_looking: Future[str | None] | None = None


@router.get("/livez", summary="Is the process alive?")
async def livez() -> Alive:
    """Asks nobody else, so it answers as long as this process can."""
    return Alive()


@router.get(
    "/readyz",
    responses={503: {"model": Problem, "description": "Not now; it says why."}},
    summary="May it get requests?",
)
async def readyz() -> Alive:
    """The database answers, its schema is current, and the broker is reachable."""
    try:
        reason = await asyncio.wait_for(asyncio.shield(_look()), LONGEST_S)
    except TimeoutError:
        reason = f"The database or the broker did not answer within {LONGEST_S:.0f} s."
    if reason is not None:
        raise HttpProblem(503, reason, headers={"Retry-After": "2"})
    return Alive()


def _look() -> asyncio.Future[str | None]:
    """The look under way, or a new one: probes that come meanwhile share it."""
    global _looking
    if _looking is None or _looking.done():
        _looking = _looker.submit(unready)
    return asyncio.wrap_future(_looking)
