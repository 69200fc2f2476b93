"""`analyses`: which there are, what they take and what they answer."""

from __future__ import annotations

import typer

from cli.commands.options import Analysis, Json

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """All analyses."""
    from cli.catalog import list_analyses

    list_analyses(json=as_json)


@app.command()
def show(analysis: Analysis, as_json: Json = False) -> None:
    """What an analysis takes and answers."""
    from cli.catalog import show_analysis

    show_analysis(analysis, json=as_json)
