"""Inserts: many rows in one statement, and rows that may be there already.

Jobs, contents and the timeline are written in bulk. On PostgreSQL all rows are one JSON parameter of one
prepared statement, which costs its server and us far less than a statement, or a parameter, for each value;
SQLite, in our own process, takes them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Insert, Table, Text, bindparam, cast, column, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

INSERTS: dict[str, Callable[[Table], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; the others get their defaults."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        statement = _all_at_once(table, tuple(rows[0]))
        connection.execute(statement, {"rows": orjson.dumps(rows).decode()})
    else:
        connection.execute(_one_by_one(table), rows)


def insert_or(connection: Connection, table: Table) -> postgresql.Insert:
    """An insert to which `on_conflict_do_nothing` or `on_conflict_do_update` is to be added.

    Both databases know both in the same words; SQLAlchemy has them once for each, as two types alike.
    """
    statement: postgresql.Insert = INSERTS[connection.dialect.name](table)
    return statement


def for_both(make: Callable[[Callable[[Table], Any]], Any]) -> dict[str, Any]:
    """What `make` makes of each database's insert, by its name: to be built once, and not each time."""
    return {name: make(insert_into) for name, insert_into in INSERTS.items()}


@cache
def _one_by_one(table: Table) -> Insert:
    return insert(table)


@cache
def _all_at_once(table: Table, names: tuple[str, ...]) -> Insert:
    columns = [column(name, table.c[name].type) for name in names]
    told = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    rows = told.table_valued(*columns).render_derived(with_types=True)
    return insert(table).from_select(names, select(*rows.c))
