"""The tailer: one thread per process that reads the feed for everybody in it who listens.

It asks one question every `POLL_S`, however many listen to whatever; with no listener it ends. What a
listener does not take in time is not kept for it: it is told that it fell behind, and reads on by itself.
"""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict, deque
from collections.abc import Callable

import structlog

from models.database import reading
from models.feed import Event, Which, newest_number, since

log = structlog.get_logger(__name__)

POLL_S = 0.05
AWAY_S = 1.0  # the database was away: asked again after so long
PAGE = 1_000
MOST_UNTAKEN = 1_000  # events that wait for one listener; one that is slower reads them from the database

EVERYTHING = Which()


class Listener:
    """What came for one listener since it last took it; `wake` is called by the tailer's thread."""

    def __init__(self, which: Which, wake: Callable[[], None]) -> None:
        self.which = which
        self._wake = wake
        self._lock = threading.Lock()
        self._untaken: deque[Event] = deque()
        self._fell_behind = False

    def take(self) -> tuple[list[Event], bool]:
        """What came, and whether there was more than could be kept."""
        with self._lock:
            taken, fell_behind = list(self._untaken), self._fell_behind
            self._untaken.clear()
            self._fell_behind = False
        return taken, fell_behind

    def give(self, events: list[Event]) -> None:
        with self._lock:
            if len(self._untaken) + len(events) > MOST_UNTAKEN:
                self._untaken.clear()
                self._fell_behind = True
            elif not self._fell_behind:
                self._untaken.extend(events)
        with contextlib.suppress(RuntimeError):  # its event loop has closed meanwhile
            self._wake()


class Tailer:
    """`listen` and `leave`, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[Which, list[Listener]] = {}
        self._thread: threading.Thread | None = None
        self._cursor = 0

    def listen(self, which: Which, wake: Callable[[], None]) -> Listener:
        """A listener that hears what was not settled yet. Raises what the database raises."""
        with reading() as connection:
            newest = newest_number(connection)
        with self._lock:
            if self._thread is None or not self._thread.is_alive():  # nobody listened, or this was forked
                self._cursor, self._listeners = newest, {}
                self._thread = threading.Thread(target=self._run, name="tailer", daemon=True)
                self._thread.start()
            listener = Listener(which, wake)
            self._listeners.setdefault(which, []).append(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Nothing more comes to it. Leaving twice does no harm."""
        with self._lock:
            those = self._listeners.get(listener.which, [])
            if listener in those:
                those.remove(listener)
            if not those:
                self._listeners.pop(listener.which, None)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            with self._lock:
                if not self._listeners:
                    self._thread = None
                    return
            pause.wait(self._read_on())

    def _read_on(self) -> float:
        """Give everybody what is new; gives how long to wait before the next look, in seconds."""
        try:
            with reading() as connection:
                page = since(connection, self._cursor, EVERYTHING, limit=PAGE)
        except Exception as error:  # noqa: BLE001 - everybody waits for this thread
            log.warning("feed not read, trying again", error=type(error).__name__)
            return AWAY_S
        with self._lock:
            self._cursor = page.cursor
            for listener, events in self._addressed(page.events):
                listener.give(events)
        return 0.0 if len(page.events) == PAGE else POLL_S

    def _addressed(self, events: list[Event]) -> list[tuple[Listener, list[Event]]]:
        found: defaultdict[Which, list[Event]] = defaultdict(list)
        for event in events:
            for which in _concerned(event):
                if which in self._listeners:
                    found[which].append(event)
        return [(listener, those) for which, those in found.items() for listener in self._listeners[which]]


def _concerned(event: Event) -> tuple[Which, ...]:
    """Every way in which one can ask for this event."""
    of_tenant = (EVERYTHING, Which(event.tenant_id))
    job = (Which(event.tenant_id, job_id=event.job_id),) if event.job_id else ()
    batch = (Which(event.tenant_id, batch_id=event.batch_id),) if event.batch_id else ()
    return (*of_tenant, *job, *batch)


tailer = Tailer()
