"""Fan-out: a step's rows become a batch, for which its job waits without holding a thread, lease or message.

@step
def split(work: Work) -> None:
    fan_out(work, "text.sentiment", rows_of(work))  # the last thing that the step does

@step
def join(work: Work) -> None:  # the next one: begins when the batch has its outcome, whatever that is
    found = [member.answer for member in members(work)]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from actors import writes
from actors.members import Member, read_members
from actors.work import Lost, Work
from errors import Internal, InvalidInput
from models.claims import Claimed
from models.nesting import Fanned, FanOut
from models.submission import NewBatch, NewJob

MOST_ROWS = 10_000  # stored in one transaction; more are for several steps, or a batch of batches

Row = Mapping[str, Any] | str
MakeMember = Callable[[Claimed, str, Row, str], NewJob]
"""Makes a member of (the job that waits for it, analysis, row, batch id); raises InvalidInput."""

_makers: list[MakeMember] = []


def members_are_made_by(make: MakeMember) -> None:
    """Told by `pipelines`, which alone knows what a job of an analysis looks like."""
    _makers[:] = [make]


def maker_modules() -> set[str]:
    """Where that is: a process that runs a step must have loaded it."""
    return {make.__module__ for make in _makers}


def make_member(job: Claimed, analysis: str, row: Row, batch_id: str) -> NewJob:
    """A member of a batch that a step of `job` opens. Raises InvalidInput for what it cannot take."""
    return _makers[0](job, analysis, row, batch_id)


def fan_out(
    work: Work,
    analysis: str,
    rows: Iterable[Row],
    *,
    parallel_limit: int | None = None,
    failure_tolerance: float = 1.0,
    retry_failed: int = 0,
) -> None:
    """One analysis of up to `MOST_ROWS` rows, with this job's priority; its next step begins after them.

    A step that runs again finds the batch that it opened before: nothing is opened or paid twice. Every row
    is looked at before anything is stored. The options are those of `analyze_many`, but the next step is to
    judge: no failure is one too many, unless told. Raises InvalidInput with the number of a bad row.
    """
    if work.next_step is None:
        raise Internal(f"{work.step} is the last step of its pipeline, so nothing could follow its batch.")
    share = failure_tolerance if isinstance(failure_tolerance, float) else None
    batch = NewBatch(
        tenant_id=work.claimed.tenant_id,
        analysis=analysis,
        parallel_limit=parallel_limit,
        tolerance_share=share,
        tolerance_count=None if share is not None else int(failure_tolerance),
        retry_rounds=retry_failed,
        opened_by=(work.fence.job_id, work.step),
    )
    made = _members(work, batch, rows)
    fanned, work.awaited_batch_id = writes.fan_out(FanOut(work.fence, work.step, work.next_step, batch, made))
    if fanned is Fanned.LOST:
        raise Lost("Another worker has this job now.")
    work.suspended = fanned is Fanned.WAITS


def members(work: Work) -> Iterator[Member]:
    """The members of the batch that this job waited for last, in the order of their rows."""
    if not work.awaited_batch_id:
        raise Internal(f"{work.step} asks for the members of a batch, but its job has waited for none.")
    return read_members(work.claimed.tenant_id, work.awaited_batch_id)


def _members(work: Work, batch: NewBatch, rows: Iterable[Row]) -> list[NewJob]:
    made = []
    for number, row in enumerate(islice(rows, MOST_ROWS + 1), 1):
        if number > MOST_ROWS:
            raise InvalidInput(f"A step can open a batch of at most {MOST_ROWS:,} rows.")
        try:
            made.append(make_member(work.claimed, batch.analysis, row, batch.batch_id))
        except InvalidInput as error:
            raise InvalidInput(f"Row {number}: {error.message}") from None
    return made
