"""The dispatcher: one thread of this process that admits and sends, so that no request waits for Redis.

A submission is done when its transaction is; what this thread cannot send, because Redis is away or
slow, the workers' sweep sends later. Submissions that come while it works are sent together.
"""

from __future__ import annotations

import threading

import structlog

from pipelines import dispatch

log = structlog.get_logger(__name__)

STOP_S = 3.0


class Dispatcher:
    """`poke()` after a commit; returns at once."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def poke(self) -> None:
        """Something may start now."""
        self._asked.set()
        if self._thread is None:
            with self._start:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
                    self._thread.start()

    def stop(self) -> None:
        """Send what was asked for, then end; waits at most `STOP_S`."""
        with self._start:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping = True
            self._asked.set()
            thread.join(STOP_S)
            self._stopping = False

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            stopping = self._stopping
            try:
                dispatch()
            except Exception as error:  # noqa: BLE001 - the sweep does it over; this thread must live
                log.warning("not dispatched, the sweep will", error=type(error).__name__)
            if stopping:
                return


dispatcher = Dispatcher()
