"""Dispatch: admission fills the window, then the messages go out; called by submit, finish and sweep."""

from __future__ import annotations

import threading
import time
from typing import Any

import dramatiq
import redis
import structlog
from dramatiq import Broker, MessageProxy, Middleware
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from actors import Chore, broker, chores
from actors.step import fence_of, is_durable
from actors.work import desk
from models.admission import Admitted, Round, admit
from models.database import transact
from models.submission import NewJob, submit_job
from models.unsent import unsend
from pipelines.away import stand_ins
from pipelines.compose import can_compose, compose_all, heads
from pipelines.storing import storing
from settings import get_settings

log = structlog.get_logger(__name__)

FEED_EVERY_MS = 1_000
SETTLE_S = 0.02  # finishes that come closer together than this are fed together …
FINISHES_PER_FEED = 16  # … unless there are as many as this
AHEAD_PER_FEED = 8  # with much sent ahead it does to feed when an eighth of that is done, …
SETTLE_AHEAD_S = 0.1  # … or after a fifth of the time for which it lasts
AWAY_S = 2.0  # Redis was away: callers are spared its time-outs for so long

_away_until_s = 0.0


def dispatch() -> Round | None:
    """Admit what the window has room for and send it; gives what it was, or None if it was put off.

    With Redis away the jobs go back to waiting, and the sweep tries again. Never raises for want of a
    database either: whoever submitted has done so. A job that this process cannot compose keeps its
    lease, so that one that can gets it next.
    """
    if _is_redis_away():
        return None
    try:
        round_ = transact(_admit)
    except SQLAlchemyError as error:  # what was submitted is stored; the sweep goes on from there
        log.warning("admission put off", error=type(error).__name__)
        return None
    _send_round(round_)
    return round_


def submit(new: NewJob) -> str:
    """Store a job and let it start when its turn comes; gives its id, or that of the job with its dedup key.

    What is admitted is so in the same transaction: an idle engine begins a job that much sooner.
    Raises ServiceError where nobody has made the database yet.
    """

    def store(connection: Connection) -> tuple[str, Round | None]:
        job_id, fresh = submit_job(connection, new)
        return job_id, _admit(connection) if fresh and not _is_redis_away() else None

    job_id, round_ = storing(store)
    if round_ is not None:
        _send_round(round_)
    return job_id


def _is_redis_away() -> bool:
    return time.monotonic() < _away_until_s


def _send_round(round_: Round) -> None:
    known = [job for job in round_.admitted if can_compose(job)]
    if strangers := len(round_.admitted) - len(known):
        log.warning("jobs of pipelines not known here", jobs=strangers)
    try:
        _send(known, round_.now_ms)
    except SQLAlchemyError as error:  # their messages' leases end, and they are sent again
        log.warning("not sent, and not taken back", jobs=len(known), error=type(error).__name__)


def _admit(connection: Connection) -> Round:
    settings = get_settings()
    return admit(
        connection,
        lease_ms=settings.lease_ms,
        worker_alive_ms=2 * settings.lease_ms,
        stand_ins=stand_ins(settings),
    )


def _send(admitted: list[Admitted], now_ms: int) -> None:
    global _away_until_s
    if not admitted:
        return
    try:
        broker.enqueue_many(heads(compose_all(admitted)))
    except redis.RedisError as error:
        _away_until_s = time.monotonic() + AWAY_S
        log.warning("messages not sent, will be sent again", jobs=len(admitted), error=type(error).__name__)
        unsent = [(job.job_id, job.generation) for job in admitted]
        transact(lambda connection: unsend(connection, unsent, now_ms))


class Feed(Middleware):
    """Fills the window again as this worker empties it: at once when many finished, soon when few did."""

    def __init__(self) -> None:
        self._finished = 0
        self._enough, self._settle_s = FINISHES_PER_FEED, SETTLE_S
        self._many = threading.Event()
        self._chore = chores.add(Chore("feed", self._feed, every_ms=FEED_EVERY_MS))

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        if exception is not None or _frees(broker, message):
            self._finished += 1
            self._chore.poke()
            if self._finished >= self._enough:
                self._many.set()

    def _feed(self) -> int | None:
        self._many.wait(self._settle_s)
        self._many.clear()
        self._finished = 0
        round_ = dispatch()
        share = round_.ahead // AHEAD_PER_FEED if round_ else 0
        self._enough = max(share, FINISHES_PER_FEED)
        self._settle_s = SETTLE_AHEAD_S if share > FINISHES_PER_FEED else SETTLE_S
        return round_.again_in_ms if round_ else None


def _frees(broker: Broker, message: MessageProxy) -> bool:
    """True where the step ended its job, or opened a batch whose members may start now."""
    work = desk.get(fence_of(message)) if is_durable(broker, message) else None
    return work is not None and (work.ended or work.suspended)


dramatiq.get_broker().add_middleware(Feed())
