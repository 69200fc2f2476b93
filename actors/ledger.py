"""The ledger: one thread per process that writes what all its worker threads ask for, together.

Whatever is asked while one transaction commits goes into the next, so an idle worker commits at
once and a busy one commits many jobs at the price of one. A thread that is interrupted while it
waits cannot break the transaction of its neighbours. Where the database goes away, a transaction is begun
again only once it is known that it was not committed: so nothing is charged, counted or claimed twice.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from actors.interrupts import shielded
from models.commits import Fate, fate, stamp
from models.database import Writer, reading

log = structlog.get_logger(__name__)

AT_ONCE = 256  # requests in one transaction
PATIENCE_S = 20.0  # how long an unreachable database is tried again before the askers are told
PAUSE_S = 0.25

Write = Callable[[Connection, Sequence[Any], int], Sequence[Any]]
"""Writes many requests of one kind at the given time; gives a result for each, None for no effect."""

Ticket = tuple[Write, Any, "Future[Any]"]


class Ledger:
    """`ask(write, request)` blocks until the transaction with that request is committed."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[Ticket] = queue.SimpleQueue()
        self._start = threading.Lock()
        self._writer = Writer()
        self._pid = 0

    def ask(self, write: Write, request: Any) -> Any:
        """The result of `write` for this request, after its commit; None where it had no effect.

        Raises OperationalError when the database stayed away longer than `PATIENCE_S`.
        """
        self._ensure_thread()
        answer: Future[Any] = Future()
        with shielded():  # who asks is told what became of it, also where the job was cancelled meanwhile
            self._asked.put((write, request, answer))
            return answer.result()

    def _ensure_thread(self) -> None:
        if self._pid == os.getpid():
            return
        with self._start:
            if self._pid != os.getpid():  # a forked child has no thread of its parent's
                self._asked, self._writer = queue.SimpleQueue(), Writer()
                threading.Thread(target=self._run, name="ledger", daemon=True).start()
                self._pid = os.getpid()

    def _run(self) -> None:
        while True:
            tickets = [self._asked.get()]
            while len(tickets) < AT_ONCE and not self._asked.empty():
                tickets.append(self._asked.get())
            try:
                self._settle(tickets)
            except BaseException as error:  # noqa: BLE001 - every asker must hear of it
                self._settle_singly(tickets, error)

    def _settle(self, tickets: list[Ticket]) -> None:
        for (_, _, answer), result in self._commit(tickets):
            answer.set_result(result)

    def _settle_singly(self, tickets: list[Ticket], error: BaseException) -> None:
        """One request that the database refuses must not take its neighbours with it."""
        if len(tickets) == 1 or _is_away(error):
            for _, _, answer in tickets:
                answer.set_exception(error)
            return
        for ticket in tickets:
            try:
                self._settle([ticket])
            except BaseException as own:  # noqa: BLE001 - as above
                ticket[2].set_exception(own)

    def _commit(self, tickets: list[Ticket]) -> list[tuple[Ticket, Any]]:
        deadline = time.monotonic() + PATIENCE_S
        tried = _Try()
        while True:
            try:
                if tried.has_committed():
                    return tried.results
                tried = _Try()
                return tried.write(self._writer, tickets)
            except DBAPIError as error:
                if not _is_away(error) or time.monotonic() > deadline:
                    raise
                log.warning("database away, trying again", error=type(error.orig).__name__)
                time.sleep(PAUSE_S)


def _is_away(error: BaseException) -> bool:
    """True if nothing is wrong with what was asked: the database, or our connection to it, is gone.

    So it is for a process that was stopped inside its transaction, too: PostgreSQL has ended it by then.
    """
    if isinstance(error, OperationalError):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated


class _Try:
    """One transaction for many tickets, and what became of it where nobody said."""

    def __init__(self) -> None:
        self.results: list[tuple[Ticket, Any]] = []
        self._number: str | None = None

    def write(self, writer: Writer, tickets: list[Ticket]) -> list[tuple[Ticket, Any]]:
        """Write and commit; gives each ticket with its result."""
        by_write: dict[Write, list[Ticket]] = defaultdict(list)
        for ticket in tickets:
            by_write[ticket[0]].append(ticket)
        with writer.writing() as connection:
            now, self._number = stamp(connection)
            for write, group in by_write.items():
                done = write(connection, [ticket[1] for ticket in group], now)
                self.results += zip(group, done, strict=True)
        return self.results

    def has_committed(self) -> bool:
        """True if it was committed all the same. Raises OperationalError while that is not decided."""
        if self._number is None:
            return False
        with reading() as connection:
            known = fate(connection, self._number)
        if known is Fate.OPEN:
            raise OperationalError("COMMIT", None, ConnectionError("the transaction is still open"))
        return known is Fate.COMMITTED
