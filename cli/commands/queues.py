"""`queues`: how many jobs are where, and within which limits; pause, resume and limit while all runs."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_TENANT, Json, Tenant

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="A queue, or what --scope says.")]
Scope = Annotated[str, typer.Option("--scope", help="What NAME is: queue, source, tenant or model.")]


@app.command("list")
def list_(tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Jobs by queue and state, the limits in force and what is used of them."""
    from cli.queues import list_queues

    list_queues(tenant, json=as_json)


@app.command()
def pause(name: Name, scope: Scope = "queue", as_json: Json = False) -> None:
    """Let nothing more of it start; what runs goes on."""
    from cli.queues import change
    from models.limits import Change

    change(scope, name, Change(paused=True), json=as_json)


@app.command()
def resume(name: Name, scope: Scope = "queue", as_json: Json = False) -> None:
    """Let what waits start again."""
    from cli.queues import change
    from models.limits import Change

    change(scope, name, Change(paused=False), json=as_json)


@app.command("set")
def set_(
    name: Name,
    concurrency: Annotated[int | None, typer.Option(min=1, help="So many jobs at once.")] = None,
    rate: Annotated[
        str | None, typer.Option(help="So many jobs (of a model: tokens) in a time: 100/min, 5/s, 20/10s.")
    ] = None,
    unlimited: Annotated[
        bool, typer.Option("--unlimited", help="Take away the limits that are not given.")
    ] = False,
    scope: Scope = "queue",
    as_json: Json = False,
) -> None:
    """Change limits for the whole fleet, from the next admission on."""
    from cli.problems import WrongUsage
    from cli.queues import change, rate_of
    from models.limits import Change

    if concurrency is None and rate is None and not unlimited:
        raise WrongUsage("Say what to set: --concurrency, --rate or --unlimited.")
    none = 0 if unlimited else None
    number, period_ms = (none, None) if rate is None else rate_of(rate)
    told = Change(none if concurrency is None else concurrency, number, period_ms)
    change(scope, name, told, json=as_json)
