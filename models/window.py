"""The window: how much is sent ahead of the workers, and how many turns there were.

What is in flight, sent or running, is as much as the fleet has threads for, and beyond that what it ends in
about half a second (Little's law). So quick jobs never wait for the next admission, and behind slow ones
next to nothing is sent ahead, which a job of higher priority would have to wait for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, bindparam, func, literal, select, union_all

from models.inserting import for_both
from models.schema import marks, workers

MINIMUM = 16  # in flight when no worker was heard of yet
AHEAD_MS = 500
LEAST_AHEAD = 2
MOST_AHEAD = 16  # for each thread: jobs that were unsent, Redis being away, look as if they had ended
MOST_AT_ONCE = 1_000  # admitted in one transaction

IN_FLIGHT, ENDED, AT, TURNS = "window.in_flight", "window.ended", "window.at", "window.turns"
THREADS = "threads of the living"
KNOWN = union_all(
    select(marks.c.name, marks.c.value).where(marks.c.name.in_((IN_FLIGHT, ENDED, AT, TURNS))),
    select(literal(THREADS), func.coalesce(func.sum(workers.c.threads), 0)).where(
        workers.c.seen_at_ms > bindparam("since", type_=BigInteger)
    ),
)


def _saving(insert_into: Callable[[Table], Any]) -> Any:
    kept = [
        {"name": name, "value": bindparam(name, type_=BigInteger)} for name in (IN_FLIGHT, ENDED, AT, TURNS)
    ]
    statement = insert_into(marks).values(kept)
    return statement.on_conflict_do_update(
        index_elements=["name"], set_={"value": statement.excluded["value"]}
    )


SAVE = for_both(_saving)


class Window:
    """The window as it stands at the beginning of an admission."""

    def __init__(self, connection: Connection, in_flight: int, now: int, alive_ms: int) -> None:
        told: dict[str, int] = {
            row.name: row.value for row in connection.execute(KNOWN, {"since": now - alive_ms})
        }
        self._now = now
        self._in_flight = in_flight
        self._ended = _decayed(told.get(ENDED, 0), now - told.get(AT, now))
        self._ended += max(told.get(IN_FLIGHT, 0) - in_flight, 0)
        self.turns = told.get(TURNS, 0)
        self._threads = told[THREADS]
        self.room = min(max(self._most() - in_flight, 0), MOST_AT_ONCE)

    def _most(self) -> int:
        """How many may be in flight."""
        if not self._threads:
            return MINIMUM
        ahead = min(max(round(self._ended), LEAST_AHEAD), MOST_AHEAD * self._threads)
        return self._threads + ahead

    def ahead(self, admitted: int) -> int:
        """How many are in flight beyond the threads there are, with those admitted now."""
        return max(self._in_flight + admitted - self._threads, 0)

    def save(self, connection: Connection, *, admitted: int, turns: int) -> None:
        """What the next admission goes by."""
        told = {
            IN_FLIGHT: self._in_flight + admitted,
            ENDED: round(self._ended),
            AT: self._now,
            TURNS: self.turns + turns,
        }
        connection.execute(SAVE[connection.dialect.name], told)


def _decayed(ended: int, elapsed_ms: int) -> float:
    """What is left of an earlier count of endings: a leaky sum over `AHEAD_MS`."""
    return ended * math.exp(-max(elapsed_ms, 0) / AHEAD_MS)
