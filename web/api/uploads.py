"""Uploads: a file as the body of `POST /v1/contents`, as it is or in a form; few at once in memory."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.routing import Match
from starlette.types import Scope

from models.tenants import Caller
from pipelines.ingest import MOST_ANALYSES, ingest
from web import views
from web.auth import Operator
from web.problems import HttpProblem
from web.schemas import SubmittedJob
from web.schemas.submissions import PriorityName, ShortText
from web.submitting import IdempotencyKey, submit_task

AT_ONCE = 4  # bodies of up to fifty megabytes that are in memory; the others wait at their sockets
FORM = "multipart/form-data"
JSON = b"application/json"
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
FORM_SCHEMA = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary"}},
    "required": ["file"],
}
UPLOADED = {
    "requestBody": {"content": {"application/octet-stream": BINARY, FORM: {"schema": FORM_SCHEMA}}},
}

_room = asyncio.Semaphore(AT_ONCE)


class UploadRoute(APIRoute):
    """Takes every body that is not JSON; JSON is for the route behind it at the same address."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        headers = dict(scope.get("headers", ()))
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if scope["type"] == "http" and (kind == JSON or (not kind and scope["method"] != "POST")):
            return Match.NONE, {}
        return super().matches(scope)


router = APIRouter(prefix="/contents", tags=["contents"], route_class=UploadRoute)

Name = Annotated[str, Query(max_length=200, description="The file's name, if the form does not tell it.")]
Analyses = Annotated[list[ShortText], Query(max_length=MOST_ANALYSES, description="What its contents get.")]


@router.post("", status_code=202, include_in_schema=False)
async def upload(
    request: Request,
    caller: Operator,
    response: Response,
    name: Name = "",
    analyses: Analyses = [],  # noqa: B006 - FastAPI copies it
    priority: PriorityName = "normal",
    idempotency_key: IdempotencyKey = None,
) -> SubmittedJob:
    """Keeps the file and queues the job that reads it. Needs the role operator."""
    async with _room:
        data, told, media_type = await _received(request)
        options = {"name": name or told, "media_type": media_type, "analyses": analyses, "priority": priority}
        taken = await run_in_threadpool(_submit, caller, data, options, idempotency_key)
    response.status_code = taken.status
    response.headers.update(taken.headers)
    return views.submitted_job(taken.row, existing=taken.existing)


def _submit(caller: Caller, data: bytes, options: dict[str, Any], key: str | None) -> Any:
    return submit_task(caller, ingest(data, tenant=caller.tenant_id, **options).unsubmitted, key)


async def _received(request: Request) -> tuple[bytes, str, str]:
    """(the file's bytes, its name and media type as far as they were told)."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        return await request.body(), "", media_type
    async with request.form(max_files=1, max_fields=10) as form:
        file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
        if file is None:
            raise HttpProblem(422, "The form has no file; send it as the field `file`.")
        return await file.read(), file.filename or "", file.content_type or ""
