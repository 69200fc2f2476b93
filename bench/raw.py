"""What a team would wire by hand: a raw dramatiq pipeline of four steps that writes one final row.

Loaded by `dramatiq bench.raw` with dramatiq's own broker, middleware and settings. The row goes to the
same database, with the same durability settings, as Gristmill's.
"""

from __future__ import annotations

import os
from typing import Any

import dramatiq
from dramatiq import Actor, Message, pipeline
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy import text

from models.database import engine

# With redis-py's own bound of 100 connections, 200 threads would lose every other chain: see `bench.calls`.
dramatiq.set_broker(RedisBroker(url=os.environ["RAW_REDIS_URL"], namespace="raw", max_connections=512))
TABLE = "CREATE TABLE IF NOT EXISTS raw_rows (id TEXT PRIMARY KEY, chars INTEGER)"


@dramatiq.actor(queue_name="raw")
def raw_fetch(job_id: str) -> dict[str, str]:
    return {"id": job_id, "text": f"It is great {job_id}"}


@dramatiq.actor(queue_name="raw")
def raw_score(content: dict[str, str]) -> dict[str, object]:
    return {"id": content["id"], "chars": len(content["text"])}


@dramatiq.actor(queue_name="raw")
def raw_persist(answer: dict[str, object]) -> str:
    with engine().begin() as connection:
        connection.execute(text("INSERT INTO raw_rows VALUES (:id, :chars)"), answer)
    return str(answer["id"])


@dramatiq.actor(queue_name="raw")
def raw_notify(job_id: str) -> None:
    return None


def submit(job_ids: list[str]) -> None:
    """Send one four-step pipeline per id."""
    for job_id in job_ids:
        steps = (raw_score, raw_persist, raw_notify)
        pipeline([raw_fetch.message(job_id), *(piped(step) for step in steps)]).run()


def piped(step: Actor[..., Any]) -> Message[Any]:
    """A message whose arguments come from the step before."""
    return step.message()
