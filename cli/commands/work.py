"""`analyze`, `batch`: the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from settings import Settings

from cli.commands.options import DEFAULT_TENANT, Analysis, Fallback, Json, Lane, Model, Priority, Tenant

Parallel = Annotated[int | None, typer.Option("--parallel", min=1, help="At most so many at once.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad-rows", help="Leave out rows that cannot be used.")]


def analyze(
    analysis: Analysis,
    source: Annotated[str, typer.Argument(metavar="FILE|URL|-", help="JSONL, JSON, Markdown or text.")],
    priority: Priority = "normal",
    model: Model = "",
    fallback: Fallback = None,
    lane: Lane = "realtime",
    skip_bad_rows: SkipBad = False,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Analyse a file, or each row of a JSONL file, and show the answers."""
    settings = _checked(analysis)
    from cli.inputs import Lines
    from cli.interrupts import sigterm_as_interrupt
    from cli.single import read_input
    from cli.work import Many, run_many, run_one

    with sigterm_as_interrupt():
        given = read_input(source)
        if isinstance(given, Lines):
            many = Many(
                analysis,
                given,
                tolerate=1.0,
                priority=priority,
                model=model,
                fallbacks=fallback,
                lane=lane,
                tenant=tenant,
                skip_bad_rows=skip_bad_rows,
                as_json=as_json,
            )
            code = run_many(settings, many)
        else:
            how = {"priority": priority, "model": model, "tenant": tenant}
            code = run_one(settings, analysis, given, json=as_json, fallbacks=fallback, lane=lane, **how)
    raise typer.Exit(code)


def batch(
    analysis: Analysis,
    source: Annotated[str, typer.Argument(metavar="FILE.jsonl|-", help="One JSON object per line.")],
    parallel: Parallel = None,
    tolerate: Annotated[
        str, typer.Option("--tolerate", help="Failures that are tolerated: a share (0.2) or a count (5).")
    ] = "0.2",
    retry_failed: Annotated[
        int, typer.Option("--retry-failed", min=0, max=100, help="Run what failed again, so many times.")
    ] = 0,
    priority: Priority = "normal",
    model: Model = "",
    fallback: Fallback = None,
    lane: Lane = "realtime",
    skip_bad_rows: SkipBad = False,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Analyse every row of a JSONL file as one batch with one outcome."""
    settings = _checked(analysis)
    from cli.inputs import open_jsonl
    from cli.interrupts import sigterm_as_interrupt
    from cli.outcomes import tolerance
    from cli.work import Many, run_many

    with sigterm_as_interrupt():
        many = Many(
            analysis,
            open_jsonl(source),
            parallel=parallel,
            tolerate=tolerance(tolerate),
            retry_failed=retry_failed,
            priority=priority,
            model=model,
            fallbacks=fallback,
            lane=lane,
            tenant=tenant,
            skip_bad_rows=skip_bad_rows,
            as_json=as_json,
        )
        code = run_many(settings, many)
    raise typer.Exit(code)


def _checked(analysis: str) -> Settings:
    """The settings, and an analysis that exists: checked before anything is imported that builds on them."""
    from analyses import get_analysis
    from cli.ready import checked_settings

    settings = checked_settings()
    get_analysis(analysis)
    return settings
