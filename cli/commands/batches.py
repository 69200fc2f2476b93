"""`batches`: look at them, cancel them, retry what failed."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_TENANT, Json, Limit, Tenant

app = typer.Typer(no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="BATCH", help="A batch's id.")]


@app.command("list")
def list_(
    after: Annotated[str, typer.Option(help="The last id already seen: the next page.")] = "",
    limit: Limit = 50,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Batches, newest first."""
    from cli.look import list_batches

    list_batches(tenant, after=after, limit=limit, json=as_json)


@app.command()
def show(batch: Id, limit: Limit = 50, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """A batch's results; with --json all of them, one line each."""
    from cli.look import show_batch

    show_batch(tenant, batch, limit=limit, json=as_json)


@app.command("retry-failed")
def retry_failed(batch: Id, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Run a batch's failed members again."""
    from cli.change import retry_failed as change

    change(tenant, batch, json=as_json)


@app.command()
def cancel(batch: Id, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Cancel what has not ended."""
    from cli.change import cancel_batch

    cancel_batch(tenant, batch, json=as_json)
