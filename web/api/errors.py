"""`/v1/errors`: a tenant's failed jobs by cause; retried or discarded all at once."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Path, Query

from errors import NotFound
from models.bulk import Action
from models.database import reading
from models.dead_letters import Cause, cause_of, list_causes
from models.lookups import JobFilter
from web import views
from web.api.bulk import act
from web.api.shared import NO_SUCH
from web.auth import Operator, Viewer
from web.json_body import StrictRoute
from web.schemas.control import FINGERPRINT_FORM, BulkDone, ErrorCause, ErrorPage

router = APIRouter(prefix="/errors", tags=["errors"], route_class=StrictRoute)

MOST_PER_PAGE = 200
OfCause = Annotated[str, Path(description="A cause's fingerprint.", examples=["9f2c4e0a1b3d5c77"])]
CURSOR_FORM = r"^\d{1,15}-[0-9a-f]{16}$"


@router.get("", summary="List the causes of failures")
def list_errors(
    caller: Viewer,
    cursor: Annotated[
        str | None, Query(pattern=CURSOR_FORM, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 50,
) -> ErrorPage:
    """Failed jobs by cause, what was seen last first. Needs the role viewer."""
    last_ms, _, fingerprint = (cursor or "").partition("-")
    after = (int(last_ms), fingerprint) if cursor else None
    with reading() as connection:
        found = list_causes(connection, caller.tenant_id, after=after, limit=limit + 1)
    following = _cursor(found[limit - 1]) if len(found) > limit else None
    return ErrorPage(items=[views.cause(one) for one in found[:limit]], next=following)


@router.get("/{fingerprint}", responses=NO_SUCH, summary="Look at one cause")
def show_error(fingerprint: OfCause, caller: Viewer) -> ErrorCause:
    """Its jobs: `GET /v1/jobs?fingerprint=…`. Needs the role viewer."""
    return views.cause(_known(caller.tenant_id, fingerprint))


@router.post("/{fingerprint}/retry", responses=NO_SUCH, summary="Retry all jobs of a cause")
def retry(fingerprint: OfCause, caller: Operator) -> BulkDone:
    """Each runs again from its beginning with all its attempts. Needs the role operator."""
    _known(caller.tenant_id, fingerprint)
    return act(caller, Action.RETRY, JobFilter(fingerprint=fingerprint))


@router.post("/{fingerprint}/discard", responses=NO_SUCH, summary="Discard all jobs of a cause")
def discard(fingerprint: OfCause, caller: Operator) -> BulkDone:
    """Removes them with all that hangs on them. Needs the role operator."""
    _known(caller.tenant_id, fingerprint)
    return act(caller, Action.DISCARD, JobFilter(fingerprint=fingerprint))


def _known(tenant_id: str, fingerprint: str) -> Cause:
    if not re.fullmatch(FINGERPRINT_FORM, fingerprint):
        raise NotFound("There is no such cause here; a fingerprint has 16 hexadecimal digits.")
    with reading() as connection:
        return cause_of(connection, tenant_id, fingerprint)


def _cursor(cause: Cause) -> str:
    return f"{cause.last_seen_ms}-{cause.fingerprint}"
