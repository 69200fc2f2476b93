"""Chores: what every worker process does beside its jobs, each in a thread of its own.

A chore is a function that runs every so often, sooner where it says so (in ms), and at once when it is
poked. It must be safe in many
processes at the same time; if it raises, that is logged and it runs again when its time comes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from dramatiq import Broker, Middleware, Worker

log = structlog.get_logger(__name__)


class Chore:
    """`run` is called every `every_ms`, and soon after `poke()`."""

    def __init__(self, name: str, run: Callable[[], int | None], *, every_ms: int) -> None:
        self.name = name
        self._run = run
        self._every_s = every_ms / 1000
        self._poked = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def poke(self) -> None:
        self._poked.set()

    def start(self) -> None:
        self._stopped.clear()
        self._thread = threading.Thread(target=self._loop, name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._poked.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _loop(self) -> None:
        while not self._stopped.is_set():
            self._poked.clear()
            wait_s = self._every_s
            try:
                sooner_ms = self._run()
                wait_s = wait_s if sooner_ms is None else min(wait_s, sooner_ms / 1000)
            except Exception as error:  # noqa: BLE001 - a chore must outlive whatever befalls it
                log.warning("chore failed", chore=self.name, error=type(error).__name__)
            self._poked.wait(wait_s)


class Chores(Middleware):
    """Starts the chores when the worker boots and stops them when its work is done."""

    def __init__(self) -> None:
        self._chores: list[Chore] = []

    def add(self, chore: Chore) -> Chore:
        self._chores.append(chore)
        return chore

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        for chore in self._chores:
            chore.start()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        for chore in self._chores:
            chore.stop()
