"""Who owns things: tenants, their keys, and the requests they repeat."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from models.tables.columns import big


class Tenant(SQLModel, table=True):
    """Who owns things; nothing is ever shared between two.

    `turn` is the number of the admission in which it last had one: the lowest goes next.
    """

    __tablename__ = "tenants"
    id: str = Field(primary_key=True)
    name: str
    turn: int = big(default=0)
    created_at_ms: int = big()


class ApiKey(SQLModel, table=True):
    """A bearer key, kept as its SHA-256 only; `prefix` is what a list shows of it."""

    __tablename__ = "api_keys"
    id: str = Field(primary_key=True)
    tenant_id: str = Field(foreign_key="tenants.id", index=True)
    name: str
    role: str  # viewer, operator or admin
    prefix: str
    digest: str = Field(unique=True)
    created_at_ms: int = big()
    revoked_at_ms: int | None = big(nullable=True)


class IdempotencyKey(SQLModel, table=True):
    """Which job a caller's key stands for, and the digest of the request it came with."""

    __tablename__ = "idempotency_keys"
    tenant_id: str = Field(primary_key=True, foreign_key="tenants.id")
    key: str = Field(primary_key=True)
    request_digest: str
    job_id: str = Field(foreign_key="jobs.id", index=True)
    created_at_ms: int = big()
