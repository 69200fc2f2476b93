"""Submitting over HTTP: one transaction stores content, job and idempotency key, then a thread sends.

A request under an idempotency key that was seen before gives the earlier job if it asks for the
same, and is refused if it asks for something else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Header
from sqlalchemy import Connection

from models.database import transact
from models.idempotency import Token, find_earlier, remember
from models.lookups import content_row, job_row
from models.submission import NewJob, submit_job
from models.tenants import Caller
from pipelines.entry import Options, analysis_named, new_job
from web import schemas
from web.dispatcher import dispatcher
from web.problems import HttpProblem

IdempotencyKey = Annotated[
    str | None,
    Header(
        description="Any 1 to 200 printable ASCII characters: a repeat gives what the first gave.",
        pattern=r"^[\x21-\x7e][\x20-\x7e]{0,199}$",
    ),
]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a submission came to: the job's row, its content's local answer, and whether it was there."""

    row: Any
    local_answer: dict[str, Any] | None
    existing: bool

    @property
    def status(self) -> int:
        """202 for a new job, 200 for one that was there already."""
        return 200 if self.existing else 202

    @property
    def headers(self) -> dict[str, str]:
        return {"Location": f"/v1/jobs/{self.row.id}"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One submission: what to analyse, for whom, and how."""

    caller: Caller
    analysis: str
    content: Mapping[str, Any]
    options: schemas.Options
    deduplicate: bool
    local_answer: bool
    idempotency_key: str | None


def submit(asked: Asked) -> Taken:
    """Store the job and let it start. Raises InvalidInput, and HttpProblem for a key used otherwise."""
    told = [asked.analysis, asked.content, asked.options.model_dump(mode="json"), asked.deduplicate]
    return _submit(_new_job(asked), _token(asked.caller, asked.idempotency_key, told))


def submit_task(caller: Caller, new: NewJob, idempotency_key: str | None) -> Taken:
    """Store a task's job and let it start. Raises HttpProblem for a key used otherwise."""
    file = hashlib.sha256(new.original.data).hexdigest() if new.original else None
    told = [new.analysis, new.body, file, new.priority, new.delay_ms, new.dedup_key, new.channels]
    return _submit(new, _token(caller, idempotency_key, told))


def _submit(new: NewJob, token: Token | None) -> Taken:
    def store(connection: Connection) -> Taken:
        job_id, existing = _stored(connection, new, token)
        row = job_row(connection, new.tenant_id, job_id)
        local = new.local_answer
        if existing:
            local = content_row(connection, new.tenant_id, row.content_id).local_answer
        return Taken(row, local, existing)

    taken = transact(store)
    if not taken.existing:
        dispatcher.poke()
    return taken


def used_otherwise() -> HttpProblem:
    """A key came before with another request."""
    return HttpProblem(
        422,
        "This Idempotency-Key came before with another request.",
        suggestion="Use a new key for a new request; repeat a request unchanged.",
    )


def _stored(connection: Connection, new: NewJob, token: Token | None) -> tuple[str, bool]:
    """(job id, whether it was there already)."""
    if token is not None and (earlier := find_earlier(connection, token)):
        if not earlier.same_request:
            raise used_otherwise()
        return earlier.job_id, True
    job_id, fresh = submit_job(connection, new)
    if token is not None:
        remember(connection, token, job_id)
    return job_id, not fresh


def _new_job(asked: Asked) -> NewJob:
    options = Options(
        priority=asked.options.priority,
        delay_s=asked.options.delay_s,
        dedup_key=asked.options.dedup_key,
        notify=asked.options.notify,
        tenant=asked.caller.tenant_id,
        local_answer=asked.local_answer,
        model=asked.options.model or "",
        fallbacks=asked.options.fallbacks,
        lane=asked.options.lane,
    )
    new = new_job(analysis_named(asked.analysis), asked.content, options)
    if asked.deduplicate and new.dedup_key is None:
        return replace(new, dedup_key=f"{new.analysis}:{new.version}")
    return new


def _token(caller: Caller, key: str | None, told: list[Any]) -> Token | None:
    """What a key stands for: the request that is told of."""
    if key is None:
        return None
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return Token(caller.tenant_id, key, digest)
