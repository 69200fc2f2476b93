"""Batching: a batch as it comes over HTTP is begun once for each idempotency key, and then fed.

One whose submission broke off gives its key back; one whose server died is given as it is, not submitted to
its end, until the sweep seals it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from models.database import reading
from models.idempotency import Token, find_batch
from models.submission import NewJob
from models.tenants import Caller
from pipelines.entry import Options, analysis_named, new_job
from pipelines.feeding import CHUNK, Feeding, Plan, Row
from web.dispatcher import dispatcher
from web.schemas import BatchOptions, NewBatch
from web.submitting import used_otherwise


@dataclass(frozen=True, slots=True)
class Begun:
    """A batch to be fed; or one that is there already, and is not."""

    batch_id: str
    fed: Feeding | None

    @property
    def existing(self) -> bool:
        return self.fed is None

    @property
    def feeding(self) -> Feeding:
        assert self.fed is not None
        return self.fed


def begin(caller: Caller, asked: BatchOptions, key: str | None) -> Begun:
    """The batch, stored without its rows. Raises InvalidInput, and HttpProblem for a key used otherwise."""
    plan, following = _plan(asked, caller), _following(asked, caller)
    token = None if key is None else Token(caller.tenant_id, key, _digest(asked))
    if earlier := _earlier(token):
        return earlier
    try:
        feeding = Feeding(plan, following, request=token)
    except IntegrityError:  # the same request came twice at once
        if earlier := _earlier(token):
            return earlier
        raise
    return Begun(feeding.batch_id, feeding)


def feed_all(feeding: Feeding, asked: NewBatch) -> None:
    """Store the rows, a chunk at a time; whatever breaks that off, nothing of the batch stays."""
    rows: list[Row] = list(asked.rows)
    try:
        for first in range(0, len(rows), CHUNK):
            feeding.feed(rows[first : first + CHUNK])
        feeding.seal()
    except BaseException:
        feeding.abandon()
        raise
    dispatcher.poke()


def _earlier(token: Token | None) -> Begun | None:
    if token is None:
        return None
    with reading() as connection:
        found = find_batch(connection, token)
    if found is None:
        return None
    batch_id, is_same = found
    if not is_same:
        raise used_otherwise()
    return Begun(batch_id, None)


def _digest(asked: BatchOptions) -> str:
    told = json.dumps(asked.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _plan(asked: BatchOptions, caller: Caller) -> Plan:
    options = Options(
        priority=asked.priority,
        notify=asked.notify_members,
        tenant=caller.tenant_id,
        model=asked.model or "",
        fallbacks=asked.fallbacks,
        lane=asked.lane,
    )
    return Plan(
        analysis_named(asked.analysis),
        options,
        parallel_limit=asked.parallel_limit,
        failure_tolerance=asked.failure_tolerance,
        retry_failed=asked.retry_failed,
        notify=asked.notify,
    )


def _following(asked: BatchOptions, caller: Caller) -> list[NewJob]:
    then = asked.then if isinstance(asked, NewBatch) else []
    return [
        new_job(
            analysis_named(one.analysis),
            one.content,
            Options(priority=one.priority, notify=one.notify, tenant=caller.tenant_id),
        )
        for one in then
    ]
