"""`prompts`: the versions of each analysis's prompt, and which one a tenant's jobs get."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_TENANT, Analysis, Json, Tenant

app = typer.Typer(no_args_is_help=True)
Version = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="As `prompts list` shows it.")]


@app.command("list")
def list_(
    analysis: Annotated[str | None, typer.Argument(help="Of which analysis; without it, of all.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """The versions there are, and the one in force."""
    from cli.prompts import list_prompts

    list_prompts(tenant, analysis, json=as_json)


@app.command()
def show(
    analysis: Analysis,
    prompt_version: Annotated[
        int | None, typer.Argument(metavar="[VERSION]", min=1, help="By default the newest.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What a version tells a model to do."""
    from cli.prompts import show_prompt

    show_prompt(analysis, prompt_version, json=as_json)


@app.command()
def diff(
    analysis: Analysis,
    old: Annotated[int | None, typer.Argument(min=1, help="By default the one before NEW.")] = None,
    new: Annotated[int | None, typer.Argument(min=1, help="By default the newest.")] = None,
    as_json: Json = False,
) -> None:
    """How two versions differ, a sentence a line."""
    from cli.prompts import diff_prompts

    diff_prompts(analysis, old, new, json=as_json)


@app.command()
def pin(analysis: Analysis, version: Version, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Give a tenant's new jobs this version."""
    from cli.prompts import pin_prompt

    pin_prompt(tenant, analysis, version, json=as_json)


@app.command()
def unpin(analysis: Analysis, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Give a tenant's new jobs the newest version again."""
    from cli.prompts import unpin_prompt

    unpin_prompt(tenant, analysis, json=as_json)
