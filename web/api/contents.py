"""`/v1/contents`: text is kept at once, files and addresses are read by jobs; what is kept is shown."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from errors import InvalidInput, NotFound
from models.catalogue import editions_of, list_kept
from models.database import clock, reading, transact
from models.library import NewContent, Place, Shelved, shelve
from models.lookups import content_row
from models.tenants import ensure_tenant
from pipelines.ingest import fields_of, ingest
from web import views
from web.api.shared import BAD_BODY, NO_SUCH, checked_id
from web.api.uploads import UPLOADED
from web.auth import Operator, Viewer
from web.json_body import StrictRoute
from web.schemas import ID_FORM, SubmittedJob
from web.schemas.contents import ContentDetail, ContentPage, NewContentBody
from web.submitting import IdempotencyKey, submit_task

router = APIRouter(prefix="/contents", tags=["contents"], route_class=StrictRoute)

Limit = Annotated[int, Query(ge=1, le=200)]
Kind = Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")]
HOW = {"priority", "delay_s", "dedup_key", "notify", "analyses", "javascript"}
TAKEN: dict[int | str, dict[str, Any]] = {
    200: {"model": ContentDetail | SubmittedJob, "description": "It was there already."},
    201: {"model": ContentDetail, "description": "The text is kept; `Location` is its content."},
    202: {"model": SubmittedJob, "description": "A job reads it; `Location` is that job."},
    **BAD_BODY,
}


@router.post("", status_code=202, responses=TAKEN, openapi_extra=UPLOADED, summary="Add contents")
def add_content(
    body: NewContentBody, caller: Operator, response: Response, idempotency_key: IdempotencyKey = None
) -> ContentDetail | SubmittedJob:
    """Text is kept at once (201). An address, or a file as the body or in a form, is read by a job.

    That job's answer names the contents that came out, and the batches of the analyses asked for. What is
    sent again under the same name or address becomes its next edition. Needs the role operator.
    """
    if body.url is not None:
        job = ingest(body.url, tenant=caller.tenant_id, **body.model_dump(include=HOW))
        taken = submit_task(caller, job.unsubmitted, idempotency_key)
        response.status_code = taken.status
        response.headers.update(taken.headers)
        return views.submitted_job(taken.row, existing=taken.existing)
    kept = _kept(caller.tenant_id, body)
    response.status_code = 201 if kept.is_new else 200
    response.headers["Location"] = f"/v1/contents/{kept.content_id}"
    return _shown(caller.tenant_id, kept.content_id)


@router.get("", summary="List contents")
def list_page(
    caller: Viewer,
    kind: Kind = None,
    cursor: Annotated[str | None, Query(pattern=ID_FORM, description="`next` of the page before.")] = None,
    limit: Limit = 50,
) -> ContentPage:
    """What is kept, newest first. Needs the role viewer."""
    with reading() as connection:
        found = list_kept(connection, caller.tenant_id, kind=kind, after=cursor, limit=limit + 1)
    following = found[limit - 1][0].id if len(found) > limit else None
    return ContentPage(items=[views.content(*one) for one in found[:limit]], next=following)


@router.get("/{content_id}", responses=NO_SUCH, summary="Look at a content")
def show_content(content_id: str, caller: Viewer) -> ContentDetail:
    """All its fields, and where it stands with what stood there before and after. Needs the role viewer."""
    return _shown(caller.tenant_id, checked_id(content_id))


def _kept(tenant_id: str, body: NewContentBody) -> Shelved:
    if body.analyses:
        raise InvalidInput("A text is kept and not analysed; send it to /v1/jobs for that.")
    new = NewContent(body.kind, fields_of(body.text or "", body.title, body.fields))

    def keep(connection: Any) -> Shelved:
        ensure_tenant(connection, tenant_id)
        place = Place(tenant_id, body.name or f"content {new.version}")
        (kept,) = shelve(connection, place, [new], clock(connection))
        return kept

    return transact(keep)


def _shown(tenant_id: str, content_id: str) -> ContentDetail:
    with reading() as connection:
        row = content_row(connection, tenant_id, content_id)
        if not row.is_kept:
            raise NotFound("There is no such content here.")
        standing = editions_of(connection, tenant_id, content_id)
    return views.content_detail(row, standing)
