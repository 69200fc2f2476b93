"""The pages of jobs: the list, one job with its answer, and the buttons that cancel and retry."""

from __future__ import annotations

import contextlib
import re
from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from errors import Conflict
from models.control import cancel_job
from models.database import reading, transact
from models.headings import text_of, title_of
from models.lookups import JobFilter, answer_row, content_row, job_events, job_row
from models.reports import titled_jobs
from models.states import TERMINAL, State
from web.api.jobs import retried
from web.api.shared import checked_id
from web.pages.card import card
from web.pages.guard import CheckedForm, LoggedIn
from web.pages.render import page
from web.schemas import ID_FORM
from web.views import fault

router = APIRouter(include_in_schema=False)

PER_PAGE = 50
SHOWN_CHARS = 5_000  # of a content's text


@router.get("/")
def show_list(session: LoggedIn, state: str = "", cursor: str = "") -> Response:
    wanted = state if state in set(State) else None
    after = cursor if re.fullmatch(ID_FORM, cursor) else None
    which = JobFilter(state=wanted, after=after)
    with reading() as connection:
        rows = titled_jobs(connection, session.caller.tenant_id, which, limit=PER_PAGE + 1)
    following = rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None
    shown = rows[:PER_PAGE]
    return page("jobs.html", session=session, jobs=shown, state=wanted, following=following, first=not after)


@router.get("/jobs/{job_id}")
def show_job(job_id: str, session: LoggedIn) -> Response:
    tenant, known = session.caller.tenant_id, checked_id(job_id)
    with reading() as connection:
        row = job_row(connection, tenant, known)
        content = content_row(connection, tenant, row.content_id)
        events = job_events(connection, tenant, known)
        stored = answer_row(connection, tenant, known)
    return page(
        "job.html",
        session=session,
        job=row,
        title=title_of(content.body) or f"{row.analysis} {row.id[:8]}",
        text=text_of(content.body)[:SHOWN_CHARS],
        url=content.body.get("url"),
        events=events,
        fault=fault(row),
        made=stored,
        parts=_parts(row, content, stored),
        ended=row.state in TERMINAL,
        may_act=session.caller.may("operator"),
    )


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: str, session: CheckedForm) -> Response:
    known = checked_id(job_id)
    with contextlib.suppress(Conflict):  # it ended meanwhile: the page says so
        transact(lambda connection: cancel_job(connection, session.caller.tenant_id, known))
    return RedirectResponse(f"/jobs/{job_id}", 303)


@router.post("/jobs/{job_id}/retry")
def retry(job_id: str, session: CheckedForm) -> Response:
    retried(session.caller.tenant_id, checked_id(job_id))
    return RedirectResponse(f"/jobs/{job_id}", 303)


def _parts(row: Any, content: Any, stored: Any) -> list[Any]:
    """The answer, or until there is one the local scores that came with the content."""
    if stored is not None:
        return card(row.analysis, stored.answer)
    return card(row.analysis, content.local_answer) if content.local_answer else []
