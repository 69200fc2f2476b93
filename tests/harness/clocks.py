"""The database's clock, to be put forward and back: by the same amount for every process that loads this.

How far it is off stands in the database itself, so that all see a jump at the same moment.
"""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql, sqlite

from models import database
from models.database import reading, writing
from models.schema import marks

MARK = "test.clock"
OFF = f"SELECT (%s) + COALESCE((SELECT value FROM marks WHERE name = '{MARK}'), 0)"
TRUE_CLOCK = dict(database.CLOCK)


def unhinge() -> None:
    """From now on, the clock that this process reads from the database can be put forward and back."""
    database.CLOCK.update({kind: text(OFF % told.text) for kind, told in TRUE_CLOCK.items()})


def mend() -> None:
    database.CLOCK.update(TRUE_CLOCK)


def turn_clock(by_ms: int) -> None:
    """Put the database's clock forward, or back, by so much."""
    with writing() as connection:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(marks).values(name=MARK, value=by_ms)
        more = {"value": marks.c.value + by_ms}
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=more))


def clock_is_off_by_ms() -> int:
    with reading() as connection:
        return connection.execute(select(marks.c.value).where(marks.c.name == MARK)).scalar() or 0
