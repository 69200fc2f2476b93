"""`keys`: who may use the API."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_TENANT, Json, Tenant

app = typer.Typer(no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    role: Annotated[str, typer.Option(help="viewer, operator or admin.")] = "operator",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Make a key; this is the only time it is shown."""
    from cli.keys import create_key

    create_key(tenant, name, role, json=as_json)


@app.command("list")
def list_(tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """The keys, without their secrets."""
    from cli.keys import list_keys

    list_keys(tenant, json=as_json)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, as `keys list` shows it.")],
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Refuse a key from now on."""
    from cli.keys import revoke_key

    revoke_key(tenant, key, json=as_json)
