"""Counts: how many jobs are in which state, for status lines, statistics and health."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from models.schema import jobs
from models.states import State
from models.tables.columns import indexed


def waiting_count(connection: Connection) -> int:
    """Jobs of all tenants that wait to start; reads each of them."""
    waiting = indexed("jobs.state = 'waiting'")
    return int(connection.execute(select(func.count()).select_from(jobs).where(waiting)).scalar_one())


def counts_by_state(connection: Connection, tenant_id: str) -> dict[str, int]:
    """This tenant's jobs in each state; every state is named, also with none."""
    rows = connection.execute(
        select(jobs.c.state, func.count()).where(jobs.c.tenant_id == tenant_id).group_by(jobs.c.state)
    )
    return {state.value: 0 for state in State} | {row.state: row[1] for row in rows}
