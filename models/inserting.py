"""Many rows in one statement: how jobs, contents, answers and the timeline are written.

On PostgreSQL all rows are one JSON parameter of one prepared statement, which costs its server and us far
less than a statement, or a parameter, for each value; SQLite, in our own process, takes them one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import ColumnDefault, Connection, Insert, Table, TextClause, insert, text


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; the others get their defaults."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(_one_by_one(table), rows)
        return
    statement, defaults = _all_at_once(table, tuple(rows[0]))
    complete = [{**defaults, **row} for row in rows] if defaults else rows
    connection.execute(statement, {"rows": orjson.dumps(complete).decode()})


@cache
def _one_by_one(table: Table) -> Insert:
    return insert(table)


@cache
def _all_at_once(table: Table, given: tuple[str, ...]) -> tuple[TextClause, dict[str, Any]]:
    """The statement for rows with these columns, and the defaults of those that are not given."""
    defaults: dict[str, Any] = {
        column.name: column.default.arg
        for column in table.c
        if column.name not in given and isinstance(column.default, ColumnDefault)
    }
    names = ", ".join((*given, *defaults))
    rows = f"json_populate_recordset(NULL::{table.name}, CAST(:rows AS json))"
    into = f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {rows}"  # noqa: S608 - our own names
    return text(into), defaults
