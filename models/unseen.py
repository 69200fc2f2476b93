"""Unseen: what was ingested and has not been seen at its place for long; a part of retention.

Editions go first, then the contents that stand nowhere and that no job is about, then files nobody refers to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, tuple_

from models.removal import AT_ONCE, remove_contents
from models.retention import Keep, ago
from models.schema import contents, editions, original_chunks, originals

FILES_AT_ONCE = 10  # each of up to fifty megabytes


def remove_unseen(connection: Connection, tenant_id: str | None, keep: Keep, now: int) -> Counter[str]:
    """Some of it, of all tenants or of one."""
    if keep.contents_days is None:
        return Counter()
    before_ms = ago(keep.contents_days, now)
    rows = _unseen(connection, tenant_id, before_ms)
    return Counter(
        editions=_remove_editions(connection, rows, before_ms),
        contents=remove_contents(connection, [row.content_id for row in rows]) if rows else 0,
        originals=_remove_originals(connection, tenant_id, before_ms),
    )


def _unseen(connection: Connection, tenant_id: str | None, before_ms: int) -> Sequence[Any]:
    mine = () if tenant_id is None else (editions.c.tenant_id == tenant_id,)
    old = select(editions.c.tenant_id, editions.c.key, editions.c.number, editions.c.content_id)
    found = old.where(editions.c.seen_at_ms < before_ms, *mine).order_by(editions.c.seen_at_ms)
    return connection.execute(found.limit(AT_ONCE)).all()


def _remove_editions(connection: Connection, rows: Sequence[Any], before_ms: int) -> int:
    named = tuple_(editions.c.tenant_id, editions.c.key, editions.c.number)
    which = named.in_([(row.tenant_id, row.key, row.number) for row in rows])
    still = editions.c.seen_at_ms < before_ms  # it may have been seen at this moment
    return connection.execute(delete(editions).where(which, still)).rowcount if rows else 0


def _remove_originals(connection: Connection, tenant_id: str | None, before_ms: int) -> int:
    """Files that no edition and no task's orders refer to any more."""
    stands = select(editions.c.key).where(editions.c.original_id == originals.c.id).exists()
    wanted = select(contents.c.id).where(contents.c.original_id == originals.c.id).exists()
    mine = () if tenant_id is None else (originals.c.tenant_id == tenant_id,)
    found = (
        select(originals.c.id)
        .where(originals.c.used_at_ms < before_ms, ~stands, ~wanted, *mine)
        .order_by(originals.c.used_at_ms)
        .limit(FILES_AT_ONCE)
        .with_for_update(skip_locked=True)  # from here on nobody finds it to be there already
    )
    ids = connection.execute(found).scalars().all()
    if not ids:
        return 0
    connection.execute(delete(original_chunks).where(original_chunks.c.original_id.in_(ids)))
    return connection.execute(delete(originals).where(originals.c.id.in_(ids))).rowcount
