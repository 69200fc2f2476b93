"""Events: the timelines of a job, of a batch and of all the tenant's work, as a list or as a live stream."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from models.database import reading
from models.feed import Which, since
from models.lookups import batch_row, job_row
from web import views
from web.api.shared import NO_SUCH, JobId, checked_id
from web.auth import Viewer
from web.schemas import EventPage
from web.streams import MEDIA_TYPE, stream

router = APIRouter(tags=["events"])

MOST_PER_PAGE = 1_000
LARGEST = 2**63 - 1  # what a number can be in the database

AS_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page of events; with `Accept: text/event-stream`, a stream of server-sent events.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    },
    204: {"description": "The stream was over at `Last-Event-ID`; there is no need to ask again."},
}
Number = Annotated[
    int | None, Query(ge=0, le=LARGEST, description="The `id` of the last event already seen.")
]
LastEventId = Annotated[
    int | None,
    Header(ge=0, le=LARGEST, alias="Last-Event-ID", description="A stream goes on after this event."),
]


class Asked:
    """From where on, how much, and in which form."""

    def __init__(
        self,
        cursor: Number = None,
        limit: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 200,
        last_event_id: LastEventId = None,
        accept: Annotated[str, Header()] = "",
    ) -> None:
        self.after = cursor if last_event_id is None else last_event_id
        self.limit = limit
        self.as_stream = MEDIA_TYPE in accept


HowAsked = Annotated[Asked, Depends()]


@router.get("/events", responses=AS_STREAM, response_model=EventPage, summary="Read or follow all events")
async def show_all(caller: Viewer, asked: HowAsked) -> EventPage | Response:
    """Every transition of the tenant's jobs and batches, oldest first. A stream without `Last-Event-ID` or
    `cursor` tells what happens from now on, and never ends by itself. Needs the role viewer."""
    which = Which(caller.tenant_id)
    if asked.as_stream:
        return await stream(which, asked.after, caller)
    return await run_in_threadpool(_page, which, asked)


@router.get(
    "/jobs/{job_id}/events",
    responses={**AS_STREAM, **NO_SUCH},
    response_model=EventPage,
    summary="Read or follow a job's events",
)
async def show_job(job_id: JobId, caller: Viewer, asked: HowAsked) -> EventPage | Response:
    """The job's timeline from its beginning; a stream ends when the job has. Needs the role viewer."""
    which = Which(caller.tenant_id, job_id=checked_id(job_id))
    return await _of_one(which, caller, asked)


@router.get(
    "/batches/{batch_id}/events",
    responses={**AS_STREAM, **NO_SUCH},
    response_model=EventPage,
    summary="Read or follow a batch's events",
)
async def show_batch(batch_id: JobId, caller: Viewer, asked: HowAsked) -> EventPage | Response:
    """Those of the batch and its members; a stream ends with the batch's outcome. Needs the role viewer."""
    which = Which(caller.tenant_id, batch_id=checked_id(batch_id))
    return await _of_one(which, caller, asked)


async def _of_one(which: Which, caller: Viewer, asked: Asked) -> EventPage | Response:
    await run_in_threadpool(_check_there_is, which)
    if asked.as_stream:
        return await stream(which, asked.after or 0, caller)
    return await run_in_threadpool(_page, which, asked)


def _check_there_is(which: Which) -> None:
    """Raises NotFound."""
    assert which.tenant_id is not None
    with reading() as connection:
        if which.job_id is not None:
            job_row(connection, which.tenant_id, which.job_id)
        if which.batch_id is not None:
            batch_row(connection, which.tenant_id, which.batch_id)


def _page(which: Which, asked: Asked) -> EventPage:
    with reading() as connection:
        page = since(connection, asked.after or 0, which, limit=asked.limit)
    shown = [views.event(event) for event in page.events]
    return EventPage(items=shown, next=None if page.reached_end else page.cursor)
