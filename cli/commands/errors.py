"""`errors`: failed jobs by cause; retry or discard all of one cause."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_TENANT, Json, Limit, Tenant, Yes

app = typer.Typer(no_args_is_help=True)
Cause = Annotated[str, typer.Argument(metavar="FINGERPRINT", help="As `errors list` shows it.")]


@app.command("list")
def list_(limit: Limit = 50, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Causes of failed jobs: how many, since when, why, and what to do."""
    from cli.errors import list_errors

    list_errors(tenant, limit=limit, json=as_json)


@app.command()
def show(fingerprint: Cause, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """One cause with its newest jobs."""
    from cli.errors import show_error

    show_error(tenant, fingerprint, json=as_json)


@app.command()
def retry(
    fingerprint: Cause, yes: Yes = False, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False
) -> None:
    """Run all failed jobs of this cause again."""
    from cli.bulk import act_on_many
    from models.lookups import JobFilter

    which = JobFilter(fingerprint=fingerprint)
    raise typer.Exit(act_on_many(tenant, "retry", which, yes=yes, json=as_json))


@app.command()
def discard(
    fingerprint: Cause, yes: Yes = False, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False
) -> None:
    """Remove all failed jobs of this cause with all that hangs on them."""
    from cli.bulk import act_on_many
    from models.lookups import JobFilter

    which = JobFilter(fingerprint=fingerprint)
    raise typer.Exit(act_on_many(tenant, "discard", which, yes=yes, json=as_json))
