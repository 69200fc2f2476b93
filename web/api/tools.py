"""`/v1/analyze`: a tool comes in and is analysed; its answer is read from the job."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from web.api.shared import BAD_BODY
from web.auth import Operator
from web.json_body import StrictRoute
from web.schemas import NewTool, Options, SubmittedJob
from web.submitting import Asked, IdempotencyKey, submit
from web.views import submitted_job

router = APIRouter(prefix="/analyze", tags=["tools"], route_class=StrictRoute)

ANALYSIS = "tool.analyze"
OPTIONS = {*Options.model_fields, "tool_id", "deduplicate"}
TAKEN: dict[int | str, dict[str, Any]] = {
    200: {"model": SubmittedJob, "description": "It was there already; this is its job."},
    **BAD_BODY,
}


@router.post("", status_code=202, responses=TAKEN, summary="Submit a tool")
def submit_tool(
    tool: NewTool, caller: Operator, response: Response, idempotency_key: IdempotencyKey = None
) -> SubmittedJob:
    """Stores the tool's description and queues its analysis.

    The same tool again gives the analysis there is (200), unless `deduplicate` is false.
    Needs the role operator.
    """
    content = tool.model_dump(exclude=OPTIONS, exclude_none=True)
    if tool.tool_id is not None:
        content["id"] = tool.tool_id
    taken = submit(Asked(caller, ANALYSIS, content, tool, tool.deduplicate, False, idempotency_key))
    response.status_code = taken.status
    response.headers.update(taken.headers)
    return submitted_job(taken.row, existing=taken.existing)
