"""The REST API under `/v1`: one file per resource, each with a `router` that is mounted here."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from web.api import (
    accounts,
    analyses,
    batches,
    budgets,
    bulk,
    contents,
    errors,
    estimates,
    evaluations,
    events,
    health,
    jobs,
    llm,
    prompts,
    queues,
    spend,
    stats,
    stories,
    tools,
    uploads,
)
from web.json_body import StrictRoute
from web.schemas import Problem

REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No key, or one that is not known."},
    403: {"model": Problem, "description": "The key's role does not allow this."},
    503: {"model": Problem, "description": "The database is away; try again as Retry-After says."},
}

v1 = APIRouter(prefix="/v1", responses=REFUSALS, route_class=StrictRoute)
for resource in (
    *(stories, tools, uploads, contents, bulk, jobs, batches, events, estimates, queues),
    *(errors, analyses, prompts, evaluations),
    *(spend, accounts, budgets, stats, health, llm),
):
    v1.include_router(resource.router)
