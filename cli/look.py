"""Looking: jobs, batches and queues as tables for people and as JSON lines for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from cli.output import moment, note, print_json, print_table, stdout
from cli.problems import WrongUsage
from cli.ready import with_database
from cli.results import all_results, answered, as_json, print_card, print_results, result_of
from models import overview
from models.budgets import usd
from models.charges import spent_by
from models.database import clock, reading
from models.lookups import JobFilter, batch_row, job_events
from models.lookups import list_jobs as read_jobs
from models.states import State

JOB_FIELDS = (
    ("id", "id"),
    ("external_id", "external_id"),
    ("analysis", "analysis"),
    ("model", "model"),
    ("state", "state"),
    ("batch_id", "batch_id"),
    ("queue", "queue"),
    ("priority", "priority"),
    ("progress", "progress"),
    ("failures", "failure_count"),
    ("crashes", "crash_count"),
    ("error_class", "error_class"),
    ("error_message", "error_message"),
    ("estimated_micro", "estimated_micro"),
    ("price_credits", "price_credits"),
    ("created_at_ms", "created_at_ms"),
    ("started_at_ms", "started_at_ms"),
    ("finished_at_ms", "finished_at_ms"),
)
BATCH_FIELDS = (
    *("id", "analysis", "outcome", "total", "completed", "failed", "cancelled", "parallel_limit"),
    *("tolerance_share", "tolerance_count", "retry_rounds", "rounds_used"),
    *("created_at_ms", "finished_at_ms"),
)


def list_jobs(tenant: str, which: JobFilter, *, limit: int, json: bool) -> None:
    """Jobs, newest first. Raises WrongUsage for a state that does not exist."""
    if which.state is not None and which.state not in set(State):
        raise WrongUsage(f"{which.state[:20]!r} is no state; there are {', '.join(State)}.")
    with_database()
    with reading() as connection:
        rows = read_jobs(connection, tenant, which, limit=limit)
    _print_jobs(rows, json)


def search_jobs(tenant: str, words: str, *, limit: int, json: bool) -> None:
    """Jobs whose input, id or error holds the words."""
    if not words.strip():
        raise WrongUsage("Say what to look for; `gristmill jobs list` shows all.")
    with_database()
    with reading() as connection:
        rows = overview.search_jobs(connection, tenant, words, limit=limit)
    _print_jobs(rows, json)


def show_job(tenant: str, job_id: str, *, json: bool) -> None:
    """One job with its answer and timeline. Raises NotFound."""
    with_database()
    row = result_of(tenant, job_id)
    from rich.markup import escape

    from pipelines.waiting import why

    with reading() as connection:
        events = job_events(connection, tenant, job_id)
        held = why(connection, row)
        spent = spent_by(connection, tenant, job_id)
    if json:
        timeline = [{"state": e.state, "at_ms": e.at_ms, "message": e.message} for e in events]
        paid = {"cost_micro": spent.cost_micro, "saved_micro": spent.saved_micro}
        waiting = None if held is None else asdict(held)
        print_json(job_fields(row) | answered(row) | paid | {"waiting": waiting, "timeline": timeline})
        return
    print_card(row)
    if row.estimated_tokens:
        cost, saved = usd(spent.cost_micro), usd(spent.saved_micro)
        stdout().print(f"[bold]cost[/]  {cost}, estimated {usd(row.estimated_micro)}, saved {saved}")
    if held is not None:
        until = f" Until {moment(held.until_ms)} at the earliest." if held.until_ms else ""
        stdout().print(f"[bold]waits at {escape(held.gate)}[/]  {escape(held.reason)}{until}")
    print_table(("when", "state", "why"), [(moment(e.at_ms), e.state, e.message or "") for e in events])


def list_batches(tenant: str, *, after: str, limit: int, json: bool) -> None:
    """Batches, newest first."""
    with_database()
    from pipelines.eta import batch_eta

    with reading() as connection:
        rows = overview.list_batches(connection, tenant, after=after, limit=limit)
        etas = [batch_eta(connection, row, clock(connection)) for row in rows] if json else []
    if json:
        for row, eta in zip(rows, etas, strict=True):
            print_json(batch_fields(row) | {"eta_s": eta.left_s, "eta_hidden": eta.hidden})
        return
    columns = ("batch", "analysis", "outcome", "total", "completed", "failed", "cancelled", "created")
    print_table(
        columns,
        [
            (
                r.id,
                r.analysis,
                _outcome(r),
                r.total,
                r.completed,
                r.failed,
                r.cancelled,
                moment(r.created_at_ms),
            )
            for r in rows
        ],
    )


def show_batch(tenant: str, batch_id: str, *, limit: int, json: bool) -> None:
    """A batch's results. Raises NotFound."""
    with_database()
    with reading() as connection:
        row = batch_row(connection, tenant, batch_id)
    if json:
        for result in all_results(tenant, batch_id):
            print_json(as_json(result))
        if row.outcome is None:
            note(_now(tenant, batch_id))
        return
    counts = f"{row.completed} completed, {row.failed} failed, {row.cancelled} cancelled of {row.total}"
    title = f"{row.analysis}: {_outcome(row)}, {counts}"
    print_results(list(islice(all_results(tenant, batch_id), limit)), title)
    if row.outcome is None:
        stdout().print(_now(tenant, batch_id))
    if row.total > limit:
        stdout().print(f"… and {row.total - limit} more (--limit, or --json for all).")


def job_fields(row: Any) -> dict[str, Any]:
    """A job's own columns under the names that JSON shows, here and over HTTP: `id` is the job's."""
    return {name: getattr(row, column) for name, column in JOB_FIELDS}


def batch_fields(row: Any) -> dict[str, Any]:
    """A batch's columns as JSON shows them."""
    return {name: getattr(row, name) for name in BATCH_FIELDS}


def _now(tenant: str, batch_id: str) -> str:
    from pipelines import Batch

    return f"Now: {Batch(batch_id=batch_id, tenant=tenant).eta}."


def _outcome(row: Any) -> str:
    return (row.outcome or "running").replace("_", " ")


def _print_jobs(rows: Sequence[Any], json: bool) -> None:
    if json:
        for row in rows:
            print_json(job_fields(row))
        return
    cells = [
        (r.id, r.external_id, r.analysis, r.state, r.error_class or "", moment(r.created_at_ms)) for r in rows
    ]
    print_table(("job", "its own id", "analysis", "state", "error", "created"), cells)
    if not rows:
        note("There are none.")
