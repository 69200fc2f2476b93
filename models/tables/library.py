"""The library: what was ingested. Files as they came, and which content stood where, edition by edition."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big


class Original(SQLModel, table=True):
    """The bytes of a file, once for each tenant however often it comes; they are in its chunks.

    In the database and not in files: several machines of workers share nothing else, and a backup of it is
    a backup of all. `used_at_ms` is when it last came.
    """

    __tablename__ = "originals"
    id: str = Field(primary_key=True)
    tenant_id: str = Field(foreign_key="tenants.id")
    sha256: str
    size: int
    created_at_ms: int = big()
    used_at_ms: int = big()
    __table_args__ = (
        UniqueConstraint("tenant_id", "sha256", name="uq_originals_once"),
        Index("ix_originals_age", "used_at_ms"),
    )


class OriginalChunk(SQLModel, table=True):
    """A megabyte of an original, so that no row is large and no reader holds all of it."""

    __tablename__ = "original_chunks"
    original_id: str = Field(primary_key=True, foreign_key="originals.id")
    number: int = Field(primary_key=True)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Edition(SQLModel, table=True):
    """Which content stood at one place from some moment on: number 1, and 2 when it was another one, …

    A place is a file's name or a page's address, with the part of it; `key` is the SHA-256 of both.
    """

    __tablename__ = "editions"
    tenant_id: str = Field(primary_key=True, foreign_key="tenants.id")
    key: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    place: str
    part: str
    content_id: str = Field(foreign_key="contents.id", index=True)
    original_id: str | None = Field(default=None, foreign_key="originals.id", index=True)
    job_id: str | None = Field(default=None, index=True)  # the ingest that saw it last
    created_at_ms: int = big()
    seen_at_ms: int = big()
    __table_args__ = (Index("ix_editions_age", "seen_at_ms"),)
