"""Errors at the terminal: failed jobs by cause, looked at, retried and discarded as one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cli.look import job_fields
from cli.output import moment, note, print_json, print_table, stdout
from cli.ready import with_database
from errors import ERROR_CLASSES, Internal
from models import dead_letters
from models.database import reading
from models.dead_letters import Cause
from models.lookups import JobFilter, list_jobs

SHOWN = 20  # of a cause's jobs


def list_errors(tenant: str, *, limit: int, json: bool) -> None:
    """The causes of this tenant's failed jobs, the one seen last first."""
    with_database()
    with reading() as connection:
        found = dead_letters.list_causes(connection, tenant, limit=limit)
    if json:
        for one in found:
            print_json(_fields(one))
        return
    columns = ("fingerprint", "jobs", "analysis", "error", "last seen", "message")
    rows = [
        (c.fingerprint, c.count, c.analysis, c.error_class, moment(c.last_seen_ms), c.message) for c in found
    ]
    print_table(columns, rows)
    if not rows:
        note("No job has failed, or those that had were retried or discarded.")


def show_error(tenant: str, fingerprint: str, *, json: bool) -> None:
    """One cause with its newest jobs. Raises NotFound."""
    with_database()
    with reading() as connection:
        one = dead_letters.cause_of(connection, tenant, fingerprint)
        rows = list_jobs(connection, tenant, JobFilter(fingerprint=fingerprint), limit=SHOWN)
    if json:
        print_json(_fields(one) | {"jobs": [job_fields(row) for row in rows]})
        return
    from rich.markup import escape

    told = _fields(one)
    again = "may help" if told["retryable"] else "will not help as it is"
    stdout().print(f"[bold]{escape(one.analysis)}[/]  {one.error_class}  {one.count:,} jobs")
    stdout().print(escape(one.message))
    stdout().print(f"first seen {moment(one.first_seen_ms)}, last {moment(one.last_seen_ms)}")
    stdout().print(f"To retry {again}. {escape(told['suggestion'])}")
    print_table(
        ("job", "its own id", "failed"), [(r.id, r.external_id, moment(r.finished_at_ms)) for r in rows]
    )


def _fields(one: Cause) -> dict[str, Any]:
    kind = ERROR_CLASSES.get(one.error_class, Internal)
    return asdict(one) | {"retryable": kind.retryable, "suggestion": kind.suggestion}
