"""Feeding: rows become the members of a batch a chunk at a time, so any number of them needs little memory.

Members start while the rest is still being read. Where that breaks off, whatever was stored is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from adapters.channels import check_channel
from analyses.base import Analysis
from errors import GristmillError, InvalidInput
from models.database import transact
from models.idempotency import Token
from models.submission import (
    NewBatch,
    NewJob,
    abandon_batch,
    create_batch,
    seal_batch,
    submit_follow_up,
    submit_members,
)
from pipelines.entry import Options, new_job
from pipelines.storing import storing

CHUNK = 500  # members stored in one transaction
DEFAULT_TOLERANCE = 0.2
MOST_ROUNDS = 100
BROKEN_OFF = "Its batch was not submitted to the end."
Row = Mapping[str, Any] | str


@dataclass(frozen=True)
class Plan:
    """How a batch is to be run; `options` are its members'. Raises InvalidInput for what makes no sense."""

    analysis: Analysis[Any, Any]
    options: Options
    parallel_limit: int | None = None
    failure_tolerance: float = DEFAULT_TOLERANCE
    retry_failed: int = 0
    notify: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.parallel_limit is not None and self.parallel_limit < 1:
            raise InvalidInput("parallel_limit must be at least 1; leave it out for no limit.")
        is_share = isinstance(self.failure_tolerance, float)
        if not self.failure_tolerance >= 0 or (is_share and self.failure_tolerance > 1):
            raise InvalidInput("failure_tolerance must be a share from 0.0 to 1.0 or a count from 0.")
        if not 0 <= self.retry_failed <= MOST_ROUNDS:
            raise InvalidInput(f"retry_failed must be a number of rounds from 0 to {MOST_ROUNDS}.")
        for channel in self.notify:
            check_channel(channel)

    def new_batch(self) -> NewBatch:
        share = self.failure_tolerance if isinstance(self.failure_tolerance, float) else None
        return NewBatch(
            tenant_id=self.options.tenant,
            analysis=self.analysis.name,
            parallel_limit=self.parallel_limit,
            tolerance_share=share,
            tolerance_count=None if share is not None else int(self.failure_tolerance),
            retry_rounds=self.retry_failed,
            channels=list(self.notify),
        )


class Feeding:
    """A batch that is being submitted. The caller dispatches whenever something may start."""

    def __init__(
        self, plan: Plan, follow_ups: Iterable[NewJob] = (), *, request: Token | None = None
    ) -> None:
        """Raises IntegrityError where this request has made a batch before."""
        self._plan = plan
        self.fed = 0  # rows so far
        new = replace(plan.new_batch(), request=request)
        self.batch_id = new.batch_id
        following = list(follow_ups)

        def store(connection: Connection) -> None:
            create_batch(connection, new)
            for job in following:
                submit_follow_up(connection, new.batch_id, job)

        storing(store)

    def feed(self, rows: Sequence[Row]) -> None:
        """Store more members, in one transaction.

        Raises InvalidInput with the number of a bad row, counted from 1 over all chunks; Conflict if the
        batch was cancelled meanwhile.
        """
        members = [self._member(row, self.fed + place) for place, row in enumerate(rows, 1)]
        transact(lambda connection: submit_members(connection, self.batch_id, members))
        self.fed += len(members)

    def seal(self) -> None:
        """That was the last: the batch ends with its members."""
        transact(lambda connection: seal_batch(connection, self.batch_id))

    def abandon(self) -> None:
        """It broke off: what was stored is cancelled, also what was to follow."""
        transact(lambda connection: abandon_batch(connection, self.batch_id, BROKEN_OFF))

    def _member(self, row: Row, number: int) -> NewJob:
        fields = {"text": row} if isinstance(row, str) else row
        try:
            if not isinstance(fields, Mapping):
                raise InvalidInput("It must be an object or a text.")
            return new_job(self._plan.analysis, fields, self._plan.options, batch_id=self.batch_id)
        except GristmillError as error:
            raise InvalidInput(f"Row {number}: {error.message}") from None
