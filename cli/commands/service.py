"""`demo`, `up`, `doctor`, `init`, `migrate`: the machine room."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import Json


def demo(as_json: Json = False) -> None:
    """Run the shipped samples through real workers and show what was found."""
    from cli.interrupts import sigterm_as_interrupt
    from cli.ready import checked_settings

    settings = checked_settings()  # first: what is imported next builds on them
    from cli.demo import run

    with sigterm_as_interrupt():
        raise typer.Exit(run(settings, as_json=as_json))


def up(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="WEB_PORT, or 8400.")] = None,
    host: Annotated[str | None, typer.Option(help="WEB_HOST, or 127.0.0.1.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, max=64, help="Worker processes.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, max=512, help="Threads in each of them.")] = None,
    web: Annotated[bool, typer.Option(help="Run the web server.")] = True,
    worker: Annotated[bool, typer.Option(help="Run workers.")] = True,
    scheduler: Annotated[bool, typer.Option(help="Run the scheduler.")] = True,
    logs: Annotated[
        bool, typer.Option("--logs", help="Children log to this terminal, not to files.")
    ] = False,
) -> None:
    """Run web, workers and scheduler together until Ctrl-C or SIGTERM."""
    from cli.plan import Plan
    from cli.ready import checked_settings
    from cli.up import run

    settings = checked_settings()
    plan = Plan(
        host=host or settings.web_host,
        port=port or settings.web_port,
        processes=processes or settings.worker_processes,
        threads=threads or settings.worker_concurrency,
        web=web,
        worker=worker,
        scheduler=scheduler,
        logs_here=logs,
    )
    raise typer.Exit(run(settings, plan))


def doctor(as_json: Json = False) -> None:
    """Check everything Gristmill stands on; each check says how to mend what it found."""
    from cli.doctor import run
    from settings import get_settings

    raise typer.Exit(run(get_settings(), as_json=as_json))


def init(
    path: Annotated[str, typer.Argument(help="The file to write.")] = ".env",
) -> None:
    """Write a `.env` with every setting and what it means; never overwrites one."""
    from cli.init import run

    raise typer.Exit(run(path))


def migrate() -> None:
    """Bring the database to the present schema."""
    from cli.output import note
    from cli.ready import with_database
    from settings import masked

    settings = with_database()
    note(f"{masked(settings.sql_url)} has the present schema.")
