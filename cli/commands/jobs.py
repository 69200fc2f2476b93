"""`jobs`: look at them; cancel, retry and replay them, one by one or all that a filter names."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_TENANT, Json, Limit, Tenant, Yes

app = typer.Typer(no_args_is_help=True)
Ids = Annotated[list[str] | None, typer.Argument(metavar="[JOB…]", help="Job ids.", show_default=False)]
State = Annotated[str | None, typer.Option("--state", help="Only those in this state.")]
OfAnalysis = Annotated[str | None, typer.Option("--analysis", help="Only those of this analysis.")]
OfBatch = Annotated[str | None, typer.Option("--batch", help="Only those of this batch.")]


@app.command("list")
def list_(
    state: State = None,
    analysis: OfAnalysis = None,
    batch: OfBatch = None,
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
def cancel(
    jobs: Ids = None,
    state: State = None,
    analysis: OfAnalysis = None,
    batch: OfBatch = None,
    yes: Yes = False,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Cancel the jobs that are named, or all that the options describe: at once, or within a second."""
    _change("cancel", jobs, (state, analysis, batch, None), tenant, yes=yes, as_json=as_json)


@app.command()
def retry(
    jobs: Ids = None,
    state: State = None,
    analysis: OfAnalysis = None,
    batch: OfBatch = None,
    error: Annotated[str | None, typer.Option(help="Only those of this cause (`errors list`).")] = None,
    yes: Yes = False,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Run failed jobs again: those that are named, or all that the options describe."""
    _change("retry", jobs, (state, analysis, batch, error), tenant, yes=yes, as_json=as_json)


@app.command()
def replay(
    job: str,
    step: Annotated[str, typer.Option("--from", help="fetch, score or persist.")],
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Run an ended job again from a step, on what the steps before it stored."""
    from cli.change import replay_job

    replay_job(tenant, job, step, json=as_json)


def _change(
    what: str,
    ids: list[str] | None,
    told: tuple[str | None, str | None, str | None, str | None],
    tenant: str,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    from cli.bulk import act_on_many
    from cli.change import each_job
    from cli.problems import WrongUsage
    from models.lookups import JobFilter

    if bool(ids) == any(told):
        raise WrongUsage(f"Name the jobs to {what}, or describe them by options; one of the two.")
    if ids:
        raise typer.Exit(each_job(tenant, ids, what, json=as_json))
    state, analysis, batch, fingerprint = told
    which = JobFilter(state, analysis, batch, fingerprint=fingerprint)
    raise typer.Exit(act_on_many(tenant, what, which, yes=yes, json=as_json))
