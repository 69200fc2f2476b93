"""`/v1/queues`: look at queues, pause and resume them, change their limits.

Queues are shared by all tenants, so only keys of the operator's own tenant, `default`, change them: an
operator's key pauses and resumes, which loses nothing; limits are an admin's.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any

from fastapi import APIRouter, Path

from errors import InvalidInput
from models.database import reading, transact
from models.limits import Change
from models.overview import queue_counts
from models.queues import Standing
from models.states import State
from models.tenants import DEFAULT_TENANT, Caller
from pipelines.queues import list_standings, put
from web.api.shared import BAD_BODY, NO_SUCH
from web.auth import Admin, Operator, Viewer
from web.dispatcher import dispatcher
from web.json_body import StrictRoute
from web.problems import HttpProblem
from web.schemas.queues import Queue, QueueChange, QueueList

router = APIRouter(prefix="/queues", tags=["queues"], route_class=StrictRoute)

Name = Annotated[str, Path(description="A queue's name.", examples=["ai_analysis"])]


@router.get("", summary="List the queues")
def list_queues(caller: Viewer) -> QueueList:
    """Your jobs by state, the limits in force and what is used of them. Needs the role viewer."""
    with reading() as connection:
        found = [one for one in list_standings(connection) if one.scope == "queue"]
        counts = _counts(connection, caller.tenant_id)
    return QueueList(items=[_shown(one, counts) for one in found])


@router.patch("/{name}", responses={**NO_SUCH, **BAD_BODY}, summary="Change a queue's limits")
def change_limits(name: Name, change: QueueChange, caller: Admin) -> Queue:
    """Holds from the next admission on, for the whole fleet. Needs the role admin of tenant `default`."""
    told = change.model_dump(exclude_none=True)
    if not told:
        raise InvalidInput("Say what to change: concurrency, rate or period_ms.")
    return _change(caller, name, Change(**told))


@router.post("/{name}/pause", responses=NO_SUCH, summary="Pause a queue")
def pause(name: Name, caller: Operator) -> Queue:
    """Nothing more of it starts; what runs goes on. Needs the role operator of tenant `default`."""
    return _change(caller, name, Change(paused=True))


@router.post("/{name}/resume", responses=NO_SUCH, summary="Resume a queue")
def resume(name: Name, caller: Operator) -> Queue:
    """What waits starts again. Needs the role operator of tenant `default`."""
    return _change(caller, name, Change(paused=False))


def _change(caller: Caller, name: str, told: Change) -> Queue:
    if caller.tenant_id != DEFAULT_TENANT:
        raise HttpProblem(
            403, f"All tenants share the queues; only keys of the tenant {DEFAULT_TENANT} change them."
        )
    standing = transact(lambda connection: put(connection, "queue", name, told))
    dispatcher.poke()
    with reading() as connection:
        return _shown(standing, _counts(connection, caller.tenant_id))


def _counts(connection: Any, tenant_id: str) -> dict[str, dict[State, int]]:
    counts: dict[str, dict[State, int]] = defaultdict(lambda: dict.fromkeys(State, 0))
    for queue, state, count in queue_counts(connection, tenant_id):
        counts[queue][State(state)] = count
    return counts


def _shown(one: Standing, counts: dict[str, dict[State, int]]) -> Queue:
    return Queue.model_validate(
        {name: getattr(one, name) for name in Queue.model_fields if name != "jobs"}
        | {"jobs": counts[one.name]}
    )
