"""Bulk: one action on every job that a filter names, a chunk at a time, so that no transaction grows long.

A chunk goes on behind the job where the one before ended, and none passes the newest job that there was at
the beginning: what is submitted meanwhile, or fails again, is not touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from errors import InvalidInput
from models.control import cancel_jobs, retry_jobs
from models.lookups import JobFilter
from models.removal import remove_some_jobs
from models.schema import jobs
from models.states import TERMINAL, State


class Action(StrEnum):
    """What is done to many jobs."""

    CANCEL = "cancel"  # what has not ended
    RETRY = "retry"  # what failed, from its beginning
    DISCARD = "discard"  # what failed: removed with all that hangs on it


APPLIES_TO: dict[Action, tuple[State, ...]] = {
    Action.CANCEL: tuple(state for state in State if state not in TERMINAL),
    Action.RETRY: (State.FAILED,),
    Action.DISCARD: (State.FAILED,),
}
AT_ONCE = {Action.CANCEL: 500, Action.RETRY: 500, Action.DISCARD: 200}  # with their events: 1,000 rows or so


@dataclass(frozen=True, slots=True)
class Many:
    """How many jobs an action names, and the id of the newest of them."""

    count: int
    newest: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one step of it did: how many jobs it looked at and changed, and the last one's id."""

    seen: int
    changed: int
    last: str


def check(action: Action, which: JobFilter) -> None:
    """Raises InvalidInput for a filter that names nothing, or a state that the action is not for."""
    if which == JobFilter():
        raise InvalidInput(f"Say which jobs to {action}: by state, analysis, batch or fingerprint.")
    states = APPLIES_TO[action]
    if which.state is not None and which.state not in states:
        raise InvalidInput(
            f"A job that is {which.state[:20]} cannot be used with {action}; it is for {', '.join(states)}."
        )


def count(connection: Connection, tenant_id: str, action: Action, which: JobFilter) -> Many:
    """How many jobs the action would be tried on. Raises InvalidInput."""
    check(action, which)
    told = select(func.count(), func.max(jobs.c.id)).where(*_named(tenant_id, action, which))
    many, newest = connection.execute(told).one()
    return Many(many, newest or "")


def act(
    connection: Connection, tenant_id: str, action: Action, which: JobFilter, *, after: str, newest: str
) -> Chunk:
    """The next chunk, behind the job `after` and up to `newest`; none is left when it has seen none."""
    span = (*_named(tenant_id, action, which), jobs.c.id > after, jobs.c.id <= newest)
    found = select(jobs.c.id).where(*span).order_by(jobs.c.id).limit(AT_ONCE[action])
    ids = list(connection.execute(found).scalars())
    if not ids:
        return Chunk(0, 0, after)
    return Chunk(len(ids), _apply(connection, tenant_id, action, ids), ids[-1])


def _apply(connection: Connection, tenant_id: str, action: Action, ids: list[str]) -> int:
    if action == Action.CANCEL:
        return sum(cancel_jobs(connection, tenant_id, jobs.c.id.in_(ids)))
    if action == Action.RETRY:
        return retry_jobs(connection, tenant_id, ids)
    still_failed = (jobs.c.tenant_id == tenant_id, jobs.c.state == State.FAILED)
    gone = remove_some_jobs(connection, jobs.c.id.in_(ids), *still_failed, limit=len(ids))
    return gone["jobs"]


def _named(tenant_id: str, action: Action, which: JobFilter) -> tuple[ColumnElement[Any], ...]:
    return (jobs.c.tenant_id == tenant_id, jobs.c.state.in_(APPLIES_TO[action]), *which.clauses())
