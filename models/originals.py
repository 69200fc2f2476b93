"""Originals: files as they came, once for each tenant however often they come, in pieces of a megabyte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select, update

from errors import NotFound
from models.claims import Fence, fenced
from models.database import new_id
from models.inserting import insert_or
from models.schema import contents, jobs, original_chunks, originals

CHUNK_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class NewOriginal:
    """A file's bytes, ready to be kept."""

    tenant_id: str
    data: bytes = field(repr=False)


def keep_original(connection: Connection, new: NewOriginal, now: int) -> str:
    """Store a file's bytes, unless its tenant has them already; gives the original's id."""
    row = {
        "id": new_id(),
        "tenant_id": new.tenant_id,
        "sha256": hashlib.sha256(new.data).hexdigest(),
        "size": len(new.data),
        "created_at_ms": now,
        "used_at_ms": now,
    }
    same = [originals.c.tenant_id, originals.c.sha256]
    statement = insert_or(connection, originals).values(row)
    statement = statement.on_conflict_do_update(index_elements=same, set_={"used_at_ms": now})
    original_id = str(connection.execute(statement.returning(originals.c.id)).scalar_one())
    if original_id == row["id"]:
        chunks = range(0, len(new.data), CHUNK_BYTES)
        parts = [{"number": n, "data": new.data[at : at + CHUNK_BYTES]} for n, at in enumerate(chunks)]
        connection.execute(insert(original_chunks), [part | {"original_id": original_id} for part in parts])
    return original_id


def read_original(connection: Connection, tenant_id: str, original_id: str) -> Iterator[bytes]:
    """A file's bytes, a megabyte at a time. Raises NotFound."""
    mine = (originals.c.tenant_id == tenant_id, originals.c.id == original_id)
    if connection.execute(select(originals.c.id).where(*mine)).scalar() is None:
        raise NotFound("The file is not stored any more; ingest it again.")
    chunk = select(original_chunks.c.data).where(original_chunks.c.original_id == original_id)
    number = 0
    while data := connection.execute(chunk.where(original_chunks.c.number == number)).scalar():
        yield data
        number += 1


def original_to_read(connection: Connection, tenant_id: str, content_id: str) -> str | None:
    """The file that a task is to read, whose orders are that content; None if it is still to be fetched."""
    mine = (contents.c.tenant_id == tenant_id, contents.c.id == content_id)
    found: str | None = connection.execute(select(contents.c.original_id).where(*mine)).scalar()
    return found


def name_original(
    connection: Connection, fence: Fence, original_id: str, order: dict[str, Any], *, holder: str
) -> bool:
    """Note the file that a job is to read, and its orders as they are now; False if the job is another's."""
    held = select(jobs.c.content_id).where(fenced([fence], holder))
    values = {"original_id": original_id, "body": order}
    return bool(connection.execute(update(contents).where(contents.c.id.in_(held)).values(values)).rowcount)
