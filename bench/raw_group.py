"""What a team would wire by hand: a dramatiq group of no-ops with a completion callback that writes a row.

Loaded by `dramatiq bench.raw_group` with dramatiq's own broker, middleware and settings.
"""

from __future__ import annotations

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import GroupCallbacks
from dramatiq.rate_limits.backends import RedisBackend
from sqlalchemy import text

from models.database import engine

broker = RedisBroker(url=os.environ["RAW_REDIS_URL"], namespace="raw")
broker.add_middleware(GroupCallbacks(RedisBackend(url=os.environ["RAW_REDIS_URL"])))
dramatiq.set_broker(broker)
TABLE = "CREATE TABLE IF NOT EXISTS raw_groups (members INTEGER)"


class Permanent(Exception):
    """What no retry mends."""


@dramatiq.actor(queue_name="raw", throws=Permanent)
def noop(number: int, fails: bool) -> None:
    if fails:
        raise Permanent


@dramatiq.actor(queue_name="raw")
def done(members: int) -> None:
    with engine().begin() as connection:
        connection.execute(text("INSERT INTO raw_groups VALUES (:members)"), {"members": members})


def submit(members: int, failing: int) -> None:
    """Send one group, of which so many members fail."""
    group = dramatiq.group(noop.message(number, number < failing) for number in range(members))
    group.add_completion_callback(done.message(members))
    group.run()
