"""SafeBroker: a worker does not start on a Redis that drops keys when it is full.

Such a server loses messages without an error; they would be sent again, but late, and again and again.
"""

from __future__ import annotations

import sys

import redis
import structlog
from dramatiq import Broker, Middleware, Worker

from actors.broker import WakingBroker

log = structlog.get_logger(__name__)

SAFE_POLICY = "noeviction"
REFUSED = 1  # the exit code of a worker process that does not start


class SafeBroker(Middleware):
    """Looks when the worker boots; a Redis that is away, or does not tell, is believed to be safe."""

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        assert isinstance(broker, WakingBroker)
        policy = eviction_policy(broker)
        if policy not in (SAFE_POLICY, None):
            log.error(
                "this worker does not start: Redis drops keys when it is full; "
                f"run `CONFIG SET maxmemory-policy {SAFE_POLICY}` on it and start again",
                maxmemory_policy=policy,
            )
            sys.exit(REFUSED)


def eviction_policy(broker: WakingBroker) -> str | None:
    """What it drops when it is full, in its own words; None where it cannot be asked or does not tell."""
    try:
        told: str | None = broker.client.info("memory").get("maxmemory_policy")
    except redis.RedisError:
        return None
    return told
