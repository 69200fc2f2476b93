"""Harvest: the members of a batch as they end, each told once, in memory that does not grow with the batch.

Members are read in the order in which they ended. One whose transaction took long may appear behind others
that ended later, so every look goes back a little. The batch's counts stand in the same transactions as the
ends, so they tell whether one was missed even so; then one look goes back far. A member that failed is told
when it will not run again by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from models.database import reading
from models.lookups import batch_row, ended_members
from models.rounds import has_rounds_left
from models.states import TERMINAL, State

LOOK_BACK_MS = 1_000
LONG_LOOK_BACK_MS = 30_000  # no transaction lasts as long


class Harvest:
    """`ended()` gives the ids of those members that have ended since the last call."""

    def __init__(self, tenant_id: str, batch_id: str) -> None:
        self._tenant_id = tenant_id
        self._batch_id = batch_id
        self._told = 0
        self._recent: dict[str, int] = {}  # id → when it ended, of those told not long ago
        self._newest_ms = 0
        self._holds_back = False  # those that failed, for they will run again

    def ended(self) -> Iterator[str]:
        with reading() as connection:
            row = batch_row(connection, self._tenant_id, self._batch_id)
        self._newest_ms = max(self._newest_ms, row.created_at_ms)
        counted = row.completed + row.cancelled
        states: tuple[State, ...] = (State.COMPLETED, State.CANCELLED)
        if not has_rounds_left(row):
            if self._holds_back:
                yield from self._since(0, (State.FAILED,))
            counted += row.failed
            states = TERMINAL
        self._holds_back = states is not TERMINAL
        yield from self._since(self._newest_ms - LOOK_BACK_MS, states)
        if self._told < counted:
            yield from self._since(self._newest_ms - LONG_LOOK_BACK_MS, states)
        self._forget()

    def _since(self, since_ms: int, states: tuple[State, ...]) -> Iterator[str]:
        after = (since_ms, "")
        while True:
            with reading() as connection:
                rows = ended_members(connection, self._tenant_id, self._batch_id, after=after, states=states)
            for row in rows:
                if row.id not in self._recent:
                    self._recent[row.id] = row.finished_at_ms
                    self._newest_ms = max(self._newest_ms, row.finished_at_ms)
                    self._told += 1
                    yield row.id
            if not rows:
                return
            after = (rows[-1].finished_at_ms, rows[-1].id)

    def _forget(self) -> None:
        oldest_ms = self._newest_ms - LONG_LOOK_BACK_MS
        self._recent = {job_id: at_ms for job_id, at_ms in self._recent.items() if at_ms >= oldest_ms}
