"""`evaluate`, `evaluations`: measure an analysis against labels, and put runs side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_TENANT, Analysis, Json, Limit, Model, Tenant

app = typer.Typer(no_args_is_help=True)
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id or name.")]


def evaluate(
    analysis: Analysis,
    source: Annotated[str, typer.Argument(metavar="FILE.jsonl|-", help="One labelled JSON object per line.")],
    label: Annotated[str, typer.Option("--label", help="Where the label stands, such as label.sentiment.")],
    metric: Annotated[
        str | None, typer.Option("--metric", help="How to measure; by default as suits the label.")
    ] = None,
    field: Annotated[
        str | None, typer.Option("--field", help="Which field of the answer is compared, such as hype_score.")
    ] = None,
    model: Model = "",
    prompt_version: Annotated[
        int | None, typer.Option("--prompt-version", min=1, help="Of the prompt; by default that in force.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What to call this run.")] = None,
    through_jobs: Annotated[
        bool, typer.Option("--through-jobs", help="Through the whole pipeline, also without a --model.")
    ] = False,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave out rows that cannot be used.")
    ] = False,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Measure an analysis against labelled rows, and keep the run."""
    from analyses import get_analysis
    from cli.evaluate import Wanted, run
    from cli.inputs import open_jsonl
    from cli.interrupts import sigterm_as_interrupt
    from cli.ready import checked_settings

    settings = checked_settings()
    get_analysis(analysis)
    with sigterm_as_interrupt():
        wanted = Wanted(
            analysis=analysis,
            lines=open_jsonl(source),
            label=label,
            metric=metric,
            field=field,
            model=model,
            prompt_version=prompt_version,
            name=name,
            through_jobs=through_jobs,
            skip_bad_rows=skip_bad_rows,
            tenant=tenant,
            as_json=as_json,
        )
        code = run(settings, wanted)
    raise typer.Exit(code)


@app.command("list")
def list_(
    analysis: Annotated[str | None, typer.Argument(help="Of which analysis; without it, of all.")] = None,
    limit: Limit = 50,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """The runs, newest first."""
    from cli.evaluations import list_evaluations

    list_evaluations(tenant, analysis, limit=limit, json=as_json)


@app.command()
def show(run: Run, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """One run with all its figures."""
    from cli.evaluations import show_evaluation

    show_evaluation(tenant, run, json=as_json)


@app.command()
def compare(
    first: Run,
    others: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs over the same rows.")],
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Put runs beside the first: figures, cost, the difference and how sure it is."""
    from cli.evaluations import compare_evaluations

    compare_evaluations(tenant, first, others, json=as_json)
