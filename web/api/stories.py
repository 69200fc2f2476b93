"""`/v1/stories`: a story comes in, gets local scores at once and a job that refines them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from web.api.shared import BAD_BODY
from web.auth import Operator
from web.json_body import StrictRoute
from web.schemas import NewStory, Options, SubmittedStory
from web.submitting import Asked, IdempotencyKey, submit
from web.views import submitted_job

router = APIRouter(prefix="/stories", tags=["stories"], route_class=StrictRoute)

ANALYSIS = "story.enhance"
OPTIONS = {*Options.model_fields, "deduplicate"}
TAKEN: dict[int | str, dict[str, Any]] = {
    200: {"model": SubmittedStory, "description": "It was there already; this is its job."},
    **BAD_BODY,
}


@router.post("", status_code=202, responses=TAKEN, summary="Submit a story")
def submit_story(
    story: NewStory, caller: Operator, response: Response, idempotency_key: IdempotencyKey = None
) -> SubmittedStory:
    """Stores the story with local scores and queues its enhancement.

    The same story again gives the enhancement there is (200), unless `deduplicate` is false.
    Needs the role operator.
    """
    content = story.model_dump(exclude=OPTIONS, exclude_none=True)
    asked = Asked(caller, ANALYSIS, content, story, story.deduplicate, True, idempotency_key)
    taken = submit(asked)
    response.status_code = taken.status
    response.headers.update(taken.headers)
    return SubmittedStory(
        content_id=taken.row.content_id,
        local_answer=taken.local_answer,
        job=submitted_job(taken.row, existing=taken.existing),
    )
