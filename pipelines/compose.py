"""Composition: which steps make which pipeline, as real dramatiq pipelines of messages that carry ids.

This is the only place that says what follows what. A job's row names its pipeline, so a job that
was interrupted is composed again from the step where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dramatiq import Actor, Message, group, pipeline

from actors import broker, download, extract, fetch, notify, persist, score, shelve
from models.admission import Admitted

Steps = tuple[Actor[[str, int], None], ...]

PIPELINES: dict[str, Steps] = {
    "analyze": (fetch, score, persist, notify),
    "ingest": (download, extract, shelve, notify),
}


def first_step(name: str) -> str:
    """The step with which a pipeline begins."""
    return PIPELINES[name][0].actor_name


def compose(job: Admitted) -> pipeline:
    """The job's pipeline from its present step on; its messages carry the job's id and generation."""
    steps = PIPELINES[job.pipeline]
    names = [step.actor_name for step in steps]
    rest = steps[names.index(job.step) :]
    return pipeline([_message(step, job) for step in rest], broker=broker)


def can_compose(job: Admitted) -> bool:
    """False for a job of a pipeline or step that this process does not know, being older or newer."""
    return job.step in (step.actor_name for step in PIPELINES.get(job.pipeline, ()))


def compose_all(jobs: Sequence[Admitted]) -> group:
    """Many jobs' pipelines as one group. Its callbacks and results are not used: the database counts."""
    return group([compose(job) for job in jobs], broker=broker)


def heads(composed: group) -> list[Message[Any]]:
    """The messages to send: each pipeline's first carries the rest."""
    return [child.messages[0] for child in composed.children]


def _message(step: Actor[[str, int], None], job: Admitted) -> Message[Any]:
    message = step.message(job.job_id, job.generation)
    return message.copy(message_id=f"{job.job_id}.{job.generation}", options={"pipe_ignore": True})
