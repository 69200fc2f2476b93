"""Job: the handle of one analysis of one content, and its builder `analyze`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actors.tasks import typed_answer
from analyses.base import Answer
from errors import Conflict, Timeout
from models import control
from models.charges import REALTIME, Spent, spent_by
from models.database import clock, reading, transact
from models.feed import Which
from models.lookups import answer_row, job_events, job_row, job_state
from models.states import TERMINAL
from models.submission import NewJob
from models.tenants import DEFAULT_TENANT
from models.why import Waiting
from pipelines.dispatch import dispatch, submit
from pipelines.entry import Options, analysis_named, new_job
from pipelines.eta import Eta, job_eta
from pipelines.following import follow as follow_events
from pipelines.patience import GOES_ON, Patience
from pipelines.replaying import replay
from pipelines.waiting import why


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One transition; `at_ms` is the database's clock in milliseconds since 1970."""

    number: int
    state: str
    at_ms: int
    message: str | None


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed: its class, what was wrong, and when it may be tried again."""

    error_class: str
    message: str


class Job:
    """A job before or after its submission. Reading an attribute asks the database.

    Every attribute but `submit` raises Conflict before submission.
    """

    def __init__(
        self, new: NewJob | None = None, *, job_id: str | None = None, tenant: str = DEFAULT_TENANT
    ) -> None:
        self._new = new
        self._id = job_id
        self._tenant = new.tenant_id if new else tenant

    def submit(self) -> Job:
        """Store the job and let it start when its turn comes; gives this handle.

        With a dedup key that a live or completed job has, this becomes the handle of that job.
        """
        self._id = submit(self.unsubmitted)
        self._new = None
        return self

    @property
    def unsubmitted(self) -> NewJob:
        """What is to be submitted. Raises Conflict once it was."""
        if self._new is None:
            raise Conflict("This job was submitted already.")
        return self._new

    def is_submitted(self) -> None:
        """It was stored together with a batch, which it follows; see `Batch.then`."""
        self._id, self._new = self.unsubmitted.job_id, None

    def wait(self, timeout: float | None = None) -> Job:
        """Block until the job has ended, whatever its end; gives this handle.

        Raises errors.Timeout after `timeout` seconds; the job goes on.
        """
        patience = Patience(timeout)
        while self.state not in TERMINAL:
            if not patience.wait():
                raise Timeout(f"Job {self.id} is still {self.state} after {timeout} s; {GOES_ON}.")
        return self

    def events(self, follow: bool = False) -> Iterator[TimelineEvent]:
        """The timeline so far; with `follow`, also what comes until the job has ended. Raises NotFound."""
        assert self.row is not None
        if follow:
            for event in follow_events(Which(self._tenant, job_id=self.id)):
                yield TimelineEvent(event.number, event.state, event.at_ms, event.message)
            return
        with reading() as connection:
            rows = job_events(connection, self._tenant, self.id)
        for row in rows:
            yield TimelineEvent(row.id, row.state, row.at_ms, row.message)

    def cancel(self) -> str:
        """Cancel it; gives its state now (`running` until its worker has let go).

        Raises Conflict if it has completed or failed.
        """
        return transact(lambda connection: control.cancel_job(connection, self._tenant, self.id))

    def retry(self) -> Job:
        """Run a failed job again from its beginning. Raises Conflict if it has not failed."""
        transact(lambda connection: control.retry_job(connection, self._tenant, self.id))
        dispatch()
        return self

    def replay(self, step: str) -> Job:
        """Run an ended job again from `step` (fetch, score or persist); what came before is reused.

        From `persist` the stored reply is validated again, from `score` the model is asked anew. Raises
        Conflict if it has not ended, or nothing is stored to go on from; InvalidInput for no such step.
        """
        transact(lambda connection: replay(connection, self._tenant, self.id, step))
        dispatch()
        return self

    @property
    def id(self) -> str:
        if self._id is None:
            raise Conflict("This job has no id before .submit().")
        return self._id

    @property
    def row(self) -> Any:
        """All columns of the job as they are now. Raises NotFound."""
        with reading() as connection:
            return job_row(connection, self._tenant, self.id)

    @property
    def state(self) -> str:
        with reading() as connection:
            return job_state(connection, self._tenant, self.id)

    @property
    def progress(self) -> int:
        """0 to 100."""
        return int(self.row.progress)

    @property
    def stage(self) -> str | None:
        """The step it is at, or None while it does not run."""
        stage: str | None = self.row.stage
        return stage

    @property
    def eta(self) -> Eta:
        """When it may end, judged by how long it has run, or why that cannot be told."""
        with reading() as connection:
            return job_eta(job_row(connection, self._tenant, self.id), clock(connection))

    @property
    def why(self) -> Waiting | None:
        """What holds it back, with the reason and until when; None if it runs or has ended."""
        with reading() as connection:
            return why(connection, job_row(connection, self._tenant, self.id))

    @property
    def error(self) -> JobError | None:
        """Why the last attempt failed, or None."""
        row = self.row
        return JobError(row.error_class, row.error_message) if row.error_class else None

    @property
    def cost(self) -> Spent:
        """What it cost and saved until now, in millionths of a US dollar."""
        with reading() as connection:
            return spent_by(connection, self._tenant, self.id)

    @property
    def result(self) -> Any | None:
        """The stored answer with its maker (provider, model, versions), or None while there is none."""
        with reading() as connection:
            return answer_row(connection, self._tenant, self.id)

    @property
    def answer(self) -> Answer | None:
        """The typed answer, such as `job.answer.hype_score`; None while there is none."""
        result = self.result
        return None if result is None else typed_answer(result.analysis, result.answer)


def analyze(
    analysis: str,
    content: Mapping[str, Any],
    *,
    priority: str = "normal",
    delay_s: float = 0,
    dedup_key: str | None = None,
    notify: Sequence[str] = (),
    tenant: str = DEFAULT_TENANT,
    local_answer: bool = False,
    model: str = "",
    prompt_version: int | None = None,
    fallbacks: Sequence[str] | None = None,
    lane: str = REALTIME,
) -> Job:
    """One analysis of one content, ready to submit.

    `content` has the fields of the analysis's content kind; its `id`, if any, comes back as the job's
    `external_id`. With `local_answer` the offline answer is stored with the content at once. `model` says
    who answers, `local` or `provider/model`; empty: as configured. `prompt_version` overrules the tenant's
    pin. `fallbacks` are asked, the first who is there, while the model is away or once it has refused for
    good; empty: nobody; None: as configured. `lane` is `realtime`, or cheaper and later `flex`.
    Raises InvalidInput if the analysis, the content or an option is wrong.
    """
    whose = (tenant, local_answer, model, prompt_version, fallbacks, lane)
    options = Options(priority, delay_s, dedup_key, notify, *whose)
    return Job(new_job(analysis_named(analysis), content, options))
