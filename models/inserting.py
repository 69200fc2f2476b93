"""Many rows in one statement: how jobs, contents and the timeline are written.

On PostgreSQL all rows are one JSON parameter of one prepared statement, which costs its server and us far
less than a statement, or a parameter, for each value; SQLite, in our own process, takes them one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Insert, Table, Text, bindparam, cast, column, func, insert, select


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; the others get their defaults."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        statement = _all_at_once(table, tuple(rows[0]))
        connection.execute(statement, {"rows": orjson.dumps(rows).decode()})
    else:
        connection.execute(_one_by_one(table), rows)


@cache
def _one_by_one(table: Table) -> Insert:
    return insert(table)


@cache
def _all_at_once(table: Table, names: tuple[str, ...]) -> Insert:
    columns = [column(name, table.c[name].type) for name in names]
    told = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    rows = told.table_valued(*columns).render_derived(with_types=True)
    return insert(table).from_select(names, select(*rows.c))
