"""Commits: what became of a transaction whose commit was not answered, so that it is not done twice.

A connection that breaks between a commit and its acknowledgement leaves the writer in doubt. PostgreSQL keeps
each transaction's fate under its number. SQLite is in our own process: what it did not acknowledge is undone.
"""

from __future__ import annotations

import enum

from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError

from models.database import CLOCK

STAMP = {
    "sqlite": text(f"SELECT ({CLOCK['sqlite'].text.removeprefix('SELECT ')}), NULL"),
    "postgresql": text(f"{CLOCK['postgresql'].text}, CAST(pg_current_xact_id() AS text)"),
}
STATUS = text("SELECT pg_xact_status(CAST(:number AS xid8))")


class Fate(enum.Enum):
    """What became of a transaction."""

    COMMITTED = "all of it is there"
    UNDONE = "nothing of it is there, or the database knows nothing of it"
    OPEN = "the database has not heard yet that its writer is gone"


FATES = {"committed": Fate.COMMITTED, "in progress": Fate.OPEN}


def stamp(connection: Connection) -> tuple[int, str | None]:
    """This transaction's time, as of `models.database.clock`, and its number where it has one."""
    now, number = connection.execute(STAMP[connection.dialect.name]).one()
    return int(now), number


def fate(connection: Connection, number: str | None) -> Fate:
    """The fate of the transaction that was stamped with this number."""
    if number is None:
        return Fate.UNDONE
    try:
        status = connection.execute(STATUS, {"number": number}).scalar()
    except DataError:  # numbers have not got that far: another server has taken over without it
        return Fate.UNDONE
    return FATES.get(str(status), Fate.UNDONE)
