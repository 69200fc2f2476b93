"""Replaying: an ended job runs again from a named step of its pipeline."""

from __future__ import annotations

from sqlalchemy import Connection

from errors import InvalidInput
from models.claims import Fence
from models.lookups import job_row
from models.replay import replay_job
from pipelines.compose import PIPELINES

ASKS = "score"  # the step that asks a model


def replay(connection: Connection, tenant: str, job_id: str, step: str) -> Fence:
    """Let the job run again from `step`; whoever calls lets it start.

    Raises NotFound, InvalidInput naming the steps there are, and Conflict as `models.replay` does.
    """
    pipeline = PIPELINES.get(job_row(connection, tenant, job_id).pipeline, ())
    steps = [actor.actor_name for actor in pipeline if actor.options.get("durable")]
    if step not in steps:
        raise InvalidInput(f"A job of this kind has no step {step[:20]!r}; there are {', '.join(steps)}.")
    asks_anew = ASKS not in steps or steps.index(step) <= steps.index(ASKS)
    repeats = steps[steps.index(step) :]
    return replay_job(connection, tenant, job_id, step, repeats=repeats, asks_anew=asks_anew)
