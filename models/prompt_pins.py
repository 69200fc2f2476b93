"""Prompt pins: which version of an analysis's prompt a tenant's jobs get, where it is not the newest.

A pin is looked at when a job is submitted, and its version is written into the job's row: a retry, a
redelivery or the step that reads a reply again then asks by the same prompt, and finds what was paid for.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, select

from models.database import clock
from models.inserting import insert_or
from models.schema import prompt_pins
from models.tenants import ensure_tenant

Pins = Mapping[str, int]
"""Analysis → version."""


def pins_for(connection: Connection, tenant_id: str) -> Pins:
    """All pins of a tenant; empty where every analysis uses its newest prompt."""
    mine = select(prompt_pins.c.analysis, prompt_pins.c.version).where(prompt_pins.c.tenant_id == tenant_id)
    return {row.analysis: row.version for row in connection.execute(mine)}


def pin(connection: Connection, tenant_id: str, analysis: str, version: int) -> int | None:
    """From now on the tenant's new jobs get this version; gives the one that was pinned before."""
    ensure_tenant(connection, tenant_id)
    before = pins_for(connection, tenant_id).get(analysis)
    row = {"tenant_id": tenant_id, "analysis": analysis, "version": version}
    statement = insert_or(connection, prompt_pins).values(row | {"pinned_at_ms": clock(connection)})
    replaced = {name: statement.excluded[name] for name in ("version", "pinned_at_ms")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id", "analysis"], set_=replaced)
    )
    return before


def unpin(connection: Connection, tenant_id: str, analysis: str) -> int | None:
    """New jobs get the newest version again; gives the one that was pinned, None if none was."""
    mine = (prompt_pins.c.tenant_id == tenant_id, prompt_pins.c.analysis == analysis)
    version: int | None = connection.execute(
        delete(prompt_pins).where(*mine).returning(prompt_pins.c.version)
    ).scalar()
    return version
