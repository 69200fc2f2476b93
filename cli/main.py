"""The `gristmill` command: its tree. Nothing heavy is imported before a command runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from cli.commands import (
    analyses,
    batches,
    errors,
    evaluations,
    jobs,
    keys,
    money,
    prompts,
    queues,
    service,
    upkeep,
    work,
)
from cli.commands.guard import Guarded

app = typer.Typer(
    cls=Guarded,
    name="gristmill",
    help="Background LLM analysis that never loses a job, never doubles its effect and never pays twice.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"gristmill {version('gristmill')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


COMMANDS: tuple[Callable[..., None], ...] = (
    *(service.demo, service.up, service.doctor, service.init, service.migrate),
    *(work.analyze, work.batch, work.ingest, money.estimate, evaluations.evaluate),
    upkeep.cleanup,
)
for command in COMMANDS:
    app.command()(command)
for group, name, help_ in (
    (jobs.app, "jobs", "Look at jobs; cancel, retry and replay them."),
    (batches.app, "batches", "Look at batches, cancel them, retry what failed."),
    (errors.app, "errors", "Failed jobs by cause; retry or discard all of one cause."),
    (queues.app, "queues", "How many jobs are where, within which limits; pause, resume, set."),
    (analyses.app, "analyses", "Which analyses there are."),
    (evaluations.app, "evaluations", "Runs of `evaluate`: list, look at and compare them."),
    (prompts.app, "prompts", "The versions of each analysis's prompt; compare them, pin one."),
    (keys.app, "keys", "API keys."),
    (money.credit, "credits", "What tenants may use, in credits."),
    (money.budgets, "budgets", "What tenants may spend on models."),
):
    app.add_typer(group, name=name, help=help_)


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
