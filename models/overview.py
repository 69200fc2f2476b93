"""Overview: the lists and sums that the command line shows. Every query but the fleet's names the tenant."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from models.headings import heading, wording
from models.lookups import MOST_ROWS, is_member
from models.schema import answers, batches, contents, jobs
from models.states import State

TITLE_CHARS = 200


def list_batches(connection: Connection, tenant_id: str, *, after: str = "", limit: int = 50) -> list[Any]:
    """This tenant's batches, newest first; `after` is the id of the last one already shown."""
    query = select(*batches.c).where(batches.c.tenant_id == tenant_id)
    if after:
        query = query.where(batches.c.id < after)
    return list(connection.execute(query.order_by(batches.c.id.desc()).limit(min(limit, MOST_ROWS))).all())


def list_results(
    connection: Connection, tenant_id: str, batch_id: str, *, after: str = "", limit: int = 500
) -> list[Any]:
    """A batch's members in the order of submission: job columns, `title`, and `answer_…` where answered.

    `title` is the content's, else the beginning of its text.
    """
    mine = (is_member(tenant_id, batch_id), jobs.c.id > after)
    return list(connection.execute(_results().where(*mine).order_by(jobs.c.id).limit(limit)).all())


def one_result(connection: Connection, tenant_id: str, job_id: str) -> Any | None:
    """One job as `list_results` gives it; None where this tenant has no such job."""
    mine = (jobs.c.tenant_id == tenant_id, jobs.c.id == job_id)
    return connection.execute(_results().where(*mine)).one_or_none()


def search_jobs(connection: Connection, tenant_id: str, words: str, *, limit: int = 50) -> list[Any]:
    """This tenant's jobs whose id begins with `words` or whose input or error holds them, newest first.

    Looked for in the row's own id, the title, the text, the analysis and the error, case ignored
    (SQLite: of ASCII letters). It reads contents, so it is for people, not for polling.
    """
    places: list[ColumnElement[Any]] = [
        jobs.c.external_id,
        jobs.c.analysis,
        jobs.c.error_class,
        jobs.c.error_message,
        *wording(),
    ]
    found = or_(
        jobs.c.id.startswith(words, autoescape=True),
        *(place.icontains(words, autoescape=True) for place in places),
    )
    query = _results().where(jobs.c.tenant_id == tenant_id, found)
    return list(connection.execute(query.order_by(jobs.c.id.desc()).limit(min(limit, MOST_ROWS))).all())


def queue_counts(connection: Connection, tenant_id: str) -> list[Any]:
    """How many of this tenant's jobs are in which queue and state: rows of queue, state, count."""
    grouped = select(jobs.c.queue, jobs.c.state, func.count()).where(jobs.c.tenant_id == tenant_id)
    return list(connection.execute(grouped.group_by(jobs.c.queue, jobs.c.state).order_by(jobs.c.queue)).all())


def fleet_counts(connection: Connection) -> dict[str, int]:
    """Jobs of all tenants in each state, for the operator's status line; every state is named."""
    rows = connection.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
    return {state.value: 0 for state in State} | {row.state: row[1] for row in rows}


def _results() -> Any:
    answered = [column.label(f"answer_{column.name}") for column in answers.c if column.name != "job_id"]
    joined = jobs.outerjoin(answers, answers.c.job_id == jobs.c.id)
    return select(*jobs.c, *answered, heading(TITLE_CHARS).label("title")).select_from(
        joined.outerjoin(contents, contents.c.id == jobs.c.content_id)
    )
