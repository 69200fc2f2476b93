"""The keeper: while work is held, its leases are renewed and its cancellations heard of.

One write a second for all work of the process, and between two of them looks at what is to be cancelled. A
lease that could not be renewed is somebody else's by now: its work is told to stop, and its writes would
find no row to change anyway.
"""

from __future__ import annotations

import os
import socket
import time

import structlog
from sqlalchemy import Connection

from actors.work import Work, desk
from models.claims import Fence, asked_to_cancel, fenced, renew, set_stages
from models.crashes import count_crashes
from models.database import clock, reading, transact
from models.fleet import Member, leave, report
from settings import get_settings

log = structlog.get_logger(__name__)

EVERY_MS = 1_000
HEAR_EVERY_MS = 250  # a cancelled call ends within this, and what the provider's client adds to it
REPORTS_PER_LEASE = 3
STUCK_AFTER_MS = 5_000  # past the time limit; it is checked each second, and async calls end at once


class Keeper:
    """`keep()` is one round: report this process alive, renew what it holds."""

    def __init__(self) -> None:
        self.threads = 0
        self._reported_s = float("-inf")

    def keep(self) -> None:
        due = time.monotonic() - self._reported_s >= get_settings().lease_ms / REPORTS_PER_LEASE / 1000
        stuck = [work for work in desk.held() if _is_stuck(work)]
        held = [work for work in desk.held() if work not in stuck]
        if not (held or stuck or due):
            return
        fences = [work.fence for work in held]

        def write(connection: Connection) -> dict[Fence, bool]:
            now = clock(connection)
            if due:
                report(connection, self.member(), now)
            renewed = renew(connection, fences, holder=desk.holder, lease_ms=get_settings().lease_ms, now=now)
            _tell_stages(connection, held)
            _put_apart(connection, stuck, now)
            return renewed

        renewed = transact(write)
        if due:
            self._reported_s = time.monotonic()
        for work in held:
            _tell(work, renewed.get(work.fence))
            _write_late(work)

    def leave(self) -> None:
        transact(lambda connection: leave(connection, desk.holder))

    def member(self) -> Member:
        return Member(desk.holder, socket.gethostname(), os.getpid(), self.threads)


def hear() -> None:
    """Stop what is to be cancelled. Only reads, and not even that while nothing is held."""
    held = desk.held()
    if not held:
        return
    with reading() as connection:
        asked = asked_to_cancel(connection, desk.holder)
    for work in held:
        if work.fence in asked:
            work.stop()


def _tell_stages(connection: Connection, held: list[Work]) -> None:
    """Steps, and parts of long contents, that began since the last round; a short job's are never written."""
    news = [work for work in held if work.told != work.stage]
    set_stages(connection, [(work.fence, work.stage, work.progress) for work in news], desk.holder)
    for work in news:
        work.told = work.stage


def _is_stuck(work: Work) -> bool:
    """Past its time limit, and deaf to it. What runs alone is killed by the thread that watches it."""
    runs_here = work.unwritten is None and not work.claimed.crash_count
    return runs_here and work.remaining_ms < -STUCK_AFTER_MS


def _put_apart(connection: Connection, stuck: list[Work], now: int) -> None:
    """Let these run again where they can be killed; their threads here go on, and have no effect."""
    if stuck:
        count_crashes(connection, fenced([work.fence for work in stuck], desk.holder), now)
    for work in stuck:
        log.warning("job is deaf to its time limit", job_id=work.fence.job_id, step=work.step)
        work.lost = True
        work.stop()


def _write_late(work: Work) -> None:
    """An outcome that the database could not take when it came."""
    if work.unwritten is not None:
        if not work.lost:
            work.unwritten()
        desk.drop(work.fence)


def _tell(work: Work, cancelled: bool | None) -> None:
    if cancelled is None and not work.ended:
        log.debug("job lost", job_id=work.fence.job_id)
        work.lost = True
    if cancelled is None or cancelled:
        work.stop()
