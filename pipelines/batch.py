"""Batch: the handle of many analyses with one outcome, and its builder `analyze_many`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from actors.members import Member, read_members
from errors import Conflict, InvalidInput, Timeout
from models import control
from models.charges import REALTIME
from models.database import clock, reading, transact
from models.lookups import batch_row, waiting_member
from models.tenants import DEFAULT_TENANT
from models.why import Waiting
from pipelines.dispatch import dispatch
from pipelines.entry import Options, analysis_named
from pipelines.eta import Eta, batch_eta
from pipelines.feeding import CHUNK, DEFAULT_TOLERANCE, Feeding, Plan, Row
from pipelines.harvest import Harvest
from pipelines.job import Job
from pipelines.patience import GOES_ON, Patience
from pipelines.quote import Quote, quote
from pipelines.stopping import stop_batch
from pipelines.waiting import why

DISPATCH_EVERY_S = 0.2  # while rows come: workers that end something ask for more by themselves


@dataclass(frozen=True, slots=True)
class Counts:
    """How a batch stands; `total` grows while members are still being submitted."""

    total: int
    completed: int
    failed: int
    cancelled: int

    @property
    def ended(self) -> int:
        return self.completed + self.failed + self.cancelled

    @property
    def progress(self) -> int:
        """0 to 100."""
        return 100 * self.ended // self.total if self.total else 0


class Batch:
    """A batch before or after its submission. Reading an attribute asks the database."""

    def __init__(
        self,
        plan: Plan | None = None,
        rows: Iterable[Row] = (),
        *,
        batch_id: str | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> None:
        self._plan = plan
        self._rows = rows
        self._id = batch_id
        self._tenant = plan.options.tenant if plan else tenant
        self._follow_ups: list[Job] = []

    def then(self, *jobs: Job) -> Batch:
        """Jobs to run once this batch has its outcome, whatever that is, also when it was cancelled.

        They are stored with the batch, start exactly once, and have their ids once it was submitted.
        Raises Conflict after that, and InvalidInput for a job of another tenant or with a dedup key.
        """
        if self._plan is None:
            raise Conflict("This batch was submitted already; say what follows it before.")
        for job in jobs:
            new = job.unsubmitted
            if new.tenant_id != self._tenant:
                raise InvalidInput("What follows a batch must be of the same tenant.")
            if new.dedup_key is not None:
                raise InvalidInput("What follows a batch runs once for it; leave its dedup_key out.")
        self._follow_ups += jobs
        return self

    def submit(self) -> Batch:
        """Store the members as they come, a chunk at a time; the first start while the rest is read.

        A row that is not what the analysis takes raises InvalidInput with its number (from 1). Whatever
        breaks the submission off, the members before it are cancelled, and nothing follows.
        """
        if self._plan is None:
            raise Conflict("This batch was submitted already, or its rows have been read; build it anew.")
        (plan, rows), self._plan, self._rows = (self._plan, iter(self._rows)), None, ()
        feeding = Feeding(plan, [job.unsubmitted for job in self._follow_ups])
        self._id = feeding.batch_id
        for job in self._follow_ups:
            job.is_submitted()
        dispatched_s = float("-inf")
        try:
            while chunk := list(islice(rows, CHUNK)):
                feeding.feed(chunk)
                if time.monotonic() - dispatched_s > DISPATCH_EVERY_S:
                    dispatch()
                    dispatched_s = time.monotonic()
            feeding.seal()
        except BaseException:
            feeding.abandon()
            raise
        dispatch()
        return self

    def estimate(self) -> Quote:
        """What it will cost, before it is submitted; rows from a generator are used up by that.

        Raises InvalidInput for a row that will not do, with its number.
        """
        if self._plan is None:
            raise Conflict("This batch was submitted already, or its rows have been read; build it anew.")
        plan, rows = self._plan, self._rows
        if iter(rows) is rows:
            self._plan = None
        return quote(plan.analysis, rows, tenant=self._tenant, model=plan.options.model)

    def wait(self, timeout: float | None = None) -> Batch:
        """Block until the batch has its outcome; gives this handle. Raises errors.Timeout."""
        patience = Patience(timeout)
        while self.outcome is None:
            if not patience.wait():
                raise Timeout(f"Batch {self.id} has no outcome after {timeout} s; {GOES_ON}.")
        return self

    def as_completed(self, timeout: float | None = None) -> Iterator[Job]:
        """The members' handles in the order they end, each once. Raises errors.Timeout."""
        patience = Patience(timeout)
        harvest = Harvest(self._tenant, self.id)
        while True:
            over = self.outcome is not None
            for job_id in harvest.ended():
                patience.refresh()
                yield Job(job_id=job_id, tenant=self._tenant)
            if over:
                return
            if not patience.wait():
                raise Timeout(f"Batch {self.id} has no outcome after {timeout} s; {GOES_ON}.")

    def members(self) -> Iterator[Member]:
        """All members in the order they were submitted, read a page at a time."""
        return read_members(self._tenant, self.id)

    def answers(self) -> Iterator[Member]:
        """The members that completed, with their answers."""
        return (member for member in self.members() if member.answer is not None)

    def failures(self) -> Iterator[Member]:
        """The members that failed, with why."""
        return (member for member in self.members() if member.state == "failed")

    def retry_failed(self) -> int:
        """Run the failed members again; gives how many."""
        count = transact(lambda connection: control.retry_failed(connection, self._tenant, self.id))
        dispatch()
        return count

    def cancel(self, tell: Callable[[int], object] = lambda _: None) -> int:
        """Cancel what has not ended; gives how many members ended at once. What follows it still runs.

        None starts from the first moment on; of a long batch `tell` hears now and then how many have ended.
        """
        count = stop_batch(self._tenant, self.id, tell)
        dispatch()
        return count

    @property
    def id(self) -> str:
        if self._id is None:
            raise Conflict("This batch has no id before .submit().")
        return self._id

    @property
    def row(self) -> Any:
        """All columns of the batch as they are now. Raises NotFound."""
        with reading() as connection:
            return batch_row(connection, self._tenant, self.id)

    @property
    def outcome(self) -> str | None:
        """completed, completed_with_failures, failed or cancelled; None while it runs."""
        outcome: str | None = self.row.outcome
        return outcome

    @property
    def counts(self) -> Counts:
        row = self.row
        return Counts(row.total, row.completed, row.failed, row.cancelled)

    @property
    def progress(self) -> int:
        """0 to 100."""
        return self.counts.progress

    @property
    def why(self) -> Waiting | None:
        """What holds back the first of its members that waits; None if none of them does."""
        with reading() as connection:
            row = waiting_member(connection, self._tenant, self.id)
            return None if row is None else why(connection, row)

    @property
    def eta(self) -> Eta:
        """When it may end, or why that cannot be told yet."""
        with reading() as connection:
            return batch_eta(connection, batch_row(connection, self._tenant, self.id), clock(connection))


def analyze_many(
    analysis: str,
    rows: Iterable[Row],
    *,
    parallel_limit: int | None = None,
    failure_tolerance: float = DEFAULT_TOLERANCE,
    retry_failed: int = 0,
    priority: str = "normal",
    notify: Sequence[str] = (),
    notify_members: Sequence[str] = (),
    tenant: str = DEFAULT_TENANT,
    model: str = "",
    prompt_version: int | None = None,
    fallbacks: Sequence[str] | None = None,
    lane: str = REALTIME,
) -> Batch:
    """One analysis of many contents, ready to submit; `rows` may be a generator of any length.

    `parallel_limit`: at most so many members are under way at once. `failure_tolerance`: a share of
    the members (a float from 0.0 to 1.0) or a count (an int) that may fail before the rest is not started.
    `retry_failed`: how often the failed ones run again, all together, before the batch has its outcome.
    `notify`: channels that hear once of the batch's end; `notify_members`: of each member's.
    `model`: who answers, `local` or `provider/model`; empty: as configured. `prompt_version` overrules
    the tenant's pin. `fallbacks`: who answers in the model's place, as `analyze` says, and `lane`.
    Raises InvalidInput if the analysis or an option is wrong; rows are looked at on submission.
    """
    options = Options(
        priority=priority,
        notify=notify_members,
        tenant=tenant,
        model=model,
        prompt_version=prompt_version,
        fallbacks=fallbacks,
        lane=lane,
    )
    plan = Plan(analysis_named(analysis), options, parallel_limit, failure_tolerance, retry_failed, notify)
    return Batch(plan, rows)
