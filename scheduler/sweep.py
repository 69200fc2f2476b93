"""The sweep: re-drives what a lost message, a dead worker or a wiped Redis left open.

It runs in every worker process every few seconds, and behind that on the scheduler's minute tick;
the database lets one of them at a time.
"""

from __future__ import annotations

from dataclasses import asdict

import redis
import structlog
from sqlalchemy import Connection

from actors import Chore, broker, chores, notify
from models.database import transact
from models.deliveries import take_overdue
from models.recovery import Swept, free_all_sent, sweep, take_turn
from pipelines.dispatch import dispatch
from pipelines.stopping import go_on_stopping
from settings import Settings, get_settings

log = structlog.get_logger(__name__)

ALIVE = "gristmill:alive"
DELIVERY_OVERDUE_MS = 3_000
GRACE_PER_LEASE = 0.5  # after an outage, living workers have half a lease to renew theirs


def sweep_once() -> Swept | None:
    """One sweep if it is this process's turn (else None), then whatever may start now is sent."""
    settings = get_settings()
    told = transact(lambda connection: _sweep_in_turn(connection, settings))
    if told is None:
        return None
    swept, overdue = told
    if _redis_was_wiped():
        _send_all_again()
    if any(asdict(swept).values()):
        log.info("swept", **asdict(swept))
    if stopped := go_on_stopping():
        log.info("batches stopped", members=stopped)
    if overdue:
        _notify_again(overdue)
    dispatch()
    return swept


def _sweep_in_turn(connection: Connection, settings: Settings) -> tuple[Swept, list[str]] | None:
    """What the sweep did, and the owners of notices that are overdue; None if it is another's turn."""
    grace_ms = int(settings.lease_ms * GRACE_PER_LEASE)
    if not take_turn(connection, every_ms=settings.sweep_interval_ms, grace_ms=grace_ms):
        return None
    swept = sweep(connection)
    return swept, take_overdue(connection, older_than_ms=DELIVERY_OVERDUE_MS, lease_ms=settings.lease_ms)


def _redis_was_wiped() -> bool:
    """True once after every loss of what Redis held, found by a key that only such a loss removes."""
    try:
        return bool(broker.client.set(ALIVE, 1, nx=True))
    except redis.RedisError:
        return False


def _send_all_again() -> None:
    if freed := transact(free_all_sent):
        log.warning("redis was wiped, messages are sent again", jobs=freed)


def _notify_again(owner_ids: list[str]) -> None:
    try:
        broker.enqueue_many([notify.message(owner_id, 0) for owner_id in owner_ids])
    except redis.RedisError as error:
        log.warning("notices not sent, will be sent again", error=type(error).__name__)


def _sweep() -> None:
    sweep_once()


chores.add(Chore("sweep", _sweep, every_ms=get_settings().sweep_interval_ms))
