"""Presence: a worker process is heard of, keeps what it holds, and says every 30 s how it goes."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import structlog
from dramatiq import Broker, MessageProxy, Middleware, Worker

from actors import writes
from actors.broker import WakingBroker
from actors.keeper import EVERY_MS, HEAR_EVERY_MS, Keeper, hear
from actors.middleware.chores import Chore, Chores
from actors.work import desk
from models.counts import waiting_count
from models.database import clock, reading, transact
from models.marks import get_mark, set_mark, take_turn
from settings import get_settings

log = structlog.get_logger(__name__)

STATUS_EVERY_MS = 30_000
COUNTED, WAITING = "status.counted", "status.waiting"


class Presence(Middleware):
    """Adds the chores `keeper`, `cancels` and `status`, and counts what this process finished."""

    def __init__(self, chores: Chores) -> None:
        self._keeper = Keeper()
        self._steps: Counter[str] = Counter()
        chores.add(Chore("keeper", self._keeper.keep, every_ms=EVERY_MS))
        chores.add(Chore("cancels", hear, every_ms=HEAR_EVERY_MS))
        chores.add(Chore("status", self._status, every_ms=STATUS_EVERY_MS))

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        self._keeper.threads = worker.worker_threads
        if isinstance(broker, WakingBroker):
            broker.worker_threads = worker.worker_threads
        self._keeper.keep()  # be counted before the first job is admitted

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Calls under way may end, for they are paid; after the grace they are cut off."""
        timer = threading.Timer(get_settings().stop_grace_ms / 1000, _cut_off)
        timer.daemon = True
        timer.start()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        for work in desk.held():
            writes.give_back(work.fence)
        self._keeper.leave()

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        if exception is not None:
            self._steps["failed attempts"] += 1
        elif message.actor_name == "persist":
            self._steps["completed"] += 1

    def _status(self) -> None:
        log.info(
            "status",
            worker=desk.holder,
            waiting=_waiting(),
            active=len(desk.held()),
            completed=self._steps["completed"],
            failed_attempts=self._steps["failed attempts"],
        )


def _waiting() -> int:
    """Counted by one worker of the fleet and told by all, for it reads every job that waits."""
    mine = transact(lambda c: take_turn(c, COUNTED, every_ms=STATUS_EVERY_MS * 9 // 10, now=clock(c)))
    with reading() as connection:
        known = None if mine else get_mark(connection, WAITING)
        waiting = waiting_count(connection) if known is None else known
    if mine:
        transact(lambda connection: set_mark(connection, WAITING, waiting))
    return waiting


def _cut_off() -> None:
    for work in desk.held():
        work.given_back = True
        work.stop()
