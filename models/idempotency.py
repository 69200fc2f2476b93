"""Idempotency keys: which job a caller's key stands for, kept so that a repeated request finds it.

Each is kept as a row among the contents (of the kind `idempotency`, with an id no content can have),
in the same transaction as its job: there is no moment at which one exists without the other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, text

from models.database import clock
from models.schema import contents

KIND = "idempotency"


@dataclass(frozen=True, slots=True)
class Token:
    """A tenant's key, and the digest of the request that it came with."""

    tenant_id: str
    key: str
    request_digest: str

    @property
    def row_id(self) -> str:
        """One per tenant and key; a tenant cannot make another's."""
        told = f"{len(self.tenant_id)}:{self.tenant_id}:{self.key}"
        return "idem-" + hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the key stood for before."""

    job_id: str
    same_request: bool


def find_earlier(connection: Connection, token: Token) -> Earlier | None:
    """The earlier request under this key. Until the transaction ends, no other can use the key."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time already
        number = int(token.row_id[5:20], 16)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": number})
    mine = (contents.c.id == token.row_id, contents.c.tenant_id == token.tenant_id)
    row = connection.execute(select(contents.c.version, contents.c.body).where(*mine)).one_or_none()
    return None if row is None else Earlier(str(row.body["job_id"]), row.version == token.request_digest)


def remember(connection: Connection, token: Token, job_id: str) -> None:
    """From now on the key stands for this job."""
    row = {
        "id": token.row_id,
        "tenant_id": token.tenant_id,
        "kind": KIND,
        "version": token.request_digest,
        "body": {"job_id": job_id},
        "local_answer": None,
        "created_at_ms": clock(connection),
    }
    connection.execute(insert(contents), row)
