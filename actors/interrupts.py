"""Interrupts: a step's own code is ended where it stands when its job is cancelled or lost.

As dramatiq's time limit does, an exception is raised into the thread; it is heard when the thread next runs
Python, so what blocks in C has time-outs of its own. Unlike a time limit it never strikes while the thread
waits for the ledger, or is outside of a step: see `Interruptible`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from dramatiq.middleware import Interrupt, raise_thread_exception

_here = threading.local()


class Stopped(Interrupt):
    """Raised into a step's own code; not an Exception, so that no analyser takes it for one of its own."""


class Interruptible:
    """The stretch of one thread's run in which `strike` may end it.

    The thread takes no lock: an exception that comes just after a lock was taken would leave it taken.
    Instead each side first says what it does and then looks at what the other said.
    """

    def __init__(self) -> None:
        self._thread: int | None = None
        self._striking = False
        self._strikers = threading.Lock()  # for those who strike, whom nobody interrupts

    @contextmanager
    def open(self) -> Iterator[None]:
        """Inside, this thread may be ended, but for what is `shielded`."""
        before, _here.stretch = getattr(_here, "stretch", None), self
        self.begin()
        try:
            yield
        finally:
            try:
                self.close()
            finally:
                _here.stretch = before

    @property
    def is_open(self) -> bool:
        return self._thread is not None

    def begin(self) -> None:
        """From here on the thread that calls this may be struck."""
        self._thread = threading.get_ident()

    def close(self) -> None:
        """From here on nothing strikes any more; what was struck before is heard in here."""
        self._thread = None
        while self._striking:
            time.sleep(0)

    def strike(self) -> None:
        """End the stretch, if it is open: once for each time that it was opened."""
        with self._strikers:
            self._striking = True
            try:
                if (thread := self._thread) is not None:
                    self._thread = None
                    raise_thread_exception(thread, Stopped)
            finally:
                self._striking = False


@contextmanager
def shielded() -> Iterator[None]:
    """Inside, this thread is not struck, whatever stretch it is in."""
    stretch: Interruptible | None = getattr(_here, "stretch", None)
    if stretch is None or not stretch.is_open:
        yield
        return
    stretch.close()
    try:
        yield
    finally:
        stretch.begin()
