"""Evaluations: runs of analyses against labelled rows, kept so that they can be put side by side."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, insert, select

from errors import NotFound
from models.charges import Spent
from models.database import clock, new_id
from models.lookups import is_member
from models.schema import charges, evaluations, jobs
from models.tenants import ensure_tenant

MOST_OUTCOMES = 10_000  # rows; a run over more keeps its figures only
MOST_RUNS = 1_000
NOT_LISTED = ("outcomes", "tenant_id")
LISTED = [column for column in evaluations.c if column.name not in NOT_LISTED]


def store_run(connection: Connection, tenant_id: str, run: dict[str, Any]) -> str:
    """Keep a run, by the names of its columns; gives its id."""
    ensure_tenant(connection, tenant_id)
    outcomes = run["outcomes"] if len(run["outcomes"]) <= MOST_OUTCOMES else None
    run_id = new_id()
    own = {"id": run_id, "tenant_id": tenant_id, "created_at_ms": clock(connection)}
    connection.execute(insert(evaluations), run | own | {"outcomes": outcomes})
    return run_id


def list_runs(
    connection: Connection, tenant_id: str, *, analysis: str | None = None, before: str = "", limit: int = 50
) -> list[Any]:
    """A tenant's runs without their outcomes, newest first, those before an id; 1,000 at most."""
    query = select(*LISTED).where(evaluations.c.tenant_id == tenant_id)
    if analysis is not None:
        query = query.where(evaluations.c.analysis == analysis)
    if before:
        query = query.where(evaluations.c.id < before)
    newest = query.order_by(evaluations.c.id.desc()).limit(min(limit, MOST_RUNS))
    return list(connection.execute(newest).all())


def find_run(connection: Connection, tenant_id: str, wanted: str) -> Any:
    """A run with all there is of it, by its id or, newest first, by its name. Raises NotFound."""
    mine = select(*evaluations.c).where(evaluations.c.tenant_id == tenant_id)
    for column in (evaluations.c.id, evaluations.c.name):
        query = mine.where(column == wanted).order_by(evaluations.c.id.desc()).limit(1)
        if (row := connection.execute(query).one_or_none()) is not None:
            return row
    raise NotFound(f"There is no evaluation {wanted[:40]!r} here; `gristmill evaluations list` shows them.")


def spent_by_batch(connection: Connection, tenant_id: str, batch_id: str) -> Spent:
    """What the jobs of a batch have cost and saved."""
    members = select(jobs.c.id).where(is_member(tenant_id, batch_id))
    sums = [func.coalesce(func.sum(charges.c[name]), 0) for name in ("cost_micro", "saved_micro")]
    mine = (charges.c.tenant_id == tenant_id, charges.c.job_id.in_(members))
    row = connection.execute(select(*sums).where(*mine)).one()
    return Spent(int(row[0]), int(row[1]))
