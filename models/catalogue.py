"""The catalogue: what of the library users see, in lists and singly. Every query names the tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from models.schema import contents, editions

MOST_EDITIONS = 100  # of one content
TITLE_CHARS = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """An edition with its neighbours: the contents that stood at its place before and after."""

    row: Any
    before: str | None
    after: str | None


def list_kept(
    connection: Connection, tenant_id: str, *, kind: str | None, after: str | None, limit: int
) -> list[tuple[Any, Any | None]]:
    """The contents that are kept, newest first, each with the edition that was seen last."""
    title = func.substr(contents.c.body["title"].as_string(), 1, TITLE_CHARS).label("title")
    query = select(contents.c.id, contents.c.kind, title, contents.c.created_at_ms)
    query = query.where(contents.c.tenant_id == tenant_id, contents.c.is_kept)
    if kind is not None:
        query = query.where(contents.c.kind == kind)
    if after is not None:
        query = query.where(contents.c.id < after)
    rows = connection.execute(query.order_by(contents.c.id.desc()).limit(limit)).all()
    newest = _last_seen(connection, tenant_id, [row.id for row in rows])
    return [(row, newest.get(row.id)) for row in rows]


def _last_seen(connection: Connection, tenant_id: str, ids: list[str]) -> dict[str, Any]:
    mine = (editions.c.tenant_id == tenant_id, editions.c.content_id.in_(ids))
    found = connection.execute(select(*editions.c).where(*mine).order_by(editions.c.seen_at_ms))
    return {row.content_id: row for row in found}


def editions_of(connection: Connection, tenant_id: str, content_id: str) -> list[Standing]:
    """Where a content stands or stood, what was seen last first."""
    mine = (editions.c.tenant_id == tenant_id, editions.c.content_id == content_id)
    query = select(*editions.c).where(*mine).order_by(editions.c.seen_at_ms.desc()).limit(MOST_EDITIONS)
    rows = connection.execute(query).all()
    wanted = [(row.key, row.number + step) for row in rows for step in (-1, 1)]
    beside = select(editions.c.key, editions.c.number, editions.c.content_id).where(
        editions.c.tenant_id == tenant_id, tuple_(editions.c.key, editions.c.number).in_(wanted)
    )
    known = {(row.key, row.number): row.content_id for row in connection.execute(beside)}
    return [
        Standing(row, known.get((row.key, row.number - 1)), known.get((row.key, row.number + 1)))
        for row in rows
    ]
