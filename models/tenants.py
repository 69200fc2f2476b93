"""Tenants and their keys: who may ask, kept so that the database cannot give a key away."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from errors import NotFound
from models.database import clock, new_id
from models.inserting import insert_or
from models.schema import api_keys, tenants

DEFAULT_TENANT = "default"
KEY_PREFIX = "gm_"
SHOWN_CHARS = 11  # of a key in lists: the prefix and eight random characters
ROLES = ("viewer", "operator", "admin")  # each may do what those before it may


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a key belongs to, and what it may do."""

    key_id: str
    tenant_id: str
    role: str

    def may(self, role: str) -> bool:
        """True if this caller's role includes `role`."""
        return ROLES.index(self.role) >= ROLES.index(role)


def ensure_tenant(connection: Connection, tenant_id: str = DEFAULT_TENANT) -> None:
    """The tenant exists afterwards."""
    row = {"id": tenant_id, "name": tenant_id, "created_at_ms": clock(connection)}
    connection.execute(insert_or(connection, tenants).on_conflict_do_nothing(), row)


def create_key(connection: Connection, *, tenant_id: str, name: str, role: str) -> str:
    """A new key of 192 random bits; this return is the only time it is seen.

    A SHA-256 is enough to keep it by: what is random needs no slow hash.
    """
    key = KEY_PREFIX + secrets.token_urlsafe(24)
    row = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "name": name,
        "role": role,
        "prefix": key[:SHOWN_CHARS],
        "digest": _digest(key),
        "created_at_ms": clock(connection),
    }
    connection.execute(insert(api_keys), row)
    return key


def find_caller(connection: Connection, key: str) -> Caller | None:
    """Whose key this is, if it is one and was not revoked."""
    alive = (api_keys.c.digest == _digest(key), api_keys.c.revoked_at_ms.is_(None))
    row = connection.execute(select(*api_keys.c).where(*alive)).one_or_none()
    return None if row is None else Caller(row.id, row.tenant_id, row.role)


def list_keys(connection: Connection, tenant_id: str) -> list[dict[str, object]]:
    """A tenant's keys without their secrets, oldest first."""
    shown = [c for c in api_keys.c if c.name not in ("digest", "tenant_id")]
    rows = connection.execute(select(*shown).where(api_keys.c.tenant_id == tenant_id).order_by(api_keys.c.id))
    return [dict(row) for row in rows.mappings()]


def revoke_key(connection: Connection, tenant_id: str, key_id: str) -> None:
    """The key is refused from now on. Raises NotFound."""
    mine = (api_keys.c.tenant_id == tenant_id, api_keys.c.id == key_id)
    revoked = update(api_keys).where(*mine).values(revoked_at_ms=clock(connection))
    if not connection.execute(revoked).rowcount:
        raise NotFound(f"There is no key {key_id[:40]!r} here; `gristmill keys list` shows them.")


def has_keys(connection: Connection) -> bool:
    """True once any key was made."""
    return bool(connection.execute(select(func.count()).select_from(api_keys)).scalar_one())


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
