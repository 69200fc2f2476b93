"""Batch: the handle of many analyses with one outcome, and its builder `analyze_many`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from analyses.base import Analysis, Answer
from errors import Conflict, GristmillError, InvalidInput, Timeout
from models import control
from models.database import clock, reading, transact, writing
from models.lookups import batch_row, ended_members, list_members
from models.submission import create_batch, seal_batch, submit_members
from models.tenants import DEFAULT_TENANT
from pipelines.dispatch import dispatch
from pipelines.entry import Options, analysis_named, new_job
from pipelines.job import Job, typed_answer
from pipelines.patience import GOES_ON, Patience
from pipelines.storing import storing

LOOK_BACK_MS = 1_000  # a transaction that began earlier may commit later
CHUNK = 500  # members stored in one transaction: a generator of any length needs this much memory
DEFAULT_TOLERANCE = 0.2
Rows = Iterable[Mapping[str, Any] | str]


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


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a batch: its job's id, the row's own id, where it stands and what it found."""

    id: str
    external_id: str | None
    state: str
    answer: Answer | None
    error_class: str | None
    error_message: str | None


class Batch:
    """A batch before or after its submission. Reading an attribute asks the database."""

    def __init__(
        self,
        submission: tuple[Analysis[Any, Any], Rows, Options] | None = None,
        *,
        batch_id: str | None = None,
        tenant: str = DEFAULT_TENANT,
        parallel_limit: int | None = None,
        failure_tolerance: float = DEFAULT_TOLERANCE,
    ) -> None:
        self._submission = submission
        self._id = batch_id
        self._tenant = submission[2].tenant if submission else tenant
        self._parallel_limit = parallel_limit
        self._tolerance = failure_tolerance

    def submit(self) -> Batch:
        """Store the members as they come, a chunk at a time; the first start while the rest is read.

        A row that is not what the analysis takes raises InvalidInput with its number (from 1); the
        members before it have been submitted by then, and are cancelled.
        """
        if self._submission is None:
            raise Conflict("This batch was submitted already.")
        (analysis, rows, options), self._submission = self._submission, None
        with storing(self._tenant) as connection:
            self._id = self._create(connection, analysis.name)
        try:
            self._submit_rows(analysis, iter(rows), options)
        except BaseException:
            self.cancel()
            raise
        with writing() as connection:
            seal_batch(connection, self.id)
        dispatch()
        return self

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
        seen: set[str] = set()
        newest_ms = 0
        while True:
            over = self.outcome is not None
            for row in self._ended_since(0 if over else newest_ms - LOOK_BACK_MS):
                if row.id not in seen:
                    seen.add(row.id)
                    newest_ms = max(newest_ms, row.finished_at_ms)
                    patience.refresh()
                    yield Job(job_id=row.id, tenant=self._tenant)
            if over:
                return
            if not patience.wait():
                raise Timeout(f"Batch {self.id} has no outcome after {timeout} s; {GOES_ON}.")

    def members(self) -> Iterator[Member]:
        """All members in the order they were submitted, read a page at a time."""
        after = ""
        while True:
            with reading() as connection:
                rows = list_members(connection, self._tenant, self.id, after=after)
            yield from map(_member, rows)
            if not rows:
                return
            after = rows[-1].id

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

    def cancel(self) -> int:
        """Cancel what has not ended; gives how many members ended at once."""
        return transact(lambda connection: control.cancel_batch(connection, self._tenant, self.id))

    def _ended_since(self, since_ms: int) -> Iterator[Any]:
        after = (since_ms, "")
        while True:
            with reading() as connection:
                rows = ended_members(connection, self._tenant, self.id, after=after)
            yield from rows
            if not rows:
                return
            after = (rows[-1].finished_at_ms, rows[-1].id)

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
    def eta(self) -> float | None:
        """Seconds until it ends, at the pace so far; None until a twentieth of it has ended."""
        with reading() as connection:
            row, now = batch_row(connection, self._tenant, self.id), clock(connection)
        ended = row.completed + row.failed + row.cancelled
        if row.outcome is not None:
            return 0.0
        if not ended or ended * 20 < row.total:
            return None
        return float((now - row.created_at_ms) / 1000 * (row.total - ended) / ended)

    def _create(self, connection: Any, analysis: str) -> str:
        share = self._tolerance if isinstance(self._tolerance, float) else None
        count = None if share is not None else int(self._tolerance)
        return create_batch(
            connection,
            tenant_id=self._tenant,
            analysis=analysis,
            parallel_limit=self._parallel_limit,
            tolerance_share=share,
            tolerance_count=count,
        )

    def _submit_rows(
        self, analysis: Analysis[Any, Any], rows: Iterator[Mapping[str, Any] | str], options: Options
    ) -> None:
        number = 0
        while chunk := list(islice(rows, CHUNK)):
            members = []
            for row in chunk:
                number += 1
                members.append(self._member(analysis, row, options, number))
            with writing() as connection:
                submit_members(connection, self.id, members)
            dispatch()

    def _member(
        self, analysis: Analysis[Any, Any], row: Mapping[str, Any] | str, options: Options, number: int
    ) -> Any:
        fields = {"text": row} if isinstance(row, str) else row
        try:
            return new_job(analysis, fields, options, batch_id=self.id)
        except GristmillError as error:
            raise InvalidInput(f"Row {number}: {error.message}") from None


def analyze_many(
    analysis: str,
    rows: Rows,
    *,
    parallel_limit: int | None = None,
    failure_tolerance: float = DEFAULT_TOLERANCE,
    priority: str = "normal",
    notify: Sequence[str] = (),
    tenant: str = DEFAULT_TENANT,
) -> Batch:
    """One analysis of many contents, ready to submit; `rows` may be a generator of any length.

    `parallel_limit`: at most so many members are under way at once. `failure_tolerance`: a share of
    the members (a float from 0.0 to 1.0) or a count (an int) that may fail before the rest is not started.
    Raises InvalidInput if the analysis or an option is wrong; rows are looked at on submission.
    """
    if parallel_limit is not None and parallel_limit < 1:
        raise InvalidInput("parallel_limit must be at least 1; leave it out for no limit.")
    if failure_tolerance < 0 or (isinstance(failure_tolerance, float) and failure_tolerance > 1):
        raise InvalidInput("failure_tolerance must be a share from 0.0 to 1.0 or a count from 0.")
    return Batch(
        (analysis_named(analysis), rows, Options(priority=priority, notify=notify, tenant=tenant)),
        parallel_limit=parallel_limit,
        failure_tolerance=failure_tolerance,
    )


def _member(row: Any) -> Member:
    answer = None if row.answer_answer is None else typed_answer(row.analysis, row.answer_answer)
    return Member(row.id, row.external_id, row.state, answer, row.error_class, row.error_message)
