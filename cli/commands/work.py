"""`analyze`, `batch`, `ingest`: the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from settings import Settings

from cli.commands.options import DEFAULT_TENANT, Analysis, Fallback, Json, Lane, Model, Priority, Tenant

JavaScript = Annotated[
    bool, typer.Option("--javascript", help="Open a page in a browser, for pages that scripts build.")
]
Parallel = Annotated[int | None, typer.Option("--parallel", min=1, help="At most so many at once.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad-rows", help="Leave out rows that cannot be used.")]


def analyze(
    analysis: Analysis,
    source: Annotated[
        str, typer.Argument(metavar="FILE|URL|-", help="Any file with text in it, or a page's address.")
    ],
    priority: Priority = "normal",
    model: Model = "",
    fallback: Fallback = None,
    lane: Lane = "realtime",
    javascript: JavaScript = False,
    skip_bad_rows: SkipBad = False,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Analyse a file or a page, or each row, mail or entry of one that holds many, and show the answers."""
    settings = _checked(analysis)
    from cli.inputs import Lines
    from cli.interrupts import sigterm_as_interrupt
    from cli.pieces import Pieces
    from cli.single import read_input
    from cli.work import Many, run_many, run_one

    with sigterm_as_interrupt():
        given = read_input(source, javascript=javascript)
        if isinstance(given, Lines | Pieces):
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


def ingest(
    sources: Annotated[list[str], typer.Argument(metavar="FILE|URL…", help="Files and addresses of pages.")],
    analyses: Annotated[
        list[str] | None, typer.Option("--analysis", help="Analyse what comes out; may be given again.")
    ] = None,
    javascript: JavaScript = False,
    priority: Priority = "normal",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Read files and pages into contents that are kept, and analyse those."""
    from cli.ready import checked_settings

    settings = checked_settings()
    from cli.ingest import Asked, run
    from cli.interrupts import sigterm_as_interrupt

    with sigterm_as_interrupt():
        asked = Asked(sources, analyses or (), javascript, priority, tenant, as_json)
        code = run(settings, asked)
    raise typer.Exit(code)


def _checked(analysis: str) -> Settings:
    """The settings, and an analysis that exists: checked before anything is imported that builds on them."""
    from analyses import get_analysis
    from cli.ready import checked_settings

    settings = checked_settings()
    get_analysis(analysis)
    return settings
