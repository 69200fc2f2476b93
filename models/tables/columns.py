"""Kinds of columns that both databases hold alike. Times are the database's own, in milliseconds since 1970.

Integers of milliseconds rather than timestamps: SQLite and PostgreSQL then compare, add and index
them alike, and no row can hold a time without a zone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ColumnElement, Index, Integer, literal_column, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

Json = JSON().with_variant(JSONB(), "postgresql")
RowId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers only INTEGER keys by itself


def big(*, nullable: bool = False, default: int | None = None) -> Any:
    """A 64-bit integer: a time in `_ms`, or money in `_micro`, millionths of a US dollar."""
    return Field(default=default, sa_type=BigInteger, nullable=nullable)


def numbered() -> Any:
    """A key that the database counts up by itself."""
    return Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))


def json_column(*, nullable: bool = False) -> Any:
    """A column of JSON; change it by setting a new value, never by changing the old one."""
    return Column(Json, nullable=nullable)


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of only the rows that it serves."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def indexed(where: str) -> ColumnElement[bool]:
    """The condition of a partial index, for a query that is to use it.

    It is written as a literal: SQLite uses such an index only where it can read the condition in the query.
    """
    return literal_column(where)
