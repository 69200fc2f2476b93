"""`jobs`: look at them, cancel them, retry them."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_TENANT, Json, Limit, Tenant

app = typer.Typer(no_args_is_help=True)
Ids = Annotated[list[str], typer.Argument(metavar="JOB…", help="Job ids.")]


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    analysis: Annotated[str | None, typer.Option(help="Only those of this analysis.")] = None,
    batch: Annotated[str | None, typer.Option(help="Only those of this batch.")] = None,
    after: Annotated[str | None, typer.Option(help="The last id already seen: the next page.")] = None,
    limit: Limit = 50,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Jobs, newest first."""
    from cli.look import list_jobs
    from models.lookups import JobFilter

    list_jobs(tenant, JobFilter(state, analysis, batch, after), limit=limit, json=as_json)


@app.command()
def search(
    words: Annotated[str, typer.Argument(help="Part of a title, a text, an id or an error.")],
    limit: Limit = 50,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Jobs whose input, id or error holds these words, newest first."""
    from cli.look import search_jobs

    search_jobs(tenant, words, limit=limit, json=as_json)


@app.command()
def show(job: str, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """One job: where it stands, its answer, its timeline."""
    from cli.look import show_job

    show_job(tenant, job, json=as_json)


@app.command()
def cancel(jobs: Ids, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Cancel jobs: at once if they wait, as soon as their worker lets go if they run."""
    from cli.change import each_job

    raise typer.Exit(each_job(tenant, jobs, "cancel", json=as_json))


@app.command()
def retry(jobs: Ids, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Run failed jobs again."""
    from cli.change import each_job

    raise typer.Exit(each_job(tenant, jobs, "retry", json=as_json))
