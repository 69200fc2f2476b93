"""What several resources share: the form of an id in a path, and the problems that routes describe."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Path

from errors import NotFound
from web.schemas import AN_ID, ID_FORM, Problem

JobId = Annotated[str, Path(description="A job's id.", examples=[AN_ID])]

Refusals = dict[int | str, dict[str, Any]]

NO_SUCH: Refusals = {
    404: {"model": Problem, "description": "There is none, or it belongs to another tenant."}
}
WRONG_STATE: Refusals = {409: {"model": Problem, "description": "The job's state does not allow this."}}
BAD_BODY: Refusals = {
    400: {"model": Problem, "description": "The body is not sound JSON."},
    413: {"model": Problem, "description": "The body is too large."},
    415: {"model": Problem, "description": "The body is not JSON, or is compressed."},
    422: {"model": Problem, "description": "The content or an option is wrong; it says which."},
}


def checked_id(job_id: str) -> str:
    """The id, if a job can have it. Raises NotFound: what is no id is nobody's."""
    if not re.fullmatch(ID_FORM, job_id):
        raise NotFound("There is no such job here; an id has 26 hexadecimal digits.")
    return job_id
