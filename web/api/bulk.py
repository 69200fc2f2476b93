"""`/v1/jobs/bulk`: one action on all jobs that a filter names."""

from __future__ import annotations

from fastapi import APIRouter

from models.bulk import Action
from models.lookups import JobFilter
from models.tenants import Caller
from pipelines import bulk
from web.api.shared import BAD_BODY
from web.auth import Operator
from web.dispatcher import dispatcher
from web.json_body import StrictRoute
from web.schemas.control import BulkAction, BulkDone

router = APIRouter(prefix="/jobs", tags=["jobs"], route_class=StrictRoute)

MOST_PER_REQUEST = 10_000  # so that no request takes long; `left` says how many are still to be done


@router.post("/bulk", responses=BAD_BODY, summary="Cancel, retry or discard many jobs")
def act_on_many(body: BulkAction, caller: Operator) -> BulkDone:
    """At most 10,000 jobs of a request; `left` says whether to ask again. Needs the role operator."""
    told = body.filter
    which = JobFilter(told.state, told.analysis, told.batch, fingerprint=told.fingerprint)
    if body.dry_run:
        matched = bulk.count(caller.tenant_id, body.action, which).count
        return BulkDone(action=body.action, matched=matched, changed=0, left=matched, dry_run=True)
    return act(caller, body.action, which)


def act(caller: Caller, action: Action, which: JobFilter) -> BulkDone:
    """Do it to this caller's jobs. Raises InvalidInput."""
    done = bulk.act(caller.tenant_id, action, which, most=MOST_PER_REQUEST, let_start=dispatcher.poke)
    return BulkDone(action=action, matched=done.matched, changed=done.changed, left=done.left, dry_run=False)
