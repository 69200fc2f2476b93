"""`/v1/batches`: submit many rows at once, list, look at, cancel, retry; always the caller's own tenant's."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, BackgroundTasks, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from errors import Conflict
from models import control
from models.database import clock, reading, transact
from models.lookups import batch_row, following, list_members
from models.overview import list_batches
from models.states import Outcome
from models.tenants import Caller
from pipelines.eta import batch_eta
from pipelines.stopping import stop_batch
from web import ndjson, views
from web.api.shared import BAD_BODY, NO_SUCH, WRONG_STATE, checked_id
from web.auth import Operator, Viewer
from web.batching import Begun, begin, feed_all
from web.dispatcher import dispatcher
from web.json_body import StrictRoute
from web.problems import HttpProblem
from web.schemas import (
    AN_ID,
    ID_FORM,
    BatchDetail,
    BatchMemberPage,
    BatchOptions,
    BatchPage,
    NewBatch,
    RetriedBatch,
    SubmittedBatch,
)
from web.submitting import IdempotencyKey

router = APIRouter(prefix="/batches", tags=["batches"], route_class=StrictRoute)

BatchId = Annotated[str, Path(description="A batch's id.", examples=[AN_ID])]
Cursor = Annotated[str | None, Query(pattern=ID_FORM, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]
Asked = TypeVar("Asked", bound=BaseModel)
LISTS = ("notify", "notify_members")
SUBMITTED = {200: {"model": SubmittedBatch, "description": "It was there already."}, **BAD_BODY}


def _body() -> dict[str, Any]:
    """The schema of a JSON body in one piece, as a reference could point to nowhere from here."""
    schema = NewBatch.model_json_schema()
    schema["properties"]["then"]["items"] = schema.pop("$defs")["FollowUp"]
    return schema


BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _body()},
            ndjson.MEDIA_TYPE: {"schema": {"type": "string"}},
        },
    },
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in BatchOptions.model_json_schema()["properties"].items()
    ],
}


@router.post("", status_code=202, responses=SUBMITTED, openapi_extra=BODY, summary="Submit a batch")
async def submit_batch(
    request: Request, caller: Operator, response: Response, idempotency_key: IdempotencyKey = None
) -> SubmittedBatch:
    """Stores many contents and queues one analysis of each; the batch ends with one outcome.

    As `application/json`, options and `rows` in one body of up to 5 MB. Beyond that as
    `application/x-ndjson`: one row a line, the options in the address; members start while the rest
    arrives. A row that cannot be taken is named by its number, and nothing of the batch is left running.
    A repeat under an `Idempotency-Key` gives the batch that the first made (200); of a streamed one the
    options are compared, and its rows are not read. Needs the role operator.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == ndjson.MEDIA_TYPE:
        options = _checked(BatchOptions, _parameters(request), "query")
        fed = await run_in_threadpool(begin, caller, options, idempotency_key)
        if not fed.existing:
            await ndjson.feed(fed.feeding, ndjson.chunks(request))
    elif kind == "application/json":
        asked = _checked(NewBatch, await request.json(), "body")
        fed = await run_in_threadpool(begin, caller, asked, idempotency_key)
        if not fed.existing:
            await run_in_threadpool(feed_all, fed.feeding, asked)
    else:
        raise HttpProblem(415, f"The body must come as application/json or {ndjson.MEDIA_TYPE}.")
    response.headers["Location"] = f"/v1/batches/{fed.batch_id}"
    response.status_code = 200 if fed.existing else 202
    return await run_in_threadpool(_submitted, caller, fed)


@router.get("", summary="List batches")
def list_page(caller: Viewer, cursor: Cursor = None, limit: Limit = 50) -> BatchPage:
    """Newest first. Needs the role viewer."""
    with reading() as connection:
        rows = list_batches(connection, caller.tenant_id, after=cursor or "", limit=limit + 1)
    following = rows[limit - 1].id if len(rows) > limit else None
    return BatchPage(items=[views.batch(row) for row in rows[:limit]], next=following)


@router.get("/{batch_id}", responses=NO_SUCH, summary="Look at a batch")
def show_batch(batch_id: BatchId, caller: Viewer) -> BatchDetail:
    """Counts, outcome, and when it may end. Needs the role viewer."""
    return _shown(caller, checked_id(batch_id))


@router.get("/{batch_id}/members", responses=NO_SUCH, summary="List a batch's members")
def list_member_page(
    batch_id: BatchId, caller: Viewer, cursor: Cursor = None, limit: Limit = 50
) -> BatchMemberPage:
    """Jobs and answers in the order of the rows. Needs the role viewer."""
    with reading() as connection:
        known = batch_row(connection, caller.tenant_id, checked_id(batch_id)).id
        rows = list_members(connection, caller.tenant_id, known, after=cursor or "", limit=limit + 1)
    following = rows[limit - 1].id if len(rows) > limit else None
    return BatchMemberPage(items=[views.batch_member(row) for row in rows[:limit]], next=following)


@router.delete(
    "/{batch_id}", responses={202: {"model": BatchDetail}, **NO_SUCH, **WRONG_STATE}, summary="Cancel a batch"
)
def cancel_batch(
    batch_id: BatchId, caller: Operator, response: Response, after: BackgroundTasks
) -> BatchDetail:
    """Cancelled at once (200), or when its workers have let go (202); its counts tell how far it is.

    No member starts any more. Needs the role operator.
    """
    with reading() as connection:
        row = batch_row(connection, caller.tenant_id, checked_id(batch_id))
    if row.outcome not in (None, Outcome.CANCELLED):
        raise Conflict(f"The batch is {row.outcome}; only one that has not ended can be cancelled.")
    begun = transact(lambda connection: control.cancel_batch(connection, caller.tenant_id, row.id))
    if not begun.is_over:
        after.add_task(stop_batch, caller.tenant_id, row.id)
    dispatcher.poke()  # what follows it may start
    shown = _shown(caller, row.id)
    response.status_code = 200 if shown.outcome else 202
    return shown


@router.post(
    "/{batch_id}/retry-failed",
    status_code=202,
    responses={**NO_SUCH, **WRONG_STATE},
    summary="Retry what failed",
)
def retry_failed(batch_id: BatchId, caller: Operator, response: Response) -> RetriedBatch:
    """The failed members run again, and those that were not started. Needs the role operator."""
    shown = _shown(caller, checked_id(batch_id))
    count = transact(lambda connection: control.retry_failed(connection, caller.tenant_id, shown.id))
    dispatcher.poke()
    response.headers["Location"] = f"/v1/batches/{shown.id}"
    return RetriedBatch(retried=count, batch=_shown(caller, shown.id))


def _shown(caller: Caller, batch_id: str) -> BatchDetail:
    with reading() as connection:
        row = batch_row(connection, caller.tenant_id, batch_id)
        eta = batch_eta(connection, row, clock(connection))
    return views.batch_detail(row, eta)


def _submitted(caller: Caller, fed: Begun) -> SubmittedBatch:
    shown = _shown(caller, fed.batch_id)
    with reading() as connection:
        then = following(connection, caller.tenant_id, fed.batch_id)
    return SubmittedBatch(**shown.model_dump(), then=then, existing=fed.existing)


def _parameters(request: Request) -> dict[str, Any]:
    """The options in the address; one that is a list may stand there several times."""
    given = request.query_params
    return {name: given.getlist(name) if name in LISTS else value for name, value in given.items()}


def _checked(model: type[Asked], value: Any, where: str) -> Asked:
    """The value as the model has it. Raises what the framework itself would for a body that does not fit."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise RequestValidationError(
            [{**fault, "loc": (where, *fault["loc"])} for fault in error.errors()]
        ) from None
