"""Marks: numbers that the fleet shares, and turns that one process of all takes at a time."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from models.inserting import insert_or
from models.schema import marks


def take_turn(connection: Connection, name: str, *, every_ms: int, now: int) -> bool:
    """True for one caller in each such time, however many ask."""
    first = insert_or(connection, marks).values(name=name, value=0).on_conflict_do_nothing()
    connection.execute(first)
    mine = (marks.c.name == name, marks.c.value <= now - every_ms)
    return bool(connection.execute(update(marks).where(*mine).values(value=now)).rowcount)


def set_mark(connection: Connection, name: str, value: int) -> None:
    """Let the fleet know this number from now on."""
    kept = insert_or(connection, marks).values(name=name, value=value)
    connection.execute(kept.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def get_mark(connection: Connection, name: str) -> int | None:
    """The number as it was set last; None if it never was."""
    value: int | None = connection.execute(select(marks.c.value).where(marks.c.name == name)).scalar()
    return value
