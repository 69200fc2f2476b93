"""`/v1/jobs`: submit, list, look at, cancel and retry jobs; always the caller's own tenant's."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy import Connection

from errors import Conflict
from models import control
from models.charges import spent_by
from models.database import reading, transact
from models.lookups import JobFilter, answer_row, job_events, job_row, list_jobs
from models.states import State
from pipelines.replaying import replay
from pipelines.waiting import why
from web import views
from web.api.shared import BAD_BODY, NO_SUCH, WRONG_STATE, JobId, checked_id
from web.auth import Operator, Viewer
from web.dispatcher import dispatcher
from web.json_body import StrictRoute
from web.schemas import ID_FORM, Answer, Job, JobDetail, JobPage, NewJob, SubmittedJob
from web.schemas.control import FINGERPRINT_FORM, Replay
from web.submitting import Asked, IdempotencyKey, submit

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=StrictRoute)

MOST_PER_PAGE = 200
TAKEN: dict[int | str, dict[str, Any]] = {
    200: {"model": SubmittedJob, "description": "It was there already, by its dedup or idempotency key."},
    **BAD_BODY,
}
AnalysisName = Annotated[str | None, Query(pattern=r"^[a-z][a-z_.]{0,79}$")]
AnId = Annotated[str | None, Query(pattern=ID_FORM)]
Limit = Annotated[int, Query(ge=1, le=MOST_PER_PAGE)]


@router.post("", status_code=202, responses=TAKEN, summary="Submit a job")
def submit_job(
    job: NewJob, caller: Operator, response: Response, idempotency_key: IdempotencyKey = None
) -> SubmittedJob:
    """Stores one content and queues one analysis of it. Needs the role operator."""
    taken = submit(Asked(caller, job.analysis, job.content, job, job.deduplicate, False, idempotency_key))
    response.status_code = taken.status
    response.headers.update(taken.headers)
    return views.submitted_job(taken.row, existing=taken.existing)


@router.get("", summary="List jobs")
def list_page(
    caller: Viewer,
    state: State | None = None,
    analysis: AnalysisName = None,
    batch: AnId = None,
    fingerprint: Annotated[str | None, Query(pattern=FINGERPRINT_FORM)] = None,
    cursor: Annotated[str | None, Query(pattern=ID_FORM, description="`next` of the page before.")] = None,
    limit: Limit = 50,
) -> JobPage:
    """Newest first. Needs the role viewer."""
    which = JobFilter(state, analysis, batch, cursor, fingerprint)
    with reading() as connection:
        rows = list_jobs(connection, caller.tenant_id, which, limit=limit + 1)
    following = rows[limit - 1].id if len(rows) > limit else None
    return JobPage(items=[views.job(row) for row in rows[:limit]], next=following)


@router.get("/{job_id}", responses=NO_SUCH, summary="Look at a job")
def show_job(job_id: JobId, caller: Viewer) -> JobDetail:
    """State, why it waits, progress, timeline, error, cost, answer. Needs the role viewer."""
    tenant, known = caller.tenant_id, checked_id(job_id)
    with reading() as connection:
        row = job_row(connection, tenant, known)
        events = job_events(connection, tenant, known)
        stored = answer_row(connection, tenant, known)
        held = why(connection, row)
        spent = spent_by(connection, tenant, known)
    return views.job_detail(row, events, stored, held, spent)


@router.get("/{job_id}/answer", responses={**NO_SUCH, **WRONG_STATE}, summary="Read a job's answer")
def show_answer(job_id: JobId, caller: Viewer) -> Answer:
    """The answer with its maker; 409 while there is none. Needs the role viewer."""
    with reading() as connection:
        row = job_row(connection, caller.tenant_id, checked_id(job_id))
        stored = answer_row(connection, caller.tenant_id, row.id)
    if stored is None:
        raise Conflict(f"The job is {row.state}; only a completed job has an answer.")
    return views.answer(stored)


@router.delete("/{job_id}", responses={202: {"model": Job}, **NO_SUCH, **WRONG_STATE}, summary="Cancel a job")
def cancel_job(job_id: JobId, caller: Operator, response: Response) -> Job:
    """Cancelled at once (200), or its worker is asked to let go (202). Needs the role operator."""
    known = checked_id(job_id)

    def cancel(connection: Connection) -> tuple[str, Any]:
        state = control.cancel_job(connection, caller.tenant_id, known)
        return state, job_row(connection, caller.tenant_id, known)

    state, row = transact(cancel)
    response.status_code = 200 if state == State.CANCELLED else 202
    return views.job(row)


@router.post(
    "/{job_id}/retry", status_code=202, responses={**NO_SUCH, **WRONG_STATE}, summary="Retry a failed job"
)
def retry_job(job_id: JobId, caller: Operator, response: Response) -> Job:
    """Runs again from its beginning with all its attempts. Needs the role operator."""
    row = retried(caller.tenant_id, checked_id(job_id))
    response.headers["Location"] = f"/v1/jobs/{row.id}"
    return views.job(row)


@router.post(
    "/{job_id}/replay",
    status_code=202,
    responses={**NO_SUCH, **WRONG_STATE, **BAD_BODY},
    summary="Replay a job from a step",
)
def replay_job(job_id: JobId, body: Replay, caller: Operator, response: Response) -> Job:
    """An ended job runs again; what the steps before stored is reused. Needs the role operator."""
    known = checked_id(job_id)

    def again(connection: Connection) -> Any:
        replay(connection, caller.tenant_id, known, body.step)
        return job_row(connection, caller.tenant_id, known)

    row = transact(again)
    dispatcher.poke()
    response.headers["Location"] = f"/v1/jobs/{row.id}"
    return views.job(row)


def retried(tenant_id: str, job_id: str) -> Any:
    """The row of the failed job, waiting again. Raises NotFound; Conflict if it may not be retried."""

    def again(connection: Connection) -> Any:
        control.retry_job(connection, tenant_id, job_id)
        return job_row(connection, tenant_id, job_id)

    row = transact(again)
    dispatcher.poke()
    return row
