"""Following: what happened to a job, a batch or a tenant's work from some number on, and then what happens.

Past and present come as one stream: each event once, in order. A reader may be as slow as it likes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from errors import NotFound
from models.database import reading
from models.feed import Event, Which, settled, since
from models.lookups import batch_row, job_row
from models.states import TERMINAL, Outcome
from pipelines.tailer import PAGE, tailer

FINAL = frozenset((*TERMINAL, *Outcome))


class Following:
    """A stream of events that never blocks: `take` what there is, then wait for `wake`.

    `over` is true once the job has ended, or the batch has its outcome, and all was taken. A tenant's
    stream is never over. Close it at the end.
    """

    def __init__(self, which: Which, *, after: int, wake: Callable[[], None] = lambda: None) -> None:
        self.cursor = after
        self.over = False
        self._which = which
        self._listener = tailer.listen(which, wake)
        self.is_behind = True  # there may be more in the database than was heard

    def close(self) -> None:
        tailer.leave(self._listener)

    def take(self) -> list[Event]:
        """What came since the last time, which may be nothing."""
        if not self.is_behind:
            came, fell_behind = self._listener.take()
            fresh = [event for event in came if event.number > self.cursor]
            if not fell_behind and not any(self._is_final(event) for event in fresh):
                self.cursor = fresh[-1].number if fresh else self.cursor
                return fresh
        return self._take_stored()

    def _take_stored(self) -> list[Event]:
        with reading() as connection:
            ended = self._has_ended(connection)
        with reading() as connection:  # later than that, so that an end seen there is among the events
            page = since(connection, self.cursor, self._which, limit=PAGE)
        self.is_behind = not page.reached_end
        self.over = ended and page.reached_end
        self.cursor = page.cursor
        return page.events

    def _is_final(self, event: Event) -> bool:
        """True where this may have been the stream's last event."""
        if self._which.job_id is not None:
            return event.state in FINAL
        return self._which.batch_id is not None and event.job_id is None and event.state in FINAL

    def _has_ended(self, connection: Connection) -> bool:
        tenant, job, batch = self._which.tenant_id, self._which.job_id, self._which.batch_id
        assert tenant is not None
        try:
            if job is not None:
                return job_row(connection, tenant, job).state in TERMINAL
            return batch is not None and batch_row(connection, tenant, batch).outcome is not None
        except NotFound:  # it was removed
            return True


def follow(which: Which, *, after: int = 0) -> Iterator[Event]:
    """The events after that number, and those that come, until the stream is over; blocks in between."""
    woken = threading.Event()
    following = Following(which, after=after, wake=woken.set)
    try:
        while True:
            yield from following.take()
            if following.over:
                return
            if not following.is_behind:
                woken.wait()
                woken.clear()
    finally:
        following.close()


def present() -> int:
    """The number after which the stream begins that is to hear only what happens from now on."""
    while True:
        with reading() as connection:
            if (number := settled(connection)) is not None:
                return number
