"""Idempotency keys: which job or batch a caller's key stands for, so that a repeated request finds it.

A job's key is written in the same transaction as the job, a batch's stands in its row: neither exists
without the other. Keys of jobs and of batches are told apart by where they come.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, text

from models.database import clock
from models.schema import batches, idempotency_keys


@dataclass(frozen=True, slots=True)
class Token:
    """A tenant's key, and the digest of the request that it came with."""

    tenant_id: str
    key: str
    request_digest: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the key stood for before."""

    job_id: str
    same_request: bool


def find_earlier(connection: Connection, token: Token) -> Earlier | None:
    """The earlier request under this key. Until the transaction ends, no other can use the key."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time already
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _lock_number(token)})
    mine = (idempotency_keys.c.tenant_id == token.tenant_id, idempotency_keys.c.key == token.key)
    row = connection.execute(select(*idempotency_keys.c).where(*mine)).one_or_none()
    return None if row is None else Earlier(row.job_id, row.request_digest == token.request_digest)


def find_batch(connection: Connection, token: Token) -> tuple[str, bool] | None:
    """The batch that a request under this key made, and whether it was the same request."""
    mine = (batches.c.tenant_id == token.tenant_id, batches.c.request_key == token.key)
    row = connection.execute(select(batches.c.id, batches.c.request_digest).where(*mine)).one_or_none()
    return None if row is None else (row.id, row.request_digest == token.request_digest)


def remember(connection: Connection, token: Token, job_id: str) -> None:
    """From now on the key stands for this job."""
    row = {
        "tenant_id": token.tenant_id,
        "key": token.key,
        "request_digest": token.request_digest,
        "job_id": job_id,
        "created_at_ms": clock(connection),
    }
    connection.execute(insert(idempotency_keys), row)


def _lock_number(token: Token) -> int:
    told = f"{len(token.tenant_id)}:{token.tenant_id}:{token.key}"
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:7])
