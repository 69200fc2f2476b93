"""`queues`: how many jobs are where."""

from __future__ import annotations

import typer

from cli.commands.options import DEFAULT_TENANT, Json, Tenant

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A callback keeps `list` a subcommand while it is the only one."""


@app.command("list")
def list_(tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Jobs by queue and state."""
    from cli.look import list_queues

    list_queues(tenant, json=as_json)
